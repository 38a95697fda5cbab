//! Each exit code, by the simplest way to it.

use std::process::Command;

use nexudus_sandbox::{Account, Fault, Sandbox, Seed, TOKEN};

use crate::tool::{Tool, finish};

/// The tool in front of a sandbox that does this to some requests.
fn faulty(fault: &str) -> Tool {
    let fault: Result<Fault, _> = fault.parse();
    let Ok(fault) = fault else { panic!("{fault:?}") };
    Tool::with(Sandbox::builder().seed(Seed::Demo).fault(fault).start_blocking().unwrap())
}

fn code(mut command: Command, line: &str) -> i32 {
    let done = finish(command.args(shlex::split(line).unwrap()), "");
    // In JSON, the code stands in the error too.
    let mut again = command;
    let json = finish(again.arg("--json"), "");
    if json.code != 0 {
        let error: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
        assert_eq!(error["error"]["exitCode"], json.code, "{line}");
    }
    done.code
}

#[test]
fn every_exit_code_has_a_way_to_it() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let mut met = vec![
        code(tool.command(), "bookings list"),
        // No code names it: what the expression itself calls an error.
        code(tool.command(), "bookings list --jq 'error(\"no\")'"),
        code(tool.command(), "bookings list --nothing"),
        code(tool.command(), "bookings get 999999999"),
        code(tool.bare(), "bookings list"),
    ];
    let poor = Sandbox::builder().account(Account::new("ana@example.com", "pw").role("Coworker-List"));
    let poor = Tool::with(poor.start_blocking().unwrap());
    let mut command = poor.bare();
    command.env("NEXUDUS_BASE_URL", poor.sandbox.url());
    command.env("NEXUDUS_EMAIL", "ana@example.com").env("NEXUDUS_PASSWORD", "pw");
    met.push(code(command, "bookings list"));
    met.push(code(tool.command(), "products create --name a --business-id 1 --currency-id 1"));
    met.push(code(faulty("GET /api/spaces/bookings status=429").command(), "bookings list --timeout 1"));
    let mut command = tool.bare();
    command.env("NEXUDUS_BASE_URL", "http://127.0.0.1:1/api").env("NEXUDUS_TOKEN", TOKEN);
    met.push(code(command, "bookings list"));
    let unanswered = faulty("DELETE /api/spaces/bookings/* reset=true applied=true");
    met.push(code(unanswered.command(), &format!("bookings delete {id} --yes")));
    met.push(code(tool.command(), &format!("bookings delete {id} 999999999 --yes")));
    met.push(code(tool.command(), "bookings delete 5002"));
    // 130 is in the tests of the terminal.
    assert_eq!(met, (0..=11).collect::<Vec<i32>>());
}
