//! What a person sees: the tool in a pseudo-terminal.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::tool::Tool;

/// The longest that a test waits for a text, in milliseconds.
const PATIENCE: u64 = 30_000;

fn shown(mut command: Command, line: &str) -> PtySession {
    command.env("TERM", "xterm").env("COLUMNS", "60").args(shlex::split(line).unwrap());
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// All that was printed: the pseudo-terminal gives a character for each byte.
fn all(session: &mut PtySession) -> String {
    let bytes: Vec<u8> = session.exp_eof().unwrap().chars().map(|byte| u8::try_from(byte).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

/// The exit code of a run that is over.
fn code(session: &PtySession) -> i32 {
    let status = format!("{:?}", session.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|rest| rest.trim_end_matches(')').rsplit(' ').next());
    code.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{status}"))
}

#[test]
fn a_table_fits_the_terminal_and_has_its_colour() {
    let tool = Tool::demo();
    let mut session = shown(tool.command(), "coworkers list --size 3");
    let text = all(&mut session);
    assert!(text.contains("\u{1b}[1m"), "{text:?}");
    let plain = text.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
    assert!(plain.lines().all(|line| line.trim_end().chars().count() <= 60), "{plain}");
    assert_eq!(plain.lines().count(), 4, "{plain}");
    assert_eq!(code(&session), 0);
}

#[test]
fn variables_switch_colours_on_and_off() {
    let tool = Tool::demo();
    let no_variables: [(&str, &str); 0] = [];
    for (variables, on_a_terminal, in_a_pipe) in [
        (&no_variables[..], true, false),
        (&[("NO_COLOR", "1")], false, false),
        (&[("NO_COLOR", "0")], false, false),
        (&[("NO_COLOR", "")], true, false),
        (&[("CLICOLOR", "0")], false, false),
        (&[("CLICOLOR", "1")], true, false),
        (&[("CLICOLOR_FORCE", "1")], true, true),
        (&[("CLICOLOR_FORCE", "0")], true, false),
        (&[("CLICOLOR_FORCE", "")], true, false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
        (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], true, true),
        (&[("TERM", "dumb")], false, false),
        (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true, true),
    ] {
        let command = || {
            let mut command = tool.command();
            for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
                command.env_remove(name);
            }
            command.env("TERM", "xterm").envs(variables.iter().copied()).args(["tariffs", "list", "--size", "1"]);
            command
        };
        let seen = all(&mut spawn_command(command(), Some(PATIENCE)).unwrap()).contains('\u{1b}');
        let piped = crate::tool::finish(&mut command(), "").ok().contains('\u{1b}');
        assert_eq!((seen, piped), (on_a_terminal, in_a_pipe), "{variables:?}");
    }
}

#[test]
fn a_delete_asks_and_takes_no_for_an_answer() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    for (answer, says) in [("n", 11), ("", 11), ("y", 0)] {
        let mut session = shown(tool.command(), &format!("bookings delete {id}"));
        session.exp_string(&format!("Delete Booking {id}? [y/N] ")).unwrap();
        session.send_line(answer).unwrap();
        session.exp_eof().unwrap();
        assert_eq!(code(&session), says, "{answer:?}");
        assert_eq!(tool.run(&format!("bookings get {id}")).code, if says == 0 { 3 } else { 0 });
    }
}

#[test]
fn an_update_shows_the_difference_and_asks() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let mut session = shown(tool.command(), &format!("bookings update {id} --notes new"));
    session.exp_string("Notes: ").unwrap();
    session.exp_string("\"new\"").unwrap();
    session.exp_string("Write this? [y/N] ").unwrap();
    session.send_line("yes").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(code(&session), 0);
    assert_eq!(tool.run(&format!("bookings get {id} --jq .Notes")).ok(), "\"new\"\n");
}

#[test]
fn nothing_is_asked_where_the_answer_is_json() {
    let tool = Tool::demo();
    let mut session = shown(tool.command(), "bookings delete 5001 --json");
    let text = session.exp_eof().unwrap();
    assert!(!text.contains("[y/N]"), "{text}");
    assert_eq!(code(&session), 11);
}

#[test]
fn a_password_is_not_shown() {
    let tool = Tool::sample();
    let line = format!("login --email {} --base-url {}", nexudus_sandbox::ADMIN_EMAIL, tool.sandbox.url());
    let mut session = shown(tool.bare(), &line);
    session.exp_string("Password: ").unwrap();
    session.send_line(nexudus_sandbox::PASSWORD).unwrap();
    let text = session.exp_eof().unwrap();
    assert!(text.contains("Logged in to") && !text.contains(nexudus_sandbox::PASSWORD), "{text}");
    assert_eq!(code(&session), 0);
}

#[test]
fn the_interrupt_key_ends_with_its_own_code() {
    let tool = Tool::demo();
    let mut session = shown(tool.command(), "watch bookings --every 3600 --verbose");
    session.exp_string("-> 200").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    assert_eq!(code(&session), 130);
}

#[test]
fn after_the_interrupt_key_a_deletion_says_what_is_gone() {
    let fault: Result<nexudus_sandbox::Fault, _> = "DELETE /api/spaces/bookings/5002 delay=60s".parse();
    let Ok(fault) = fault else { panic!("{fault:?}") };
    let sandbox = nexudus_sandbox::Sandbox::builder().seed(nexudus_sandbox::Seed::Demo).fault(fault);
    let tool = Tool::with(sandbox.start_blocking().unwrap());
    let mut session = shown(tool.command(), "bookings delete 5001 5002 5003 --yes --verbose --output jsonl");
    session.exp_string("bookings/5001 -> 200").unwrap();
    session.send_control('c').unwrap();
    let text = all(&mut session);
    for row in [r#""Id":5001,"Outcome":"deleted""#, r#""Id":5002,"Outcome":"unknown""#] {
        assert!(text.contains(row), "{row}: {text}");
    }
    assert!(text.contains("1 of 3 were deleted; 1 were not attempted"), "{text}");
    assert_eq!(code(&session), 130);
}

#[test]
fn after_the_interrupt_key_an_import_says_what_is_written_and_how_to_go_on() {
    let fault: Result<nexudus_sandbox::Fault, _> = "PUT /api/spaces/bookings delay=60s".parse();
    let Ok(fault) = fault else { panic!("{fault:?}") };
    let sandbox = nexudus_sandbox::Sandbox::builder().seed(nexudus_sandbox::Seed::Demo).fault(fault);
    let tool = Tool::with(sandbox.start_blocking().unwrap());
    tool.write("rows.csv", "Id,Notes\n5001,\n5002,x\n5003,x\n");
    let mut session = shown(tool.command(), "import bookings rows.csv --verbose --output jsonl");
    session.exp_string("bookings/5002 -> 200").unwrap();
    session.send_control('c').unwrap();
    let text = all(&mut session);
    assert!(text.contains("(1 unchanged): interrupted: whether row 2 was written is not known"), "{text}");
    assert!(text.contains("give --resume to continue"), "{text}");
    assert_eq!(code(&session), 130);
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    let body = r#"{"Notes":"a\u001b[2Jb\u009bc\u202ed\u0007"}"#;
    tool.run_with(&format!("bookings update {id} --body - --yes"), body).ok();
    for line in
        ["--json", "--output jsonl", "--output yaml", "--output csv", "--md", "", "--jq .Notes --raw-output", "--jq ."]
    {
        let mut command = tool.command();
        command.env("NO_COLOR", "1");
        let text = all(&mut shown(command, &format!("bookings get {id} {line}")));
        let drives =
            |character: char| character.is_control() && !matches!(character, '\r' | '\n') || character == '\u{202e}';
        assert!(!text.contains(drives), "{line}: {text:?}");
    }
}

#[test]
fn the_interrupt_key_ends_a_question_and_a_read_of_standard_input() {
    let tool = Tool::demo();
    let id = tool.run("bookings list --size 1 --jq '.[0].Id'").ok().trim().to_owned();
    for (line, question) in [
        (format!("bookings delete {id}"), "[y/N] "),
        (format!("bookings update {id} --notes x"), "[y/N] "),
        (format!("login --email a@example.com --base-url {}", tool.sandbox.url()), "Password: "),
        ("login".to_owned(), "token): "),
    ] {
        let mut session = shown(tool.command(), &line);
        session.exp_string(question).unwrap();
        session.send_control('c').unwrap();
        session.exp_eof().unwrap();
        assert_eq!(code(&session), 130, "{line}");
    }
    // A read that begins after a request: the key is no longer the system's own.
    let mut session = shown(tool.command(), "import bookings - --dry-run --verbose");
    session.send_line(&format!("Id,Notes\r{id},x\r{id},y")).unwrap();
    session.exp_string("-> 200").unwrap();
    session.send_control('c').unwrap();
    session.exp_eof().unwrap();
    assert_eq!(code(&session), 130);
    assert_eq!(tool.run(&format!("bookings get {id} --jq .Notes")).ok(), "null\n");
}

#[test]
fn a_narrow_table_cuts_texts_before_dates_and_numbers() {
    let tool = Tool::demo();
    let mut command = tool.command();
    command.env("NO_COLOR", "1").env("COLUMNS", "80");
    let mut session = {
        command.env("TERM", "xterm").args(["bookings", "list", "--size", "5"]);
        spawn_command(command, Some(PATIENCE)).unwrap()
    };
    let text = all(&mut session);
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        assert_eq!(line.matches(":00Z").count(), 2, "{text}");
        assert!(line.trim_end().chars().count() <= 80, "{text}");
    }
}
