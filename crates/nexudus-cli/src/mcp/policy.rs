//! What an assistant may do: nothing but reading, unless the person who starts the server says otherwise.

use nexudus_client::model::core::{EntityTable, Field};

use super::tool_error::ToolError;
use crate::failure::Failure;
use crate::json::Raw;
use crate::tables::{Lookup, location_field, look_up};

/// Who confirms a write where the client can't put a question to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Confirm {
    /// Nobody: such a write is refused.
    #[default]
    Person,
    /// The client: it shows the plan, and calls again with it.
    Client,
}

/// What an assistant may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    allowed: Option<Vec<&'static str>>,
    writes_all: bool,
    denied: Vec<&'static str>,
    /// The location that all writes are for.
    pub(super) business: Option<i64>,
    /// The location that a new record belongs to where nothing is said.
    default_business: Option<i64>,
    /// Records that one write may touch.
    pub(super) max_ids: usize,
    pub(super) confirm: Confirm,
}

/// Records that one write may touch where nothing is said.
pub(crate) const MAX_IDS: usize = 20;

/// The words of a flag that takes several, with commas or repeated.
fn words_of<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn tables(flag: &str, words: &[&str]) -> Result<Vec<&'static EntityTable>, Failure> {
    words
        .iter()
        .map(|word| match look_up(word) {
            Lookup::Found(table) => Ok(table),
            Lookup::Unknown(near) => {
                let failure = Failure::usage(format!("--{flag}: there is no entity {word:?}"));
                Err(if near.is_empty() { failure } else { failure.hint(format!("Did you mean {}?", near.join(", "))) })
            }
        })
        .collect()
}

impl Policy {
    /// A policy from the words of `--allow-write` and `--deny`.
    pub(crate) fn new(allow_write: &[&str], deny: &[&str]) -> Result<Self, Failure> {
        let allow_words = words_of(allow_write);
        if !allow_write.is_empty() && allow_words.is_empty() {
            return Err(
                Failure::usage("--allow-write names no entity").hint("Leave it out for a server that only reads.")
            );
        }
        let deny_words = words_of(deny);
        if !deny.is_empty() && deny_words.is_empty() {
            return Err(Failure::usage("--deny names no entity").hint("Leave it out where nothing is kept back."));
        }
        let writes_all = allow_words.contains(&"all");
        let named: Vec<_> = allow_words.into_iter().filter(|word| *word != "all").collect();
        let allowed = tables("allow-write", &named)?;
        let denied: Vec<_> = tables("deny", &deny_words)?.iter().map(|table| table.name).collect();
        if let Some(both) = allowed.iter().find(|table| denied.contains(&table.name)) {
            return Err(Failure::usage(format!("{} stands in --allow-write and in --deny", both.plural)));
        }
        Ok(Self {
            allowed: (!allow_write.is_empty()).then(|| allowed.iter().map(|table| table.name).collect()),
            writes_all,
            denied,
            max_ids: MAX_IDS,
            ..Self::default()
        })
    }

    /// Keeps all writes to a location.
    pub(crate) fn for_business(mut self, business: Option<i64>) -> Self {
        self.business = business;
        self
    }

    /// Puts new records that need a location and name none into this one.
    pub(crate) fn by_default_at(mut self, business: Option<i64>) -> Self {
        self.default_business = business;
        self
    }

    /// Bounds how many records one write may touch.
    pub(crate) fn at_most(mut self, ids: usize) -> Self {
        self.max_ids = ids;
        self
    }

    /// Says who confirms.
    pub(crate) fn confirmed_by(mut self, confirm: Confirm) -> Self {
        self.confirm = confirm;
        self
    }

    /// Whether any write is allowed.
    pub(crate) fn may_write_at_all(&self) -> bool {
        self.allowed.is_some()
    }

    /// Whether an entity is to be seen.
    pub(super) fn may_see(&self, table: &EntityTable) -> bool {
        !self.denied.contains(&table.name)
    }

    /// Whether an entity may be written.
    pub(super) fn may_write(&self, table: &EntityTable) -> bool {
        let is_allowed = self.allowed.as_ref().is_some_and(|allowed| self.writes_all || allowed.contains(&table.name));
        is_allowed && self.may_see(table)
    }

    /// Refuses writes of entities that are not allowed.
    pub(super) fn check_write(&self, table: &EntityTable) -> Result<(), ToolError> {
        if self.may_write(table) {
            return Ok(());
        }
        let allowed = self.allowed.iter().flatten().copied().collect::<Vec<_>>().join(", ");
        Err(ToolError::refused(format!("this server does not write {}; it writes {allowed}", table.name))
            .hint("Only the person who starts the server can allow it, with --allow-write."))
    }

    /// Puts the location into a new record that says none.
    pub(super) fn place(&self, table: &'static EntityTable, values: &mut Vec<(String, Raw)>) {
        let business = self.business.or_else(|| {
            let is_required = location_field(table).is_some_and(Field::is_required);
            self.default_business.filter(|_| is_required)
        });
        if let (Some(business), Some(field)) = (business, location_field(table))
            && field.is_creatable()
            && !values.iter().any(|(name, _)| name == field.name)
        {
            values.push((field.name.to_owned(), Raw::from(business)));
        }
    }
}
