//! The JSON envelope: the shape that the service's own tool prints, so that scripts for it go on working.

use std::fmt::Write as _;
use std::io::Write as _;

use super::format::Format;
use super::style::json_text;
use crate::failure::Failure;
use crate::json::{Object, Raw, quote};
use crate::terminal::{Terminal, visible};

/// What an answer says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    /// The command, a word each.
    pub(crate) breadcrumbs: Vec<String>,
    /// What came of it, in a sentence.
    pub(crate) summary: String,
    /// Where a page stands in the whole.
    pub(crate) meta: Option<Raw>,
    /// Whether personal data is redacted, and why; `None` where that is not said.
    pub(crate) redaction: Option<(bool, String)>,
    /// What the person should know besides.
    pub(crate) warnings: Vec<String>,
}

impl Envelope {
    /// The envelope of a command.
    pub(crate) fn new(breadcrumbs: &[&str], summary: impl Into<String>) -> Self {
        Self {
            breadcrumbs: breadcrumbs.iter().map(|word| (*word).to_owned()).collect(),
            summary: summary.into(),
            ..Self::default()
        }
    }

    fn redaction_properties(&self) -> Vec<(&str, Raw)> {
        match &self.redaction {
            Some((on, reason)) => vec![
                ("piiRedaction", Raw::string(if *on { "on" } else { "off" })),
                ("piiRedactionReason", Raw::string(reason)),
            ],
            None => Vec::new(),
        }
    }

    fn tail_properties(&self, failure: Option<&Failure>) -> Vec<(&'static str, Raw)> {
        let mut properties = Vec::new();
        let summary = failure.map_or(self.summary.as_str(), |failure| failure.message.as_str());
        properties.push(("summary", Raw::string(summary)));
        properties.push(("breadcrumbs", Raw::array(self.breadcrumbs.iter().map(|word| Raw::string(word)))));
        properties.extend(self.meta.clone().map(|meta| ("meta", meta)));
        if !self.warnings.is_empty() {
            properties.push(("warnings", Raw::array(self.warnings.iter().map(|text| Raw::string(text)))));
        }
        properties
    }

    /// The envelope around data that is all there, also where the command failed.
    pub(crate) fn whole(&self, data: &Raw, failure: Option<&Failure>) -> Raw {
        let mut properties = self.redaction_properties();
        properties.push(("ok", Raw::from(failure.is_none())));
        properties.push(("data", data.clone()));
        properties.extend(self.tail_properties(failure));
        Raw::object(properties)
    }

    /// What stands before the first record of a list. Whether all went well is not known then, so `ok` stands
    /// behind the records.
    pub(super) fn head(&self) -> String {
        let mut text = String::from("{");
        for (name, value) in self.redaction_properties() {
            // Writing into a string has no way to fail.
            write!(text, "{}:{},", quote(name), value.text()).ok();
        }
        text.push_str("\"data\":[");
        text
    }

    /// What stands behind the last record of a list.
    pub(super) fn tail(&self, failure: Option<&Failure>, terminal: &Terminal) -> String {
        let mut properties = vec![("ok", Raw::from(failure.is_none()))];
        properties.extend(self.tail_properties(failure));
        let object = json_text(terminal, &Raw::object(properties));
        let inner = object.trim_start_matches('{').trim_start_matches('\n');
        format!("],{}{inner}\n", if terminal.output { "\n" } else { "" })
    }
}

/// A failure as the envelope says it.
fn failure_json(failure: &Failure, envelope: &Envelope) -> Raw {
    let mut properties = envelope.redaction_properties();
    properties.push(("ok", Raw::from(false)));
    properties.push(("data", Raw::null()));
    properties.extend(envelope.tail_properties(Some(failure)));
    let mut error = Object::default();
    error.set("exitCode", Raw::from(i64::from(failure.exit.code())));
    if !failure.fields.is_empty() {
        let fields = failure.fields.iter().map(|field| {
            let property = field.property.as_deref().map_or_else(Raw::null, Raw::string);
            Raw::object([("property", property), ("message", Raw::string(&field.message))])
        });
        error.set("fields", Raw::array(fields));
    }
    if let Some(role) = &failure.role {
        error.set("role", Raw::string(role));
    }
    if let Some(hint) = &failure.hint {
        error.set("hint", Raw::string(hint));
    }
    properties.push(("error", error.to_raw()));
    Raw::object(properties)
}

/// Prints a failure to standard error.
pub(crate) fn print_failure(failure: &Failure, envelope: &Envelope, format: Format, terminal: &Terminal) {
    if failure.silent {
        return;
    }
    let text = if format.is_json() {
        let terminal = Terminal { output: terminal.error, ..*terminal };
        json_text(&terminal, &failure_json(failure, envelope))
    } else {
        let mut text = String::new();
        for (number, line) in failure.message.lines().enumerate() {
            // Writing into a string has no way to fail.
            writeln!(text, "{}{}", if number == 0 { "nexudus: " } else { "" }, visible(line)).ok();
        }
        if let Some(hint) = &failure.hint {
            writeln!(text, "{}", hint.lines().map(visible).collect::<Vec<_>>().join("\n")).ok();
        }
        text.trim_end().to_owned()
    };
    // Where standard error is gone, there is nobody to tell.
    writeln!(std::io::stderr(), "{text}").ok();
}
