//! The sandbox as a program.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use nexudus_sandbox::{Account, App, Builder, Fault, Sandbox};

/// A flag: its name, what its value is called, its environment variable, what it does, and how it does it.
struct Flag {
    name: &'static str,
    value: Option<&'static str>,
    doc: &'static str,
    set: fn(&mut Options, &str) -> Result<(), String>,
}

/// What the flags have said so far.
struct Options {
    builder: Builder,
    host: String,
    port: u16,
}

impl Options {
    fn build(&mut self, step: impl FnOnce(Builder) -> Builder) {
        self.builder = step(std::mem::take(&mut self.builder));
    }
}

/// Each flag can also be given as an environment variable: `--webhook-secret` as `NEXUDUS_SANDBOX_WEBHOOK_SECRET`.
const FLAGS: &[Flag] = &[
    Flag {
        name: "port",
        value: Some("PORT"),
        doc: "Port to listen on; 0 takes a free one [default: 0]",
        set: |options, text| {
            options.port = text.parse().map_err(|_| "not a port, give a number up to 65535")?;
            Ok(())
        },
    },
    Flag {
        name: "host",
        value: Some("ADDRESS"),
        doc: "Address to listen on [default: 127.0.0.1]",
        set: |options, text| {
            text.clone_into(&mut options.host);
            Ok(())
        },
    },
    Flag {
        name: "seed",
        value: Some("SEED"),
        doc: "What it holds when it starts: empty, sample or demo [default: sample]",
        set: |options, text| {
            let seed = text.parse()?;
            options.build(|builder| builder.seed(seed));
            Ok(())
        },
    },
    Flag {
        name: "seed-number",
        value: Some("NUMBER"),
        doc: "What the demo space is made from; the same number and clock make the same space [default: 1]",
        set: |options, text| {
            let number = text.parse().map_err(|_| "give a number")?;
            options.build(|builder| builder.seed_number(number));
            Ok(())
        },
    },
    #[cfg(feature = "sqlite")]
    Flag {
        name: "data",
        value: Some("FILE"),
        doc: "Keeps records in this SQLite file over a restart",
        set: |options, text| {
            options.build(|builder| builder.data(text));
            Ok(())
        },
    },
    Flag {
        name: "account",
        value: Some("EMAIL:PASSWORD[:ROLE,ROLE|admin]"),
        doc: "Adds someone who can log in; can be repeated",
        set: |options, text| {
            let (email, rest) =
                text.split_once(':').ok_or("give EMAIL:PASSWORD, EMAIL:PASSWORD:ROLE,ROLE or EMAIL:PASSWORD:admin")?;
            let (password, roles) = rest.split_once(':').unwrap_or((rest, ""));
            let mut account = Account::new(email, password);
            for role in roles.split(',').map(str::trim).filter(|role| !role.is_empty()) {
                account = if role == "admin" { account.admin() } else { account.role(role) };
            }
            options.build(|builder| builder.account(account));
            Ok(())
        },
    },
    Flag {
        name: "app",
        value: Some("KEY:SECRET:TOKEN[:ROLE,ROLE]"),
        doc: "Adds a published app; can be repeated",
        set: |options, text| {
            let parts: Vec<&str> = text.splitn(4, ':').collect();
            let [key, secret, token, roles @ ..] = &parts[..] else {
                return Err("give KEY:SECRET:TOKEN or KEY:SECRET:TOKEN:ROLE,ROLE".into());
            };
            let roles = roles.iter().flat_map(|roles| roles.split(',')).map(str::trim).filter(|role| !role.is_empty());
            let app = roles.fold(App::new(*key, *secret, *token), App::role);
            options.build(|builder| builder.app(app));
            Ok(())
        },
    },
    Flag {
        name: "token-life",
        value: Some("SECONDS"),
        doc: "How long access tokens live [default: 604799]",
        set: |options, text| {
            let seconds = text.parse().map_err(|_| "give a number of seconds")?;
            options.build(|builder| builder.token_lives(Duration::from_secs(seconds), Duration::from_hours(15 * 24)));
            Ok(())
        },
    },
    Flag {
        name: "clock",
        value: Some("TIME"),
        doc: "Lets the clock stand at a time such as 2026-01-31T09:00:00Z",
        set: |options, text| {
            let time = text.parse().map_err(|_| "give a time such as 2026-01-31T09:00:00Z")?;
            options.build(|builder| builder.clock(time));
            Ok(())
        },
    },
    Flag {
        name: "throttle",
        value: Some("LIMITS"),
        doc: "Limits requests: `published`, or such as reads:10/100ms,writes:60/1m",
        set: |options, text| {
            let limits = text.parse()?;
            options.build(|builder| builder.limits(limits));
            Ok(())
        },
    },
    Flag {
        name: "fault",
        value: Some("RULE"),
        doc: "Makes answers go wrong, such as 'GET /api/spaces/* next=2 status=503'; can be repeated",
        set: |options, text| {
            let fault: Fault = text.parse()?;
            options.build(|builder| builder.fault(fault));
            Ok(())
        },
    },
    Flag {
        name: "faults",
        value: Some("FILE"),
        doc: "The same from a file, a rule a line; # begins a comment",
        set: |options, path| {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
            for (number, line) in (1..).zip(text.lines()) {
                let rule = line.split('#').next().unwrap_or_default().trim();
                if !rule.is_empty() {
                    let fault: Fault = rule.parse().map_err(|error| format!("line {number}: {error}"))?;
                    options.build(|builder| builder.fault(fault));
                }
            }
            Ok(())
        },
    },
    Flag {
        name: "webhook-secret",
        value: Some("SECRET"),
        doc: "Signs webhooks",
        set: |options, text| {
            options.build(|builder| builder.webhook_secret(text));
            Ok(())
        },
    },
    Flag {
        name: "webhook-ascii",
        value: None,
        doc: "Signs the text of webhooks with ? for every character beyond ASCII",
        set: |options, _| {
            options.build(Builder::webhook_sign_ascii);
            Ok(())
        },
    },
    Flag {
        name: "webhooks-anywhere",
        value: None,
        doc: "Lets webhooks call other machines than this",
        set: |options, _| {
            options.build(Builder::webhooks_anywhere);
            Ok(())
        },
    },
    Flag {
        name: "threads",
        value: Some("COUNT"),
        doc: "How many threads answer requests [default: 2]",
        set: |options, text| {
            let threads = text.parse().map_err(|_| "give a number")?;
            options.build(|builder| builder.threads(threads));
            Ok(())
        },
    },
    Flag {
        name: "log",
        value: None,
        doc: "Writes a line for each request to standard error",
        set: |options, _| {
            options.build(Builder::log);
            Ok(())
        },
    },
];

const VARIABLE: &str = "NEXUDUS_SANDBOX_";

fn variable(flag: &Flag) -> String {
    format!("{VARIABLE}{}", flag.name.to_uppercase().replace('-', "_"))
}

fn help() -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "A local, stateful Nexudus service for development and tests.\n\nUsage: nexudus-sandbox [OPTIONS]\n\nOptions:\n",
    );
    for flag in FLAGS {
        let head = flag.value.map_or_else(|| format!("--{}", flag.name), |value| format!("--{} {value}", flag.name));
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {head}\n          {}", flag.doc);
    }
    text.push_str(concat!(
        "  -h, --help\n          Print this\n  -V, --version\n          Print the version\n\n",
        "Each option can be given as a variable as well: --webhook-secret as NEXUDUS_SANDBOX_WEBHOOK_SECRET.\n",
        "It prints `listening on http://ADDRESS:PORT/api` when it is ready.\n",
        "Log in as admin@example.com with password sandbox, or with the bearer token sandbox-token.\n",
        "GET /__sandbox says how to reset it, set its clock, break its answers and keep snapshots.\n",
    ));
    text
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("nexudus-sandbox: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut options = Options { builder: Sandbox::builder().threads(2), host: "127.0.0.1".into(), port: 0 };
    for flag in FLAGS {
        let name = variable(flag);
        if let Ok(text) = std::env::var(&name)
            && !(flag.value.is_none() && matches!(text.as_str(), "" | "0" | "false"))
        {
            (flag.set)(&mut options, &text).map_err(|error| format!("{name}={text}: {error}"))?;
        }
    }
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        match name {
            "-h" | "--help" => return print(&help()),
            "-V" | "--version" => return print(concat!("nexudus-sandbox ", env!("CARGO_PKG_VERSION"), "\n")),
            _ => {}
        }
        let flag = name.strip_prefix("--").and_then(|name| FLAGS.iter().find(|flag| flag.name == name));
        let flag = flag.ok_or_else(|| format!("{name}: no such option; see --help"))?;
        let value = match flag.value {
            None => String::new(),
            Some(_) => {
                inline.or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value; see --help"))?
            }
        };
        (flag.set)(&mut options, &value).map_err(|error| format!("{name} {value}: {error}"))?;
    }
    let Options { builder, host, port } = options;
    let address = host.parse().map_err(|_| format!("--host {host}: not an IP address"))?;
    let sandbox =
        builder.address(SocketAddr::new(address, port)).start_blocking().map_err(|error| error.to_string())?;
    let end = signal()?;
    print(&format!("listening on {}\n", sandbox.url()))?;
    // Ends with a signal, or with an error if there can't be any.
    end.recv().map_err(|error| error.to_string())?;
    sandbox.stop();
    Ok(())
}

/// Hears of SIGINT and SIGTERM, from now on.
fn signal() -> Result<std::sync::mpsc::Receiver<()>, String> {
    let (heard, end) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let wait = {
        let _inside = runtime.enter();
        signals().map_err(|error| format!("can't listen for signals: {error}"))?
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(wait);
            // The other end waits for nothing else.
            let _ = heard.send(());
        })
        .map_err(|error| error.to_string())?;
    Ok(end)
}

/// Ends with the first signal. The listening begins before this returns, so that no signal falls in between.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // Without signals there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("can't print: {error}"))
}
