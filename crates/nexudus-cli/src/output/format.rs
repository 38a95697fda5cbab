//! The forms of the output.

use std::str::FromStr;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON object: the envelope.
    Json,
    /// JSON, a record a line.
    JsonLines,
    /// Comma-separated values.
    Csv,
    /// A Markdown table.
    Markdown,
    /// YAML.
    Yaml,
    /// The JSON envelope for an assistant: personal data is redacted.
    Agent,
    /// A JSON Schema, which `describe` alone prints.
    JsonSchema,
}

impl Format {
    /// All formats with their names.
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("table", Self::Table),
        ("json", Self::Json),
        ("jsonl", Self::JsonLines),
        ("csv", Self::Csv),
        ("md", Self::Markdown),
        ("yaml", Self::Yaml),
        ("agent", Self::Agent),
    ];

    /// Whether both streams are JSON, so that nothing may be asked and no progress shown.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::JsonLines | Self::Agent | Self::JsonSchema)
    }

    /// Whether an answer stands in the envelope.
    pub(crate) fn has_envelope(self) -> bool {
        matches!(self, Self::Json | Self::Agent)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("jsonschema") {
            return Ok(Self::JsonSchema);
        }
        let found = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, format)| *format);
        found.ok_or_else(|| "no such format; there are table, json, jsonl, csv, md, yaml and agent".to_owned())
    }
}
