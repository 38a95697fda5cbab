//! Profiles, credentials and settings.

use nexudus_sandbox::{ADMIN_EMAIL, PASSWORD, TOKEN};

use crate::tool::{Done, Tool, finish, read};

/// Runs without credentials in the environment.
fn bare(tool: &Tool, line: &str, input: &str) -> Done {
    finish(tool.bare().args(shlex::split(line).unwrap()), input)
}

#[test]
fn a_login_with_each_kind_of_credentials() {
    let tool = Tool::sample();
    let url = tool.sandbox.url();
    let logins = [
        format!("login --token - --base-url {url}"),
        format!("login --email {ADMIN_EMAIL} --password - --base-url {url}"),
        format!("login --email {ADMIN_EMAIL} --password - --basic --base-url {url}"),
    ];
    for (line, (secret, kind)) in logins.iter().zip([(TOKEN, "token"), (PASSWORD, "login"), (PASSWORD, "basic")]) {
        let done = bare(&tool, line, secret);
        assert!(done.stderr.is_empty() && !done.stdout.contains(secret), "{done:?}");
        assert!(done.ok().starts_with("Logged in to "));
        let me = bare(&tool, "whoami --json", "").data();
        assert_eq!((&me["Email"], &me["Credentials"]), (&ADMIN_EMAIL.into(), &"profile".into()));
        let profiles = bare(&tool, "profile list --json", "").data();
        assert_eq!(profiles[0]["Credentials"], kind);
        bare(&tool, "logout", "").ok();
        assert_eq!(bare(&tool, "whoami", "").code, 4);
    }
}

#[cfg(unix)]
#[test]
fn credentials_are_for_their_owner_alone_and_hold_no_password_of_a_login() {
    use std::os::unix::fs::PermissionsExt as _;
    let tool = Tool::sample();
    let line = format!("login --email {ADMIN_EMAIL} --password - --base-url {}", tool.sandbox.url());
    bare(&tool, &line, PASSWORD).ok();
    let folder = tool.path("settings").join("credentials");
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o77, 0, "{file:?}");
        assert!(!read(&file.path()).contains(PASSWORD));
        seen += 1;
    }
    assert!(seen >= 2);
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o77, 0);
}

#[cfg(unix)]
#[test]
fn files_that_others_may_use_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let tool = Tool::sample();
    bare(&tool, &format!("config set base-url {}", tool.sandbox.url()), "").ok();
    bare(&tool, "login --token -", TOKEN).ok();
    bare(&tool, "coworkers list --agent", "").ok();
    let settings = tool.path("settings");
    for (name, line, modes) in [
        ("config.json", "whoami", [0o666, 0o620]),
        ("credentials/default.json", "whoami", [0o644, 0o640]),
        ("credentials/default.redaction-key", "coworkers list --agent", [0o644, 0o640]),
    ] {
        let set = |mode| std::fs::set_permissions(settings.join(name), PermissionsExt::from_mode(mode)).unwrap();
        for mode in modes {
            set(mode);
            let done = bare(&tool, line, "");
            assert!(done.code == 2 && done.stderr.contains("open to other users"), "{name} {mode:o}: {done:?}");
            assert!(bare(&tool, "--version", "").code == 0, "{name} {mode:o}");
        }
        set(0o600);
        bare(&tool, line, "").ok();
    }
}

#[test]
fn a_refused_login_changes_nothing() {
    let tool = Tool::sample();
    let url = tool.sandbox.url();
    bare(&tool, &format!("login --token - --base-url {url}"), TOKEN).ok();
    for line in ["--token -", &format!("--email {ADMIN_EMAIL} --password -")] {
        let done = bare(&tool, &format!("login {line} --base-url {url}"), "wrong");
        assert_eq!((done.code, done.stdout.as_str()), (4, ""), "{done:?}");
        assert!(!done.stderr.contains("wrong\n"));
    }
    bare(&tool, "whoami", "").ok();
    assert_eq!(bare(&tool, "login", "").code, 11);
}

#[test]
fn stored_credentials_go_to_no_other_address() {
    let tool = Tool::sample();
    bare(&tool, &format!("login --token - --base-url {}", tool.sandbox.url()), TOKEN).ok();
    let other = nexudus_sandbox::Sandbox::builder().start_blocking().unwrap();
    let done = bare(&tool, &format!("coworkers list --base-url {}", other.url()), "");
    assert_eq!((done.code, done.stdout.as_str()), (4, ""));
    assert!(done.stderr.contains("not sent to"), "{done:?}");
    bare(&tool, &format!("config set token-command 'echo {TOKEN}'"), "").ok();
    assert_eq!(bare(&tool, &format!("coworkers list --base-url {}", other.url()), "").code, 4);
    assert_eq!(bare(&tool, "coworkers list", "").code, 0);
}

#[test]
fn a_token_command_gives_the_token() {
    let tool = Tool::sample();
    bare(&tool, &format!("config set base-url {}", tool.sandbox.url()), "").ok();
    bare(&tool, &format!("config set token-command 'echo {TOKEN}'"), "").ok();
    assert_eq!(bare(&tool, "whoami --json", "").data()["Credentials"], "token-command");
    for (command, says) in [
        ("exit 1", "it failed"),
        ("true", "it printed nothing"),
        // Neither is waited for to its end.
        ("yes", "it printed more than 65536 bytes"),
        ("head -c 1000000000 /dev/zero", "it printed more than 65536 bytes"),
        (r"printf \\377", "what it printed is not text"),
        ("echo two words", "it printed more than a token"),
        ("echo one; echo two", "it printed more than a token"),
        (r"printf \\342\\200\\256x", "it printed more than a token"),
    ] {
        bare(&tool, &format!("config set token-command '{command}'"), "").ok();
        let done = bare(&tool, "whoami", "");
        assert!(done.code == 4 && done.stderr.contains(says), "{command}: {done:?}");
    }
    // What the command leaves behind holds its output open for longer than a token command may take.
    bare(&tool, &format!("config set token-command 'echo {TOKEN}; sleep 65 2>&- &'"), "").ok();
    assert_eq!(bare(&tool, "whoami --json", "").data()["Credentials"], "token-command");
}

#[test]
fn two_processes_share_one_login() {
    let sandbox = nexudus_sandbox::Sandbox::builder()
        .token_lives(std::time::Duration::from_secs(1), std::time::Duration::from_mins(10))
        .start_blocking()
        .unwrap();
    let tool = Tool::with(sandbox);
    let line = format!("login --email {ADMIN_EMAIL} --password - --base-url {}", tool.sandbox.url());
    bare(&tool, &line, PASSWORD).ok();
    // The token lives for a second, so that each of these renews it or takes what another has renewed.
    for _ in 0..3 {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| bare(&tool, "whoami --json", "").code)).collect();
            for run in runs {
                assert_eq!(run.join().unwrap(), 0);
            }
        });
    }
}

#[test]
fn settings_profiles_and_aliases() {
    let tool = Tool::sample();
    let says = |line: &str| bare(&tool, line, "");
    says(&format!("config set base-url {}", tool.sandbox.url())).ok();
    assert_eq!(says("config get base-url").ok().trim(), tool.sandbox.url());
    assert_eq!(says("config get output").code, 3);
    assert_eq!(says("config set colour x").code, 2);
    assert_eq!(says("config set output xml").code, 2);
    for address in ["ftp://x", "http://", "x", "https://user:s3cret@example.com/api"] {
        let done = says(&format!("config set base-url {address}"));
        assert!(done.code == 2 && !done.stderr.contains("s3cret"), "{address}: {done:?}");
    }
    says("config set output jsonl").ok();
    assert!(says("config get").ok().starts_with('{'));
    says("config unset output").ok();
    says("profile use other").ok();
    assert_eq!(says("config get base-url").code, 3);
    assert_eq!(says("--profile default config get base-url").code, 0);
    assert_eq!(says("profile use ../x").code, 2);
    says("profile use default").ok();
    assert_eq!(says("profile remove default").code, 11);
    says("profile remove default --yes").ok();

    says("alias set people 'coworkers list --columns Id,FullName'").ok();
    let done = tool.run("people --limit 1 --json");
    assert_eq!(done.json()["breadcrumbs"], serde_json::json!(["coworkers", "list"]));
    assert_eq!(says("alias set coworkers x").code, 2);
    for name in ["help", "__complete", "list 'a \"'", "'' x", "'a b' x"] {
        assert_eq!(says(&format!("alias set {name} x")).code, 2, "{name}");
    }
    // An alias may hold any flag, and stands for no other alias, so that none goes round in circles.
    says("alias set people-json 'coworkers list --limit 1 --json'").ok();
    assert_eq!(tool.run("people-json").json()["ok"], true);
    assert!(tool.run("help people-json").ok().starts_with("List coworkers"));
    says("alias set one 'two x'").ok();
    says("alias set two 'one y'").ok();
    assert_eq!(tool.run("one").code, 2);
    for command in ["alias", "profile", "config"] {
        assert_eq!(says(&format!("{command} --json")).json()["ok"], true, "{command}");
    }
    says("alias remove people").ok();
    assert_eq!(tool.run("people").code, 2);
}

#[test]
fn broken_settings_stop_what_needs_them_alone() {
    let tool = Tool::sample();
    std::fs::create_dir_all(tool.path("settings")).unwrap();
    tool.write("settings/config.json", "{ broken");
    for line in ["--help", "--version", "help", "help bookings list", "coworkers list --help", "entities chat"] {
        assert_eq!(bare(&tool, line, "").code, 0, "{line}");
    }
    let doctor = bare(&tool, "doctor --json", "");
    assert_ne!(doctor.code, 0);
    assert!(doctor.stdout.contains("config.json") && doctor.stderr.contains("config.json"), "{doctor:?}");
    assert!(doctor.stdout.contains("\"ok\":false"), "{doctor:?}");
    let done = bare(&tool, "coworkers list", "");
    assert!(done.code == 2 && done.stderr.contains("config.json"), "{done:?}");
    tool.write("settings/config.json", r#"{"profiles":{"default":{"output":"xml"}}}"#);
    assert_eq!(bare(&tool, "coworkers list", "").code, 2);
}

#[test]
fn the_doctor_says_what_is_well() {
    let tool = Tool::sample();
    let report = tool.run("doctor --json").data();
    assert_eq!((&report["ApiStatus"], &report["CredentialsStored"]), (&"OK".into(), &true.into()));
    let done = finish(tool.command().env("NEXUDUS_BASE_URL", "http://127.0.0.1:1").args(["doctor", "--json"]), "");
    assert_eq!(done.code, 8, "{done:?}");
}

#[test]
fn requests_of_ones_own() {
    let tool = Tool::sample();
    let users = tool.run("api GET sys/users -f size=1 --json").data();
    assert_eq!(users["Records"].as_array().unwrap().len(), 1);
    assert_eq!(tool.run("api GET /sys/users --jq '.Records | type'").ok(), "\"array\"\n");
    assert_eq!(tool.run("api GET sys/nothing").code, 3);
    assert_eq!(tool.run("api GET https://example.com/").code, 2);
    let id = users["Records"][0]["Id"].clone();
    let body = format!(r#"{{"FromUserId":{id},"ChatText":"x"}}"#);
    let dry = tool.run_with("api post sys/chatusermessages --body - --dry-run --json", &body).data();
    assert_eq!(dry["method"], "POST");
    let made = tool.run_with("api post sys/chatusermessages --body - --json", &body).data();
    assert_eq!(made["WasSuccessful"], true);
    assert_eq!(tool.run_with("api post sys/chatusermessages --body -", "{}").code, 6);
}
