//! What a command is run with.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, Write as _};
use std::pin::Pin;

use nexudus_client::model::core::EntityTable;
use nexudus_client::{Client, DynamicEndpoint};

use crate::argv::Globals;
use crate::failure::{Exit, Failure};
use crate::output::{CommandOutput, Envelope, Format, List, Style, print};
use crate::profile::{Config, Home, Session, SessionOptions, read_or_make_key};
use crate::redact::Redactor;
use crate::terminal::{Progress, Prompt, PromptError, Terminal, visible};
use crate::tree::Tree;

/// What a command is run with: the person, the flags that stand anywhere, and the service as it is first needed.
pub(crate) struct Context {
    /// The three streams.
    pub(crate) terminal: Terminal,
    /// The flags that stand anywhere.
    pub(crate) globals: Globals,
    breadcrumbs: Vec<String>,
    /// All commands, as data.
    pub(crate) tree: Tree,
    home: OnceCell<Home>,
    config: OnceCell<Config>,
    session: OnceCell<Session>,
    is_writing: Cell<bool>,
    /// What had to be said where standard error is JSON: it stands in the envelope.
    warnings: RefCell<Vec<String>>,
}

impl Context {
    /// A context for the command of these words.
    pub(crate) fn new(terminal: Terminal, globals: Globals, breadcrumbs: Vec<String>, tree: Tree) -> Self {
        Self {
            terminal,
            globals,
            breadcrumbs,
            tree,
            home: OnceCell::new(),
            config: OnceCell::new(),
            session: OnceCell::new(),
            is_writing: Cell::new(false),
            warnings: RefCell::default(),
        }
    }

    /// The command's words.
    pub(crate) fn breadcrumbs(&self) -> Vec<&str> {
        self.breadcrumbs.iter().map(String::as_str).collect()
    }

    /// Whether a word names a command, shown or hidden.
    pub(crate) fn is_command(&self, word: &str) -> bool {
        word == "help" || !(self.tree.command)(word).is_empty()
    }

    /// The folder of settings.
    pub(crate) fn home(&self) -> Result<&Home, Failure> {
        match self.home.get() {
            Some(home) => Ok(home),
            None => Home::find().map(|home| self.home.get_or_init(|| home)),
        }
    }

    /// The file of settings.
    pub(crate) fn config(&self) -> Result<&Config, Failure> {
        match self.config.get() {
            Some(config) => Ok(config),
            None => Config::load(self.home()?).map(|config| self.config.get_or_init(|| config)),
        }
    }

    /// The name of the profile.
    pub(crate) fn profile(&self) -> Result<String, Failure> {
        crate::profile::profile_name(self.globals.profile.as_deref(), self.config()?)
    }

    /// What the command line says about the session.
    pub(crate) fn session_options(&self) -> SessionOptions {
        SessionOptions {
            base_url: self.globals.base_url.clone(),
            timeout: self.globals.timeout,
            read_only: self.globals.read_only,
            verbose: self.globals.verbose,
            reads: None,
            body_limit: None,
        }
    }

    /// The session: credentials are looked for when they are first needed.
    pub(crate) async fn session(&self) -> Result<&Session, Failure> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let profile = self.globals.profile.as_deref();
        let session = Session::open(self.home()?, self.config()?, profile, &self.session_options()).await?;
        Ok(self.session.get_or_init(|| session))
    }

    /// The client of the session.
    pub(crate) async fn client(&self) -> Result<&Client, Failure> {
        Ok(&self.session().await?.client)
    }

    /// The records of an entity.
    pub(crate) async fn records(&self, table: &'static EntityTable) -> Result<DynamicEndpoint, Failure> {
        Ok(self.client().await?.dynamic_of(table))
    }

    /// The form of the output: the command line's, the environment's, the profile's, or a table. A broken file of
    /// settings is no reason not to print.
    pub(crate) fn format(&self) -> Format {
        let from_environment = || std::env::var("NEXUDUS_OUTPUT").ok()?.parse().ok();
        let from_profile = || {
            let settings = self.config().ok()?.settings(&self.profile().ok()?);
            settings.get("output")?.parse().ok()
        };
        self.globals.output.or_else(from_environment).or_else(from_profile).unwrap_or_default()
    }

    /// Refuses a form of the output that the environment asks for and that does not exist.
    pub(crate) fn check_output(&self) -> Result<(), Failure> {
        let Some(text) = std::env::var_os("NEXUDUS_OUTPUT").filter(|text| !text.is_empty()) else { return Ok(()) };
        if self.globals.output.is_some() {
            return Ok(());
        }
        let text = text.to_string_lossy();
        text.parse::<Format>().map(drop).map_err(|what| Failure::usage(format!("NEXUDUS_OUTPUT={text}: {what}")))
    }

    /// The style of the output without a command's own options.
    pub(crate) fn style(&self) -> Style {
        Style::plain(self.format(), self.terminal)
    }

    /// An envelope for this command.
    pub(crate) fn envelope(&self, summary: impl Into<String>) -> Envelope {
        let envelope = Envelope::new(&self.breadcrumbs(), summary);
        let (is_on, reason) = self.redaction();
        let warnings = self.warnings.borrow().clone();
        Envelope { warnings, redaction: self.format().has_envelope().then(|| (is_on, reason.to_owned())), ..envelope }
    }

    /// Whether personal data is redacted, and why.
    fn redaction(&self) -> (bool, &'static str) {
        let is_off = || {
            let settings = self.config().ok()?.settings(&self.profile().ok()?);
            settings.get("redaction").map(|value| value == "off")
        };
        if self.format() != Format::Agent {
            (false, "output format")
        } else if self.terminal.output {
            (false, "interactive terminal")
        } else if is_off().unwrap_or_default() {
            (false, "profile setting")
        } else {
            (true, "non-interactive")
        }
    }

    /// What replaces personal data in this run.
    pub(crate) fn redactor(&self) -> Result<Redactor, Failure> {
        if !self.redaction().0 {
            return Ok(Redactor::off());
        }
        let path = self.home()?.redaction_key(&self.profile()?);
        read_or_make_key(&path).map(Redactor::with_key)
    }

    /// Prints an answer.
    pub(crate) fn answer(&self, answer: &CommandOutput, summary: impl Into<String>) -> Result<(), Failure> {
        print(answer, &self.envelope(summary), &self.style(), None)
    }

    /// Prints what a command has to show although it failed.
    pub(crate) fn answer_failed(&self, answer: &CommandOutput, failure: &Failure) -> Result<(), Failure> {
        print(answer, &self.envelope(""), &self.style(), Some(failure))
    }

    /// A list to be printed record by record.
    pub(crate) fn list(&self, columns: Vec<String>, style: Style) -> List {
        List::new(columns, self.envelope(""), style)
    }

    /// Progress of something that is counted.
    pub(crate) fn progress(&self, noun: &str) -> Progress {
        Progress::new(&self.terminal, self.globals.quiet || self.format().is_json(), noun)
    }

    /// Says something to a person, on standard error; nothing where the output is JSON or `--quiet` is given.
    pub(crate) fn note(&self, text: &str) {
        if !self.globals.quiet && !self.format().is_json() {
            Self::print_note(text);
        }
    }

    /// Says something that must be seen: on standard error, or in the envelope where standard error is JSON.
    pub(crate) fn warn(&self, text: &str) {
        if self.format().is_json() {
            self.warnings.borrow_mut().push(text.to_owned());
        } else {
            Self::print_note(&format!("warning: {text}"));
        }
    }

    fn print_note(text: &str) {
        let lines: Vec<_> = text.lines().map(visible).collect();
        // Where standard error is gone, there is nowhere to print to.
        writeln!(std::io::stderr(), "{}", lines.join("\n")).ok();
    }

    /// Questions to the person. None are asked where the output is JSON.
    pub(crate) fn prompt(&self) -> Prompt {
        Prompt::new(&self.terminal, !self.format().is_json())
    }

    /// Asks whether to go on, unless `--yes` says so.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.globals.yes {
            return Ok(());
        }
        match self.prompt().confirm(question) {
            Ok(true) => Ok(()),
            Ok(false) | Err(PromptError::Ended) => Err(Failure::new(Exit::Declined, "nothing was done")),
            Err(PromptError::NobodyThere) => Err(Failure::new(
                Exit::Declined,
                "nothing was done: this needs a confirmation, and there is no terminal to ask",
            )
            .hint("Give --yes to go ahead, or --dry-run to see what would be sent.")),
            Err(PromptError::Interrupted) => Err(Failure::interrupted()),
            Err(PromptError::Io(error)) => Err(Failure::new(Exit::Failure, format!("can't ask: {error}"))),
        }
    }

    /// Marks that a write is under way, so that an interrupt can say so.
    pub(crate) async fn writing<T>(&self, call: impl Future<Output = T>) -> T {
        self.is_writing.set(true);
        let result = call.await;
        self.is_writing.set(false);
        result
    }

    /// Whether a write is under way.
    pub(crate) fn is_writing(&self) -> bool {
        self.is_writing.get()
    }
}

/// The interrupt key beside writes that follow each other: the command goes on after it, to say what is done. One value
/// for all of them loses no press of the key in between.
pub(crate) struct InterruptKey(Pin<Box<dyn Future<Output = io::Result<()>>>>);

impl InterruptKey {
    /// Listens from the first write on.
    pub(crate) fn new() -> Self {
        Self(Box::pin(tokio::signal::ctrl_c()))
    }

    /// A write, until the key is pressed. `what` completes the sentence "whether ... is not known".
    pub(crate) async fn or<T, E: Into<Failure>>(
        &mut self,
        write: impl Future<Output = Result<T, E>>,
        what: impl FnOnce() -> String,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = write => done.map_err(Into::into),
            Ok(()) = &mut self.0 => Err(Failure {
                message: format!("interrupted: whether {} is not known", what()),
                ..Failure::interrupted()
            }),
        }
    }
}
