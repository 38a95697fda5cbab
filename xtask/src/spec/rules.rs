//! Rules as `spec/effects.json` has them: what writes, deletes, commands and actions set off.

use std::collections::BTreeMap;

/// `spec/effects.json`.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Hash of the file as it was read.
    pub hash: u64,
    /// By entity.
    pub entities: BTreeMap<String, EntityEffects>,
}

/// What is known of one entity.
#[derive(Debug, Clone, Default)]
pub struct EntityEffects {
    /// What the service calls a record of it in the texts of answers, where that was seen.
    pub called: Option<String>,
    /// Status of fetching a record that is not there, where it is not 404.
    pub gone: Option<u16>,
    /// Whether a create saves the record a second time, so that its answer shows `UpdatedOn` after `CreatedOn`.
    pub saved_twice: bool,
    /// Whether lists ignore every filter.
    pub ignores_filters: bool,
    /// Properties without which a create fails and does not say why.
    pub fails_without: Vec<String>,
    /// Records that stand inside of others.
    pub children: Vec<Children>,
    /// Properties that lists work out anew.
    pub lists: Vec<(String, Expr)>,
    /// Properties that every answer works out anew.
    pub shown: Vec<(String, Expr)>,
    /// What properties that are not set read as, as JSON, where it is not what their kind has.
    pub blank: Vec<(String, String)>,
    /// Applied in this order.
    pub rules: Vec<Rule>,
}

/// Records that stand inside of the record that they belong to.
#[derive(Debug, Clone)]
pub struct Children {
    /// The property that holds them in a body.
    pub property: String,
    /// Their entity.
    pub entity: String,
    /// Their relation to the record.
    pub relation: String,
    /// The property that shows them; the same, unless it says otherwise.
    pub shown: String,
    /// Whether only answers to commands and actions show them.
    pub answer: bool,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `create`, `update`, `delete`, `command KEY`, `action NAME`.
    pub on: Vec<String>,
    /// The records that it applies to.
    pub scope: Scope,
    /// Which of them.
    pub filter: Option<Expr>,
    /// What it does.
    pub act: Act,
    /// Whether the record's `UpdatedOn` stays.
    pub quiet: bool,
    /// Whether the answer still shows what was there before.
    pub late: bool,
}

/// The records that a rule applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The record that was written.
    This,
    /// The record that a relation of it leads to.
    Relation(String),
    /// The records of an entity whose property has its id, or its unique id.
    Pointing(String, String),
    /// What an earlier rule made.
    Made(String),
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Refuses the request.
    Refuse {
        /// What the answer says.
        text: String,
        /// Its HTTP status.
        status: u16,
    },
    /// Sets properties.
    Set(Vec<(String, Expr)>),
    /// Sets properties that have no value.
    Fill(Vec<(String, Expr)>),
    /// Makes a record.
    Make {
        /// Its entity.
        entity: String,
        /// Whether it takes over properties of the same name.
        copy: bool,
        /// What later rules call it.
        name: String,
        /// Its properties.
        set: Vec<(String, Expr)>,
    },
    /// Deletes the record.
    Delete,
    /// Takes the record out of every answer; a delete still finds it, once.
    Hide,
    /// Repeats the record.
    Series {
        /// Property: when it begins.
        from: String,
        /// Property: when it ends.
        to: String,
        /// Property: by which cycle it repeats.
        cycle: String,
        /// Property: every so many cycles.
        every: String,
        /// Property: until when.
        until: String,
    },
    /// Answers a record that an earlier rule made, or all of that name.
    Answer {
        /// What it was called, or `this`.
        name: String,
        /// Whether as a list.
        list: bool,
        /// What only this answer shows of it.
        set: Vec<(String, Expr)>,
    },
    /// Answers an address.
    Redirect(Expr),
    /// Answers an object without an envelope.
    Object(Vec<(String, Expr)>),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text between single quotes.
    Text(String),
    /// A property, perhaps over relations: `Price`, `this.Id`, `invoice.Id`, `TimePassId.Price`.
    Path(Vec<String>),
    /// A function of values.
    Call(&'static str, Vec<Expr>),
    /// A function of the records that point here: `sum(CoworkerInvoiceLine.CoworkerInvoiceId, SubTotal)`.
    Over(&'static str, String, String, Vec<Expr>),
    /// An operator.
    Binary(&'static str, Box<Expr>, Box<Expr>),
}
