//! What writes set off, as the generator writes it down: `spec/effects.json` explains each part.

/// What is known of one entity.
#[derive(Debug)]
pub(crate) struct Effects {
    /// What the service calls a record of it in the texts of answers, where that was seen.
    pub(crate) called: Option<&'static str>,
    /// Status of fetching a record that is not there, where it is not 404.
    pub(crate) gone: Option<u16>,
    /// Whether a create saves the record a second time, so that its answer shows `UpdatedOn` after `CreatedOn`.
    pub(crate) saved_twice: bool,
    /// Whether lists ignore every filter.
    pub(crate) ignores_filters: bool,
    /// Properties without which a create fails and does not say why.
    pub(crate) fails_without: &'static [&'static str],
    pub(crate) children: &'static [Children],
    /// Properties that lists work out anew.
    pub(crate) lists: Sets,
    /// Properties that every answer works out anew.
    pub(crate) shown: Sets,
    /// What properties that are not set read as, as JSON, where it is not what their kind has.
    pub(crate) blank: &'static [(&'static str, &'static str)],
    /// Applied in this order.
    pub(crate) rules: &'static [Rule],
}

/// Records that stand inside of the record that they belong to.
#[derive(Debug)]
pub(crate) struct Children {
    /// The property that holds them in a body.
    pub(crate) property: &'static str,
    pub(crate) entity: &'static str,
    /// Their relation to the record.
    pub(crate) relation: &'static str,
    /// The property that shows them.
    pub(crate) shown: &'static str,
    /// Whether only answers to commands and actions show them, and no body holds them.
    pub(crate) answer: bool,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// `create`, `update`, `delete`, `delete hidden`, `command KEY`, `action NAME`.
    pub(crate) on: &'static [&'static str],
    pub(crate) scope: Scope,
    /// Which of the records in the scope.
    pub(crate) filter: Option<Expr>,
    pub(crate) act: Act,
    /// Whether the record's `UpdatedOn` stays.
    pub(crate) quiet: bool,
    /// Whether the answer still shows what was there before.
    pub(crate) late: bool,
}

/// The records that a rule applies to.
#[derive(Debug)]
pub(crate) enum Scope {
    /// The record that was written.
    This,
    /// The record that a relation of it leads to.
    Relation(&'static str),
    /// The records of an entity whose property has its id, or its unique id.
    Pointing(&'static str, &'static str),
    /// What an earlier rule made.
    Made(&'static str),
}

/// Properties, and what they become.
pub(crate) type Sets = &'static [(&'static str, Expr)];

/// What a rule does.
#[derive(Debug)]
pub(crate) enum Act {
    Refuse {
        text: &'static str,
        status: u16,
    },
    Set(Sets),
    /// Sets what has no value.
    Fill(Sets),
    Make {
        entity: &'static str,
        /// Whether it takes over the properties of the same name.
        copy: bool,
        /// What later rules call it.
        name: &'static str,
        set: Sets,
    },
    Delete,
    /// Takes the record out of every answer; a delete still finds it, once.
    Hide,
    Series(Series),
    /// Answers the record that an earlier rule made, or all of them.
    Answer {
        name: &'static str,
        list: bool,
        /// What only this answer shows of it.
        set: Sets,
    },
    Redirect(Expr),
    /// Answers an object without an envelope.
    Object(Sets),
}

/// The properties that say how a record repeats.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) cycle: &'static str,
    pub(crate) every: &'static str,
    pub(crate) until: &'static str,
}

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Null,
    Bool(bool),
    Number(&'static str),
    Text(&'static str),
    /// A property, perhaps over relations. The first part may be `this`, `old` or what an earlier rule made.
    Path(&'static [&'static str]),
    /// A function of values.
    Call(&'static str, &'static [Expr]),
    /// A function of the records of an entity whose property has the id of the record at hand.
    Over(&'static str, &'static str, &'static str, &'static [Expr]),
    Binary(&'static str, &'static Expr, &'static Expr),
}
