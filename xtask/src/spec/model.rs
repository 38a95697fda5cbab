//! The spec as the generator sees it: checked, resolved, with a Rust name for everything.

use std::collections::BTreeMap;

use super::rules::Effects;

/// The whole spec.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The service as a whole.
    pub api: Api,
    /// Hash of `spec/enums.json` as it was read.
    pub enums_hash: u64,
    /// Enumerations, sorted by name.
    pub enums: Vec<EnumSpec>,
    /// Entities, sorted by section, then plural.
    pub entities: Vec<EntitySpec>,
    /// Patches; each has been applied.
    pub patches: Vec<Patch>,
    /// What writes set off.
    pub effects: Effects,
}

/// `spec/api.json`.
#[derive(Debug, Clone, Default)]
pub struct Api {
    /// Hash of the file as it was read.
    pub hash: u64,
    /// Name of the service.
    pub service: String,
    /// Base address.
    pub base: String,
    /// Choices and their reasons.
    pub notes: Vec<String>,
    /// Sections, sorted by name.
    pub sections: Vec<Section>,
    /// Role suffix of each operation.
    pub roles: BTreeMap<Operation, String>,
    /// Properties that every entity has.
    pub common: Vec<Property>,
    /// Paging parameters.
    pub paging: Paging,
    /// Keys of envelopes.
    pub envelopes: Envelopes,
    /// Entities known by name only.
    pub unplaced: Vec<Unplaced>,
    /// Entities that play a part in hand-written code, by that part.
    pub well_known: BTreeMap<String, String>,
    /// The entity that each action of a webhook carries a record of; none where no source says.
    pub webhooks: BTreeMap<String, Option<String>>,
}

/// A first segment of a path.
#[derive(Debug, Clone)]
pub struct Section {
    /// The segment.
    pub name: String,
    /// What the section holds.
    pub doc: String,
}

/// Query parameters of a list.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// Name of the page parameter.
    pub page: String,
    /// Name of the size parameter.
    pub size: String,
    /// Name of the sort parameter.
    pub order: String,
    /// Name of the direction parameter.
    pub direction: String,
    /// Its value for ascending.
    pub ascending: i64,
    /// Its value for descending.
    pub descending: i64,
    /// Records a page where nothing is asked.
    pub default_size: i64,
    /// Largest size to ask for.
    pub max_size: i64,
}

/// Keys of the objects that answers are wrapped in.
#[derive(Debug, Clone, Default)]
pub struct Envelopes {
    /// Of a page.
    pub page: Vec<String>,
    /// Of the answer to a write.
    pub write: Vec<String>,
    /// Of one error in it.
    pub error: Vec<String>,
}

/// An entity known by name only: ids of it are typed, nothing else is generated.
#[derive(Debug, Clone)]
pub struct Unplaced {
    /// Name.
    pub entity: String,
    /// The path segment it would have.
    pub plural: String,
    /// Why it has no file.
    pub why: String,
}

/// An enumeration.
#[derive(Debug, Clone)]
pub struct EnumSpec {
    /// The service's name.
    pub name: String,
    /// The Rust type.
    pub rust: String,
    /// What its values say.
    pub doc: Option<String>,
    /// The values known.
    pub values: Vec<EnumValue>,
}

/// A value of an enumeration.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// The number sent.
    pub number: i64,
    /// The service's name for it.
    pub name: String,
    /// The Rust variant.
    pub rust: String,
}

/// One of the five operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// List.
    List,
    /// Get one.
    Get,
    /// Create.
    Create,
    /// Update.
    Update,
    /// Delete.
    Delete,
}

/// Where the spelling of a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A record of the live service, as a public program kept it.
    Observed,
    /// The current reference.
    Reference,
    /// A public typed client.
    Client,
    /// The reference of January 2020.
    Y2020,
    /// Spelt from a command-line flag.
    Derived,
    /// Filters only: follows the naming rule.
    Rule,
}

/// Why something may not be as described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Missing from the newest text.
    MaybeWithdrawn,
    /// Seen in 2020 alone.
    Only2020,
    /// Null wherever it was seen: the type is guessed from the name.
    TypeGuessed,
    /// A source has it, the published record does not.
    NotOnRecord,
    /// Empty wherever it was seen: what it holds is not known.
    AlwaysEmpty,
    /// A source says that only a create takes it.
    UpdateDisputed,
    /// Sources disagree on the section (entities only).
    SectionDisputed,
}

/// Words of the spec and what they stand for, in the order of the spec.
pub trait Words: Sized + Copy + 'static {
    /// The words.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str
    where
        Self: PartialEq,
    {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

impl Words for Operation {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("list", Self::List),
        ("get", Self::Get),
        ("create", Self::Create),
        ("update", Self::Update),
        ("delete", Self::Delete),
    ];
}

impl Words for Source {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("observed", Self::Observed),
        ("reference", Self::Reference),
        ("client", Self::Client),
        ("2020", Self::Y2020),
        ("derived", Self::Derived),
        ("rule", Self::Rule),
    ];
}

impl Words for Doubt {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("maybe_withdrawn", Self::MaybeWithdrawn),
        ("only_2020", Self::Only2020),
        ("type_guessed", Self::TypeGuessed),
        ("not_on_record", Self::NotOnRecord),
        ("always_empty", Self::AlwaysEmpty),
        ("update_disputed", Self::UpdateDisputed),
        ("section_disputed", Self::SectionDisputed),
    ];
}

/// An entity: one file of the spec.
#[derive(Debug, Clone)]
pub struct EntitySpec {
    /// The file, from the root of the repository.
    pub file: String,
    /// Hash of the file as it was read, patches included.
    pub hash: u64,
    /// Name in the singular; also the Rust type.
    pub name: String,
    /// Last segment of the path.
    pub plural: String,
    /// First segment of the path.
    pub section: String,
    /// The Rust module and file.
    pub module: String,
    /// The Rust accessor.
    pub accessor: String,
    /// What it is.
    pub doc: String,
    /// What can be done with it, in the order of [`Operation`].
    pub operations: Vec<Operation>,
    /// It has commands.
    pub commands: bool,
    /// The commands whose key is known.
    pub known_commands: Vec<CommandSpec>,
    /// Calls outside of the pattern.
    pub actions: Vec<ActionSpec>,
    /// Deprecated; the replacement, where one is named.
    pub deprecated: Option<Option<String>>,
    /// Its operations that are deprecated, while it is not; the replacement, where one is named.
    pub deprecated_operations: Vec<(Operation, Option<String>)>,
    /// Why it may not be as described.
    pub doubt: Option<Doubt>,
    /// Choices and their reasons.
    pub notes: Vec<String>,
    /// What `ToStringText` is made of: `{FullName} - {Email}`.
    pub label: Option<String>,
    /// How a list is sorted where nothing is asked.
    pub default_order: Option<DefaultOrder>,
    /// Query names of filters without which a list is refused.
    pub required_filters: Vec<String>,
    /// Properties that a table shows, the id apart.
    pub columns: Vec<String>,
    /// Properties that people mostly set.
    pub common: Vec<String>,
    /// A whole record was seen live, so the properties that are not `absent_live` are its keys.
    pub record_seen: bool,
    /// Its own properties, with `Added…` and `Removed…` companions in place.
    pub properties: Vec<Property>,
    /// Filters on related records.
    pub related_filters: Vec<RelatedFilter>,
    /// Downloads.
    pub files: Vec<FileSpec>,
}

impl EntitySpec {
    /// Whether it has this operation.
    pub fn allows(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// Whether the entity or this operation of it is deprecated; the replacement, where one is named.
    pub fn deprecation_of(&self, operation: Operation) -> Option<Option<&str>> {
        let of_operation = self.deprecated_operations.iter().find(|(deprecated, _)| *deprecated == operation);
        of_operation.map(|(_, replacement)| replacement).or(self.deprecated.as_ref()).map(Option::as_deref)
    }

    /// Section and plural, as in the path.
    pub fn path(&self) -> String {
        format!("{}/{}", self.section, self.plural)
    }
}

/// What a property holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Id of a record of this entity.
    Id(String),
    /// 64-bit integer.
    Int,
    /// Boolean.
    Bool,
    /// Exact decimal.
    Decimal,
    /// Text.
    Text,
    /// Instant.
    DateTime,
    /// Wall clock without a zone.
    Civil,
    /// UUID.
    Guid,
    /// An enumeration; `None` where neither name nor values are known.
    Enum(Option<String>),
    /// List of ids; of this entity, where that is known.
    Ids(Option<String>),
    /// A value without a published schema.
    Json,
}

/// The words for types, in the order of the spec.
pub const TYPES: &[&str] =
    &["id", "int", "bool", "decimal", "text", "datetime", "civil", "guid", "enum", "ids", "json"];

impl Type {
    /// The word of the spec for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::DateTime => "datetime",
            Self::Civil => "civil",
            Self::Guid => "guid",
            Self::Enum(_) => "enum",
            Self::Ids(_) => "ids",
            Self::Json => "json",
        }
    }

    /// Whether values have an order that a range can use.
    pub fn is_ordered(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::DateTime | Self::Civil)
    }

    /// The entity that ids are of.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Id(entity) | Self::Ids(Some(entity)) => Some(entity),
            _ => None,
        }
    }
}

/// Whether a create takes a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// It must be sent.
    Required,
    /// It may be sent.
    Optional,
}

impl Words for Create {
    const WORDS: &'static [(&'static str, Self)] = &[("required", Self::Required), ("optional", Self::Optional)];
}

/// How values are written in JSON where that is not the usual way of their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// A value of an enumeration by its name.
    Name,
    /// A value of an enumeration by its number or by its name; an instant with or without a zone.
    Either,
}

impl Words for Wire {
    const WORDS: &'static [(&'static str, Self)] = &[("name", Self::Name), ("either", Self::Either)];
}

/// What kind of data about a person a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// A name.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An address or a part of one.
    Address,
    /// A date of birth.
    BirthDate,
    /// An account on another service.
    Social,
    /// A bank account, a card, a tax number.
    Financial,
    /// A document or a device that identifies somebody.
    Identity,
    /// Text about a person or by one.
    FreeText,
}

impl Personal {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::BirthDate,
        Self::Social,
        Self::Financial,
        Self::Identity,
        Self::FreeText,
    ];
}

impl Words for Personal {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("name", Self::Name),
        ("email", Self::Email),
        ("phone", Self::Phone),
        ("address", Self::Address),
        ("birth_date", Self::BirthDate),
        ("social", Self::Social),
        ("financial", Self::Financial),
        ("identity", Self::Identity),
        ("free_text", Self::FreeText),
    ];
}

/// What live creates showed of a property, where it is not what the marking makes one expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Creates without it were refused.
    Yes,
    /// Creates without it went well.
    No,
}

impl Words for Demand {
    const WORDS: &'static [(&'static str, Self)] = &[("yes", Self::Yes), ("no", Self::No)];
}

/// How a list is sorted where nothing is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultOrder {
    /// The property.
    pub by: String,
    /// From the largest to the smallest.
    pub descending: bool,
}

/// A command of the service.
#[derive(Debug, Clone)]
pub struct CommandSpec {
    /// Its key: `CANCEL_BOOKING`.
    pub key: String,
    /// What it is called with.
    pub parameters: Vec<ParameterSpec>,
    /// What its answer holds.
    pub answer: ResponseContent,
    /// Discovery is known to leave it out.
    pub unlisted: bool,
    /// What it does.
    pub doc: Option<String>,
}

/// A parameter of a command.
#[derive(Debug, Clone)]
pub struct ParameterSpec {
    /// Its name; `{Id}` in it stands for the id of the record.
    pub name: String,
    /// Other spellings that the service takes.
    pub also: Vec<String>,
    /// What it takes.
    pub kind: Type,
}

/// What the `Value` of an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseContent {
    /// No source says.
    Unknown,
    /// Null.
    Nothing,
    /// One record of the entity.
    Record,
    /// A list of records of the entity.
    Records,
    /// `RedirectURL` is filled.
    Redirect,
    /// A text.
    Text,
    /// An object of its own, without an envelope.
    Object,
}

impl Words for ResponseContent {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("unknown", Self::Unknown),
        ("nothing", Self::Nothing),
        ("record", Self::Record),
        ("records", Self::Records),
        ("redirect", Self::Redirect),
        ("text", Self::Text),
        ("object", Self::Object),
    ];
}

/// A call outside of the pattern that all entities share.
#[derive(Debug, Clone)]
pub struct ActionSpec {
    /// Its name in Rust: `available`.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// The path below the collection, with names in braces: `{business}/create/{coworker}`.
    pub path: String,
    /// Names of query parameters.
    pub query: Vec<String>,
    /// What is sent.
    pub body: Body,
    /// Where `body` is an object of its own: its keys.
    pub body_keys: Vec<String>,
    /// What comes back.
    pub answer: ResponseContent,
    /// Where `answer` is an object of its own: its keys.
    pub answer_keys: Vec<String>,
    /// It needs no login.
    pub anonymous: bool,
    /// It changes nothing, so that it can be repeated.
    pub safe: bool,
    /// What it does.
    pub doc: Option<String>,
}

/// What an action is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// A record of the entity.
    Record,
    /// An object of its own.
    Object,
}

impl Words for Body {
    const WORDS: &'static [(&'static str, Self)] =
        &[("nothing", Self::Nothing), ("record", Self::Record), ("object", Self::Object)];
}

/// A property of a record.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Property {
    /// Name on the wire.
    pub name: String,
    /// Name in Rust.
    pub rust: String,
    /// What it holds.
    pub kind: Type,
    /// How its values are written, where that is not the usual way.
    pub wire: Option<Wire>,
    /// Whether a create takes it; as the service's pages mark it.
    pub create: Option<Create>,
    /// What live creates showed, where that is not what the marking makes one expect.
    pub demand: Option<Demand>,
    /// Whether an update takes it.
    pub update: bool,
    /// Known to be null at times.
    pub nullable: bool,
    /// The live records that were seen don't have it.
    pub absent_live: bool,
    /// What the service makes of it where a create leaves it out, as JSON; seen live.
    pub default: Option<String>,
    /// Sent, never meant to be read.
    pub write_only: bool,
    /// Lists leave it out.
    pub get_only: bool,
    /// Has `Added…` and `Removed…` companions.
    pub added_removed: bool,
    /// A secret.
    pub sensitive: bool,
    /// What kind of data about a person it holds.
    pub personal: Option<Personal>,
    /// Sending it has an effect.
    pub action: bool,
    /// Query name of its equality filter; of a common property, with `{Entity}` in it.
    pub filter: Option<String>,
    /// Where that name comes from.
    pub filter_from: Option<Source>,
    /// A range of it can be asked for.
    pub range: bool,
    /// Where its own name comes from.
    pub from: Source,
    /// Why it may not be as described.
    pub doubt: Option<Doubt>,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// What the name does not say.
    pub doc: Option<String>,
    /// For a generated companion (`AddedTeams`): the list it belongs to (`Teams`).
    pub companion_of: Option<String>,
}

impl Property {
    /// Whether a create without it is refused.
    ///
    /// The pages mark every value that can't be null. Of those, live creates need the texts and the relations: numbers,
    /// booleans, enumerations and times get a default.
    pub fn is_demanded(&self) -> bool {
        match self.demand {
            Some(demand) => demand == Demand::Yes,
            None => self.create == Some(Create::Required) && matches!(self.kind, Type::Id(_) | Type::Text),
        }
    }

    /// The name that its filter has by the rule: the entity's, and its own; relations lose their `Id`.
    pub fn filter_by_rule(&self, entity: &str) -> String {
        let stem = match self.kind {
            Type::Id(_) => self.name.strip_suffix("Id").filter(|stem| !stem.is_empty()).unwrap_or(&self.name),
            _ => &self.name,
        };
        format!("{entity}_{stem}")
    }

    /// Neither create nor update takes it.
    pub fn is_read_only(&self) -> bool {
        self.create.is_none() && !self.update
    }
}

/// A filter on a property of a related record.
#[derive(Debug, Clone)]
pub struct RelatedFilter {
    /// The query parameter in full.
    pub name: String,
    /// The Rust constant.
    pub rust: String,
    /// What it takes.
    pub kind: Type,
    /// What it compares is a secret.
    pub sensitive: bool,
    /// Where the name comes from, where that is known.
    pub from: Option<Source>,
    /// What the name does not say.
    pub doc: Option<String>,
}

/// A download.
#[derive(Debug, Clone)]
pub struct FileSpec {
    /// Its name: `Logo`.
    pub name: String,
    /// Its name in Rust.
    pub rust: String,
    /// The path segment before the id.
    pub path: String,
    /// Where the path comes from, where that is known.
    pub from: Option<Source>,
    /// What the name does not say.
    pub doc: Option<String>,
}

/// A named correction of the spec.
#[derive(Debug, Clone)]
pub struct Patch {
    /// Its name.
    pub name: String,
    /// The reason.
    pub why: String,
    /// Who says so.
    pub source: String,
    /// The file it changes, from the root of the repository.
    pub file: String,
    /// The place in it, as the patch writes it.
    pub at: String,
    /// The place as a JSON pointer, with positions instead of names.
    pub changed: String,
}
