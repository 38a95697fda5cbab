//! What a record is.
//!
//! A record is a plain struct with public typed fields, a [`Common`] with the properties that every entity
//! has, and an [`Extra`] with what the struct can't say: which keys were received, spellings that differ from
//! our own, and properties that the spec does not know. Together they hold a received JSON object without
//! loss, so that writing a record back clears nothing.
//!
//! Everything here works through `dyn Record`, so it is compiled once and not once an entity.

use std::any::Any;
use std::fmt;

use serde_json::{Map, Value};

use crate::decode::{self, Context, DecodeError, Leniency};
use crate::encode;
use crate::full::Full;
use crate::generated::Common;
use crate::id::Id;
use crate::page::{AnyPage, Page};
use crate::slot::{Reading, Slot, Token};
use crate::table::{EntityTable, Field};

/// The typed fields of a record by their position in its table. Implemented by generated code.
pub trait Slots {
    /// The field at a position, for reading.
    fn slot(&self, at: usize) -> Option<&dyn Slot>;
    /// The field at a position, for writing.
    fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot>;
}

/// A record, seen without its type. Implemented by generated code.
pub trait Record: Slots + Any + Send + Sync {
    /// The record without its type. Code that works with all entities alike goes through this and not through a
    /// coercion of its own, for what a coercion needs is compiled anew in every crate that has one.
    fn as_dyn(&self) -> &dyn Record;
    /// The record without its type, for writing.
    fn as_dyn_mut(&mut self) -> &mut dyn Record;
    /// What is known of its entity.
    fn describe(&self) -> &'static EntityTable;
    /// The properties that every record has.
    fn common(&self) -> &Common;
    /// The properties that every record has, for writing.
    fn common_mut(&mut self) -> &mut Common;
    /// What the typed fields can't say.
    fn extra(&self) -> &Extra;
    /// What the typed fields can't say, for writing.
    fn extra_mut(&mut self) -> &mut Extra;
}

/// An entity of the service. It is the record's own type, and the tag of its ids. Implemented by generated code.
pub trait Entity: Record + Clone + Default + PartialEq + fmt::Debug + 'static {
    /// What is known of this entity.
    fn table() -> &'static EntityTable;

    // The next three are the same for all entities. They are not provided here but written into each, so that they
    // are compiled once, with the records, and not in every program that uses them.

    /// [`Full::downcast`]
    #[doc(hidden)]
    fn full(untyped: Full<dyn Record>) -> Result<Full<Self>, DecodeError>;

    /// [`AnyPage::downcast`]
    #[doc(hidden)]
    fn page(untyped: AnyPage) -> Result<Page<Self>, DecodeError>;

    /// [`Page::describe`]
    #[doc(hidden)]
    fn describe_page(page: &Page<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The id of this record, if it has one.
    fn id(&self) -> Option<Id<Self>> {
        self.common().id.map(Id::new)
    }

    /// How much of the record the service sent.
    fn origin(&self) -> Origin {
        self.extra().origin
    }

    /// A property by its name on the wire, as it would be sent; `None` if it was neither received nor set.
    fn property(&self, name: &str) -> Option<Value> {
        self.as_dyn().property(name)
    }

    /// Sets a property by its name on the wire. Null empties it. A name that the spec does not know is kept
    /// and sent as it is.
    fn set_property(&mut self, name: &str, value: Value) -> Result<(), SetError> {
        self.as_dyn_mut().set_property(name, value)
    }

    /// The record as a JSON object: what was received, as edited, and what was set.
    fn to_value(&self) -> Value {
        self.as_dyn().to_value()
    }
}

/// Marks the entities whose records can be listed.
#[diagnostic::on_unimplemented(
    message = "the service has no list operation for `{Self}`",
    label = "`{Self}` can't be listed",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanList: Entity {}

/// Marks the entities whose records can be got by id.
#[diagnostic::on_unimplemented(
    message = "the service has no get operation for `{Self}`",
    label = "`{Self}` can't be got by id",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanGet: Entity {}

/// Marks the entities whose records can be created.
#[diagnostic::on_unimplemented(
    message = "the service has no create operation for `{Self}`",
    label = "`{Self}` can't be created",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanCreate: Entity {
    /// A record to create.
    type New: Draft<Self>;
}

/// Marks the entities whose records can be updated.
#[diagnostic::on_unimplemented(
    message = "the service has no update operation for `{Self}`",
    label = "`{Self}` can't be updated",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanUpdate: CanGet {}

/// Marks the entities whose records can be deleted.
#[diagnostic::on_unimplemented(
    message = "the service has no delete operation for `{Self}`",
    label = "`{Self}` can't be deleted",
    note = "the operations of each entity stand in its documentation"
)]
pub trait CanDelete: Entity {}

/// A record to create: its required properties are there, and nothing that was not set is sent.
pub trait Draft<E: Entity>: Send + Sync {
    /// What was set.
    fn record(&self) -> &E;
}

/// How much of a record the service sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Made by the program.
    #[default]
    New,
    /// Came in a list, in a fetch of several ids or in a webhook: some properties are left out or empty
    /// although the record has them.
    Summary,
    /// Got by its id: complete.
    Full,
}

/// What a record holds besides its typed fields.
#[derive(Clone, Default)]
pub struct Extra {
    origin: Origin,
    received: Bits,
    kept: Option<Box<Kept>>,
}

/// Most records need none of this, so it stands behind a pointer.
#[derive(Clone, Default)]
struct Kept {
    odd: Vec<Odd>,
    unknown: Map<String, Value>,
}

/// A value that is not written the way that it was received, or that the typed field can't hold.
#[derive(Clone, PartialEq)]
struct Odd {
    at: usize,
    raw: Value,
    readable: bool,
}

/// A set of small numbers.
#[derive(Clone, Default)]
struct Bits {
    first: u64,
    rest: Vec<u64>,
}

impl Bits {
    fn insert(&mut self, at: usize) {
        match (at / 64).checked_sub(1) {
            None => self.first |= 1 << at,
            Some(word) => {
                if self.rest.len() <= word {
                    self.rest.resize(word + 1, 0);
                }
                self.rest[word] |= 1 << (at % 64);
            }
        }
    }

    fn contains(&self, at: usize) -> bool {
        let word = match (at / 64).checked_sub(1) {
            None => self.first,
            Some(word) => self.rest.get(word).copied().unwrap_or_default(),
        };
        word & 1 << (at % 64) != 0
    }
}

/// By value: unknown properties, and known ones that could not be read. Spellings and missing keys don't count.
impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        let unreadable = |extra: &Self| -> Vec<(usize, Value)> {
            let mut odd: Vec<_> =
                extra.odd().filter(|odd| !odd.readable).map(|odd| (odd.at, odd.raw.clone())).collect();
            odd.sort_by_key(|(at, _)| *at);
            odd
        };
        self.unknown().eq(other.unknown()) && unreadable(self) == unreadable(other)
    }
}

impl Extra {
    fn odd(&self) -> std::slice::Iter<'_, Odd> {
        self.kept.as_ref().map(|kept| kept.odd.as_slice()).unwrap_or_default().iter()
    }

    /// The received value of a property, where it is not the one that the typed field would be written as.
    pub(crate) fn odd_at(&self, at: usize) -> Option<&Value> {
        self.odd().find(|odd| odd.at == at).map(|odd| &odd.raw)
    }

    pub(crate) fn was_received(&self, at: usize) -> bool {
        self.received.contains(at)
    }

    pub(crate) fn receive(&mut self, at: usize) {
        self.received.insert(at);
        self.forget(at);
    }

    pub(crate) fn keep(&mut self, at: usize, raw: Value, readable: bool) {
        self.kept.get_or_insert_default().odd.push(Odd { at, raw, readable });
    }

    /// Drops the received spelling of a property.
    fn forget(&mut self, at: usize) {
        if let Some(kept) = &mut self.kept {
            kept.odd.retain(|odd| odd.at != at);
        }
    }

    pub(crate) fn set_unknown(&mut self, name: String, value: Value) {
        self.kept.get_or_insert_default().unknown.insert(name, value);
    }

    /// Properties that were received and that the spec does not know.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.kept.iter().flat_map(|kept| &kept.unknown)
    }

    pub(crate) fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
    }
}

/// The slot of any property, an entity's own or a common one.
pub(crate) fn slot_of<'a>(record: &'a dyn Record, table: &EntityTable, at: usize) -> Option<&'a dyn Slot> {
    match at.checked_sub(table.fields.len()) {
        None => record.slot(at),
        Some(at) => record.common().slot(at),
    }
}

/// The slot of any property, for writing.
pub(crate) fn slot_of_mut<'a>(record: &'a mut dyn Record, table: &EntityTable, at: usize) -> Option<&'a mut dyn Slot> {
    match at.checked_sub(table.fields.len()) {
        None => record.slot_mut(at),
        Some(at) => record.common_mut().slot_mut(at),
    }
}

/// A value that a property does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    property: String,
    expected: &'static str,
    found: String,
}

impl SetError {
    /// The property's name on the wire.
    pub fn property(&self) -> &str {
        &self.property
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} takes {}, not {}", self.property, self.expected, self.found)
    }
}

impl std::error::Error for SetError {}

/// What a program can ask of any record by the names on the wire.
impl dyn Record + '_ {
    /// How much of the record the service sent.
    pub fn origin(&self) -> Origin {
        self.extra().origin
    }

    /// Takes in what the service sent. Meant for an empty record, such as a table makes.
    pub fn read(&mut self, json: &[u8], origin: Origin) -> Result<(), DecodeError> {
        let mut context = Context::lenient(self.describe());
        decode::record(json, self, origin, &mut context)
    }

    /// Properties that were received and that the spec does not know, by name.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.extra().unknown().map(|(name, value)| (name.as_str(), value))
    }

    /// A property by its name on the wire, as it would be sent; `None` if it was neither received nor set.
    pub fn property(&self, name: &str) -> Option<Value> {
        let table = self.describe();
        match table.position(name) {
            Some(at) => encode::token_at(self, table, at).map(Token::into_value),
            None => self.unknown().find(|(known, _)| *known == name).map(|(_, value)| value.clone()),
        }
    }

    /// Sets a property by its name on the wire. Null empties it. A name that the spec does not know is kept
    /// and sent as it is.
    pub fn set_property(&mut self, name: &str, value: Value) -> Result<(), SetError> {
        let table = self.describe();
        let Some(at) = table.position(name) else {
            self.extra_mut().set_unknown(name.to_owned(), value);
            return Ok(());
        };
        let Some(slot) = slot_of_mut(self, table, at) else { return Ok(()) };
        // The old value is put back where the new one is refused.
        let old = slot.write().map(Token::into_value);
        match slot.read(&mut Token::of(&value)) {
            Reading::Plain | Reading::Odd => {
                self.extra_mut().receive(at);
                Ok(())
            }
            Reading::Unreadable | Reading::Wrong => {
                let expected = slot.expected();
                slot.read(&mut old.as_ref().map_or(Token::Null, Token::of));
                Err(SetError { property: name.to_owned(), expected, found: Token::of(&value).describe() })
            }
        }
    }

    /// The record as a JSON object: what was received, as edited, and what was set.
    pub fn to_value(&self) -> Value {
        Value::Object(encode::to_map(self))
    }

    /// The record as JSON text: what was received, as edited, and what was set.
    pub fn to_json(&self) -> Vec<u8> {
        encode::to_vec(self, encode::Keep::All)
    }

    /// Those of the set properties that make the service do something when they are written.
    pub fn actions(&self) -> Vec<&'static Field> {
        let table = self.describe();
        let acts = |at: &usize| {
            let effect = table.field(*at).is_some_and(Field::is_action);
            effect
                && encode::token_at(self, table, *at)
                    .is_some_and(|token| !matches!(token, Token::Null | Token::Bool(false)))
        };
        (0..table.field_count()).filter(acts).filter_map(|at| table.field(at)).collect()
    }

    /// Prints the set properties and the number of unknown ones; secrets are hidden.
    #[doc(hidden)]
    pub fn fmt_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.describe();
        let mut out = f.debug_struct(table.name);
        for (at, field) in table.all_fields().enumerate() {
            match encode::token_at(self, table, at) {
                None | Some(Token::Null) => {}
                Some(_) if field.is_sensitive() => {
                    out.field(field.name, &format_args!("[hidden]"));
                }
                Some(token) => {
                    out.field(field.name, &format_args!("{}", token.into_value()));
                }
            }
        }
        match self.extra().unknown().count() {
            0 => out.finish(),
            count => out.field("unknown", &count).finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for dyn Record + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_debug(f)
    }
}

/// One property that differs between two records.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// The property's name on the wire.
    pub property: String,
    /// What it was; `None` if it was not there.
    pub before: Option<Value>,
    /// What it is; `None` if it is not there.
    pub after: Option<Value>,
    sensitive: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return write!(f, "{}: [hidden]", self.property);
        }
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        write!(f, "{}: {} -> {}", self.property, text(&self.before), text(&self.after))
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether two records of one entity hold the same, by value: an unknown property counts, a spelling does not.
#[doc(hidden)]
pub fn same(one: &dyn Record, other: &dyn Record) -> bool {
    let typed = (0..one.describe().fields.len()).all(|at| match (one.slot(at), other.slot(at)) {
        (Some(one), Some(other)) => one.equals(other),
        _ => true,
    });
    typed && one.common() == other.common() && one.extra() == other.extra()
}

/// What differs between two records of one entity, in the order of its table, unknown properties last.
pub fn diff(before: &dyn Record, after: &dyn Record) -> Vec<Change> {
    let table = after.describe();
    let mut was = encode::to_map(before);
    let mut is = encode::to_map(after);
    let known = table.all_fields().map(|field| field.name.to_owned());
    let unknown: Vec<String> =
        was.keys().chain(is.keys()).filter(|name| table.position(name).is_none()).cloned().collect();
    let mut changes = Vec::new();
    for property in known.chain(unknown) {
        let (before, after) = (was.remove(&property), is.remove(&property));
        if before != after {
            let field = table.position(&property).and_then(|at| table.field(at));
            let sensitive = field.is_some_and(Field::is_sensitive);
            changes.push(Change { property, before, after, sensitive });
        }
    }
    changes
}

/// Decodes a record from JSON text as a summary.
pub fn from_json<E: Entity>(json: &[u8]) -> Result<E, DecodeError> {
    let mut record = E::default();
    decode::record(json, record.as_dyn_mut(), Origin::Summary, &mut Context::lenient(E::table()))?;
    Ok(record)
}

/// Decodes a record from a JSON value as a summary.
pub fn from_value<E: Entity>(json: Value) -> Result<E, DecodeError> {
    let mut record = E::default();
    decode::record_from_value(json, record.as_dyn_mut(), Origin::Summary, &mut Context::lenient(E::table()))?;
    Ok(record)
}

/// Decodes a record and reports every leniency that was taken, with its JSON path: for tests that want to see
/// the service drift from the spec.
pub fn from_json_strict<E: Entity>(json: &[u8], origin: Origin) -> Result<(E, Vec<Leniency>), DecodeError> {
    let mut record = E::default();
    let mut context = Context::strict(E::table());
    decode::record(json, record.as_dyn_mut(), origin, &mut context)?;
    Ok((record, context.into_leniencies()))
}
