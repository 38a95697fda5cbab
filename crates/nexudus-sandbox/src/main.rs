//! The sandbox as a program.

use std::ffi::OsString;
use std::io::{Read as _, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use nexudus_sandbox::{Account, App, Builder, DeviationError, Deviations, Fault, Sandbox, StartError};

/// An option: its name, what its value is called if it takes one, what it does, and how it does it. One without a value
/// is on or off: `--log`, `--log=false`.
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
    /// What was switched on or off; applied at the end, since the last word counts.
    switches: Vec<(&'static Flag, bool)>,
}

impl Options {
    fn build(&mut self, step: impl FnOnce(Builder) -> Builder) {
        self.builder = step(std::mem::take(&mut self.builder));
    }

    fn try_build(&mut self, step: impl FnOnce(Builder) -> Result<Builder, StartError>) -> Result<(), String> {
        self.builder = step(std::mem::take(&mut self.builder)).map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// The text of a file of rules, which is never as long as the limit: one that has no end must not fill the memory.
fn read_text(path: &str) -> Result<String, String> {
    const LONGEST: u64 = 16 << 20;
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 == LONGEST { Err("is longer than 16 MiB".to_owned()) } else { Ok(text) }
}

/// Each flag can also be given as an environment variable: `--webhook-secret` as `NEXUDUS_SANDBOX_WEBHOOK_SECRET`.
const FLAGS: &[Flag] = &[
    Flag {
        name: "port",
        value: Some("PORT"),
        doc: "Port to listen on; 0 takes a free one [default: 0]",
        set: |options, text| {
            options.port = text.trim().parse().map_err(|_| "not a port, give a number up to 65535")?;
            Ok(())
        },
    },
    Flag {
        name: "host",
        value: Some("ADDRESS"),
        doc: "Address or name to listen on [default: 127.0.0.1]",
        set: |options, text| {
            text.trim().clone_into(&mut options.host);
            Ok(())
        },
    },
    Flag {
        name: "allow-host",
        value: Some("NAME[,NAME]"),
        doc: "Answers for this host name too, such as a container's; can be repeated",
        set: |options, text| text.split(',').try_for_each(|name| options.try_build(|builder| builder.allow_host(name))),
    },
    Flag {
        name: "allow-origin",
        value: Some("ORIGIN[,ORIGIN]"),
        doc: "Lets web pages of this origin, such as http://localhost:3000, call the API; can be repeated",
        set: |options, text| {
            text.split(',').try_for_each(|origin| options.try_build(|builder| builder.allow_origin(origin)))
        },
    },
    Flag {
        name: "control",
        value: None,
        doc: "Serves /__sandbox and the page on an address beyond the loopback as well; they ask for no login",
        set: |options, _| {
            options.build(Builder::control);
            Ok(())
        },
    },
    Flag {
        name: "default-credentials",
        value: None,
        doc: "Lets the published password and token in on an address beyond the loopback as well",
        set: |options, _| {
            options.build(Builder::default_credentials);
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
        doc: "Keeps records in this file, an SQLite database of its own, over a restart",
        set: |options, text| {
            options.build(|builder| builder.data(text));
            Ok(())
        },
    },
    Flag {
        name: "account",
        value: Some("EMAIL:PASSWORD[:ROLE,ROLE|admin]"),
        doc: "Adds someone who can log in, or changes who is there; can be repeated",
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
        doc: "Limits requests: `observed`, `published`, or such as reads:10/100ms,writes:60/1m",
        set: |options, text| {
            let limits = text.parse()?;
            options.build(|builder| builder.limits(limits));
            Ok(())
        },
    },
    Flag {
        name: "unknown-filters",
        value: Some("ignore|refuse"),
        doc: "What becomes of query parameters that nobody knows; ignored ones are hinted at [default: ignore]",
        set: |options, text| {
            let what = text.parse()?;
            options.build(|builder| builder.unknown_filters(what));
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
            let text = read_text(path)?;
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
        name: "deviations",
        value: Some("FILE"),
        doc: "Differs from the published API as this JSON file says, for tools that look for differences",
        set: |options, path| {
            let text = read_text(path)?;
            let deviations: Deviations = text.parse().map_err(|error: DeviationError| error.to_string())?;
            eprintln!("nexudus-sandbox: differs from the published API in {} of its entities", deviations.len());
            options.build(|builder| builder.deviations(deviations));
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
            let threads = text.parse().ok().filter(|threads| (1..=256).contains(threads));
            let threads = threads.ok_or("give a number from 1 to 256")?;
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
        "Each option can be given as a variable as well: --webhook-secret as NEXUDUS_SANDBOX_WEBHOOK_SECRET. Options\n",
        "without a value take true or false: --log=false, NEXUDUS_SANDBOX_LOG=true.\n",
        "It prints `listening on http://ADDRESS:PORT/api` when it is ready.\n",
        "Log in as admin@example.com with password sandbox, or with the bearer token sandbox-token.\n",
        "GET /__sandbox says how to reset it, set its clock, break its answers and keep snapshots.\n",
        "Web pages of other origins are kept out, and so are requests for another host than this machine's.\n",
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

/// What an option or a variable says; `Err` names it.
fn set(options: &mut Options, flag: &'static Flag, named: &str, text: &str) -> Result<(), String> {
    let outcome = if flag.value.is_some() {
        (flag.set)(options, text)
    } else {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("give true or false".to_owned()),
        }
        .map(|on| {
            options.switches.retain(|(switch, _)| switch.name != flag.name);
            options.switches.push((flag, on));
        })
    };
    outcome.map_err(|error| format!("{named}: {error}"))
}

/// Reads the variables. Only those that are nearly ours are refused: others are somebody else's, such as those that
/// Kubernetes sets beside a service of this name.
fn read_variables(options: &mut Options) -> Result<(), String> {
    let utf8 = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
    let mut variables: Vec<(String, OsString)> =
        std::env::vars_os().filter_map(utf8).filter(|(name, _)| name.starts_with("NEXUDUS_")).collect();
    variables.sort();
    for flag in FLAGS {
        let name = variable(flag);
        let Some((_, value)) = variables.iter().find(|(other, _)| *other == name) else { continue };
        let text = value.to_str().ok_or_else(|| format!("{name}: is not text"))?;
        // A trailing line break comes from a file that the variable was read from.
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if flag.name == "port" && text.contains("://") {
            eprintln!("nexudus-sandbox: {name}={text} is no port but what Kubernetes sets, and is not used");
            continue;
        }
        set(options, flag, &format!("{name}={text}"), text)?;
    }
    for (name, _) in &variables {
        if FLAGS.iter().any(|flag| variable(flag) == *name) {
            continue;
        }
        if let Some(near) = FLAGS.iter().map(variable).find(|near| is_slip(name, near)) {
            return Err(format!("{name}: there is no such variable, did you mean {near}?"));
        }
    }
    Ok(())
}

/// Whether a name is another with a slip or two: short names differ by one letter, longer ones by two.
fn is_slip(name: &str, meant: &str) -> bool {
    let short = meant.trim_start_matches(VARIABLE).trim_start_matches("--").len() < 6;
    strsim::osa_distance(name, meant) <= if short { 1 } else { 2 }
}

/// Reads the arguments; `Some` is a text to print instead of a start.
fn read_arguments(options: &mut Options) -> Result<Option<String>, String> {
    let mut arguments = std::env::args_os()
        .skip(1)
        .map(|argument| argument.into_string().map_err(|argument| format!("{}: is not text", argument.display())));
    while let Some(argument) = arguments.next().transpose()? {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        match name {
            "-h" | "--help" => return Ok(Some(help())),
            "-V" | "--version" => return Ok(Some(concat!("nexudus-sandbox ", env!("CARGO_PKG_VERSION"), "\n").into())),
            _ => {}
        }
        let flag = name.strip_prefix("--").and_then(|name| FLAGS.iter().find(|flag| flag.name == name));
        let flag = flag.ok_or_else(|| {
            let near = FLAGS.iter().map(|flag| format!("--{}", flag.name)).find(|near| is_slip(name, near));
            let near = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
            format!("{name}: no such option{near}; see --help")
        })?;
        let value = match (flag.value, inline) {
            (_, Some(inline)) => inline,
            (None, None) => String::new(),
            (Some(_), None) => {
                arguments.next().transpose()?.ok_or_else(|| format!("{name} needs a value; see --help"))?
            }
        };
        set(options, flag, format!("{name} {value}").trim_end(), &value)?;
    }
    Ok(None)
}

/// The address of a host: an IP address, with or without brackets, or a name. Of several the IPv4 one is taken.
fn address(host: &str, port: u16) -> Result<SocketAddr, String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse() {
        return Ok(SocketAddr::new(ip, port));
    }
    let found = (host, port).to_socket_addrs().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let best = found.iter().find(|address| address.is_ipv4()).or(found.first());
    best.copied().ok_or_else(|| format!("--host {host}: neither an IP address nor a name that leads to one"))
}

fn run() -> Result<(), String> {
    let builder = Sandbox::builder().threads(2);
    let mut options = Options { builder, host: "127.0.0.1".into(), port: 0, switches: Vec::new() };
    read_variables(&mut options)?;
    if let Some(text) = read_arguments(&mut options)? {
        return print(&text);
    }
    let on = |options: &Options, name: &str| options.switches.iter().any(|(flag, on)| flag.name == name && *on);
    let closed = ["default-credentials", "control"].into_iter().filter(|name| !on(&options, name)).collect::<Vec<_>>();
    for (flag, on) in std::mem::take(&mut options.switches) {
        if on {
            (flag.set)(&mut options, "")?;
        }
    }
    let Options { builder, host, port, .. } = options;
    let address = address(&host, port)?;
    let sandbox = builder.address(address).start_blocking().map_err(|error| error.to_string())?;
    if !address.ip().to_canonical().is_loopback() && !closed.is_empty() {
        eprintln!("nexudus-sandbox: beyond the loopback address these are off: {}; see --help", closed.join(", "));
    }
    if let Some(warning) = sandbox.warning() {
        eprintln!("nexudus-sandbox: {warning}");
    }
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
