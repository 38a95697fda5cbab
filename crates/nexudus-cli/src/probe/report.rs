//! What a probe reports: `docs/probe.md` describes the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What the file calls itself.
const FORMAT: &str = "nexudus-probe";

/// The version of the file.
pub(crate) const VERSION: u32 = 1;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// The day, in UTC.
    pub(crate) made: String,
    /// Name and version of this program.
    pub(crate) tool: String,
    /// Whether the address is the vendor's own.
    pub(crate) service: bool,
    /// The same for each report of one user on one machine.
    pub(crate) account: String,
    /// By the names of entities.
    pub(crate) entities: BTreeMap<String, EntityReport>,
}

/// What was found of one entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct EntityReport {
    pub(crate) path: String,
    pub(crate) requests: u32,
    pub(crate) list: Access,
    pub(crate) get: Access,
    pub(crate) commands: Access,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) properties: BTreeMap<String, PropertyReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) withheld: usize,
    /// Their names, to count each once.
    #[serde(skip)]
    pub(super) unnamed: BTreeSet<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) filters: BTreeMap<String, FilterReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) unknown_filter: String,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) page: Option<PageReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) sort: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) dates: Option<DatesReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) copied: BTreeMap<String, CopyReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) offered: Vec<CommandReport>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) marks: Vec<Mark>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) findings: Vec<Finding>,
}

/// Whether a path answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Access {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) status: Option<u16>,
    pub(crate) verdict: Verdict,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) role: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) records: usize,
}

/// What became of a request, or of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Verdict {
    #[default]
    #[serde(rename = "not tried")]
    NotTried,
    #[serde(rename = "there")]
    There,
    #[serde(rename = "role missing")]
    RoleMissing,
    #[serde(rename = "not there")]
    NotThere,
    #[serde(rename = "refused")]
    Refused,
    #[serde(rename = "failed")]
    Failed,
    /// Of filters: a value of its own finds a record, an impossible one finds none.
    #[serde(rename = "filters")]
    Filters,
    /// Of filters: an impossible value finds none, and there was no value of its own to try.
    #[serde(rename = "known")]
    Known,
    #[serde(rename = "ignored")]
    Ignored,
    #[serde(rename = "finds nothing")]
    FindsNothing,
}

impl Verdict {
    /// As the file writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotTried => "not tried",
            Self::There => "there",
            Self::RoleMissing => "role missing",
            Self::NotThere => "not there",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Filters => "filters",
            Self::Known => "known",
            Self::Ignored => "ignored",
            Self::FindsNothing => "finds nothing",
        }
    }
}

/// What was seen of a property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PropertyReport {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) known: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) list: Counts,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) get: Counts,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) formats: BTreeMap<String, usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) unlisted: Vec<i64>,
    /// Values of an enumeration that came as names.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) names: usize,
}

/// How often a property came, and as what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    pub(crate) records: usize,
    pub(crate) present: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) null: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) empty: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) types: BTreeMap<String, usize>,
}

/// What a query parameter does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FilterReport {
    /// `equal`, `from`, `to` or `related`.
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) property: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) by_rule: bool,
    pub(crate) verdict: Verdict,
    /// How much of a text finds its record: `exact`, `prefix` or `partial`.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) text: String,
    /// `inclusive` or `exclusive`.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) ends: String,
}

/// The largest page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PageReport {
    pub(crate) asked: usize,
    pub(crate) answered: usize,
}

/// Which forms of a date a range takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DatesReport {
    pub(crate) property: String,
    pub(crate) takes: BTreeMap<String, bool>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) zone: String,
}

/// Whether a property is equal to that of the related record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CopyReport {
    pub(crate) relation: String,
    pub(crate) of: String,
    pub(crate) compared: usize,
    pub(crate) same: usize,
}

/// A command that discovery lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommandReport {
    pub(crate) key: String,
    pub(crate) known: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) parameters: Vec<ParameterReport>,
}

/// A parameter of a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ParameterReport {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// A mark of the spec that the report confirms or refutes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) property: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) filter: Option<String>,
    #[serde(rename = "mark")]
    pub(crate) of: String,
    pub(crate) verdict: String,
}

/// A difference between the service and the spec.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Finding {
    pub(crate) kind: String,
    pub(crate) subject: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) detail: String,
    /// `list`, `get` or `list and get`.
    #[serde(rename = "where", default, skip_serializing_if = "is_default")]
    pub(crate) place: String,
}

impl Report {
    /// A report of this version.
    pub(crate) fn new<'a>(
        made: String,
        tool: String,
        service: bool,
        account: String,
        entities: impl Iterator<Item = (&'a String, &'a EntityReport)>,
    ) -> Self {
        let entities = entities.map(|(name, entity)| (name.clone(), entity.clone())).collect();
        Self { format: FORMAT.to_owned(), version: VERSION, made, tool, service, account, entities }
    }

    /// As the file holds it.
    pub(crate) fn to_json(&self) -> Result<String, Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::usage(error.to_string()))?;
        Ok(text + "\n")
    }
}

impl EntityReport {
    /// Counts a name that is not written.
    pub(crate) fn withhold(&mut self, name: &str) {
        self.unnamed.insert(name.to_owned());
        self.withheld = self.unnamed.len();
    }

    /// Adds a finding. A second one of the same kind and subject adds its place to the first.
    pub(crate) fn find(&mut self, kind: &str, subject: &str, detail: impl Into<String>, place: &str) {
        let known = self.findings.iter_mut().find(|finding| finding.kind == kind && finding.subject == subject);
        match known {
            Some(finding) if finding.place.contains(place) => {}
            Some(finding) => finding.place = format!("{} and {place}", finding.place),
            None => self.findings.push(Finding {
                kind: kind.to_owned(),
                subject: subject.to_owned(),
                detail: detail.into(),
                place: place.to_owned(),
            }),
        }
    }
}
