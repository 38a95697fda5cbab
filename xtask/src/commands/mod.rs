//! The tasks, one module each, and the table that the parser, the help and [`run`] read.

pub mod bench;
pub mod browser;
pub mod ci;
pub mod codegen;
pub mod demo;
pub mod deviations;
pub mod dist;
pub mod facts;
pub mod fuzz;
pub mod import;
pub mod interop;
pub mod interop_mcp;
pub mod interop_openapi;
pub mod openapi;
pub mod semver;
pub mod verdict;

use std::io::Write;
use std::path::Path;

use crate::args::{self, Command, Parsed, flag};
use crate::error::Error;

/// Lets a task install the packages that it needs, into a folder of its own.
const INSTALL: args::Flag = flag("install", "Install the packages of npm and PyPI that are missing, into target/");

/// All tasks.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "codegen",
        about: "Write the code that is generated from spec/",
        flags: &[
            flag("check", "Write nothing; fail unless all generated code is there and up to date"),
            flag("diff", "Write nothing; show what would change"),
            flag("only", "Only the files of one entity, given by name, plural or path").value("entity"),
            flag("stats", "Write nothing; count what the spec holds and what is generated from it"),
        ],
        words: &[],
        run: |root, args, out| {
            let options = codegen::Options {
                check: args.has("check"),
                diff: args.has("diff"),
                stats: args.has("stats"),
                only: args.value("only").map(str::to_owned),
                stamps: std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned())),
            };
            codegen::codegen(root, &options, out)
        },
    },
    Command {
        name: "demo",
        about: "Show what this project does: regenerate, start a sandbox, use the client, the tool and the probe",
        flags: &[],
        words: &[],
        run: demo::demo,
    },
    Command {
        name: "facts",
        about: "List every difference between spec/ and facts that are kept elsewhere",
        flags: &[],
        words: &[("<path>", "A folder with entities.json and enums.json, or the former")],
        run: |root, args, out| match args.texts.as_slice() {
            [path] => facts::facts(root, Path::new(path), out),
            _ => Err(Error::Message("error: `facts` takes one path".to_owned())),
        },
    },
    Command {
        name: "import",
        about: "Take pages of the published reference, and reports of `nexudus probe`, into spec/",
        flags: &[
            flag("check", "Write nothing; say what would change"),
            flag("out", "Read and write this folder in the place of spec/").value("folder"),
        ],
        words: &[("<page>", "A page as text, HTML or Markdown, or a probe.json")],
        run: import::import,
    },
    Command {
        name: "drift",
        about: "Say how pages and reports differ from spec/; fail where they do",
        flags: &[flag("json", "Print the differences as JSON")],
        words: &[("<page>", "A page as text, HTML or Markdown, or a probe.json")],
        run: import::drift,
    },
    Command {
        name: "verdict",
        about: "Say what the changes of spec/ mean for users of the crates: patch, minor or breaking",
        flags: &[flag("base", "The commit or tag to compare with").value("rev")],
        words: &[],
        run: verdict::verdict,
    },
    Command {
        name: "semver",
        about: "Hold the verdict on kinds of change against cargo-semver-checks, and write docs/semver-check.md",
        flags: &[],
        words: &[],
        run: semver::semver,
    },
    Command {
        name: "ci",
        about: "Check everything that must hold before a change lands: the steps that are named, or all",
        flags: &[],
        words: ci::STEPS,
        run: |root, args, out| ci::ci(root, &args.words, out),
    },
    Command {
        name: "openapi",
        about: "Write openapi/nexudus.json, the spec as an OpenAPI document",
        flags: &[
            flag("check", "Write nothing; fail unless the document is up to date"),
            flag("version", "3.1, which is the default, or 3.0").value("number"),
            flag("out", "Write to this file").value("file"),
        ],
        words: &[],
        run: openapi::openapi,
    },
    Command {
        name: "bench",
        about: "Measure what docs/performance.md reports: the subjects that are named, or all",
        flags: &[INSTALL],
        words: bench::SUBJECTS,
        run: |root, args, _| bench::run(root, &args.words, args.has("install")),
    },
    Command {
        name: "dist",
        about: "Build and pack the command-line tool: program, manual pages, completions, licences, SBOM, checksums",
        flags: &[flag("target", "For this target instead of the machine's own").value("triple")],
        words: &[],
        run: dist::dist,
    },
    Command {
        name: "soak",
        about: "Make a thousand calls of a server that takes ten a second; takes 100 seconds",
        flags: &[],
        words: &[],
        run: |root, _, _| bench::soak(root),
    },
    Command {
        name: "fuzz",
        about: "Feed mutated input to everything that reads what others send",
        flags: &[
            flag("target", "Only this target; each prints its name").value("name"),
            flag("seconds", "For how long, all targets together; 60 by default").value("number"),
            flag("seed", "Repeat a run: every input follows from this number").value("number"),
            flag("replay", "Run one input, a file, through a target").value("file"),
            flag("release", "Build with optimizations and debug assertions, for long runs"),
        ],
        words: &[],
        run: |root, args, _| fuzz::fuzz(root, args),
    },
    Command {
        name: "deviations",
        about: "Probe sandboxes that deviate at random; every deviation has to be found, and nothing else",
        flags: &[
            flag("files", "How many sandboxes; 200 by default").value("number"),
            flag("seed", "The number that the first of them follows from; 1 by default").value("number"),
        ],
        words: &[],
        run: |root, args, _| deviations::deviations(root, args),
    },
    Command {
        name: "browser",
        about: "Use the sandbox's page in a headless Chromium, and write docs/browser-test.md",
        flags: &[INSTALL],
        words: &[],
        run: |root, args, _| browser::run(root, args.has("install")),
    },
    Command {
        name: "interop",
        about: "Run clients in other languages against the sandbox, and write docs/interop.md",
        flags: &[INSTALL],
        words: &[
            ("mcp", "Run clients of MCP against `nexudus mcp` instead, and write docs/mcp-interop.md"),
            ("openapi", "Let tools of others read openapi/nexudus.json, and write docs/openapi-interop.md"),
        ],
        run: |root, args, _| {
            let run = match args.words.first() {
                Some(&"mcp") => interop_mcp::run,
                Some(&"openapi") => interop_openapi::run,
                _ => interop::run,
            };
            run(root, args.has("install"))
        },
    },
    Command {
        name: "help",
        about: "Show this",
        flags: &[],
        words: &[],
        run: |_, _, out| Ok(write!(out, "{}", args::help(COMMANDS))?),
    },
];

/// Runs a task in the checkout that holds a folder.
pub fn run(args: &Parsed, folder: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let root = if args.command.name == "help" { folder.to_owned() } else { crate::workspace::root_above(folder)? };
    (args.command.run)(&root, args, out)
}
