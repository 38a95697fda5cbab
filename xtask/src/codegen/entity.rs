//! One entity: record, filters, draft, table.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::docs;
use super::write::{File, call, doc, ident};
use super::{Context, Error};
use crate::names;
use crate::spec::{
    ActionSpec, Answer, Body, CommandSpec, Create, Doubt, EntitySpec, Operation, Property, Source, Type, Wire,
};

/// Records with more properties than this are kept behind a pointer: moving one stays cheap, and programs need not
/// compile what it takes to drop one. The figure is where a program that uses all entities stops getting cheaper.
pub(super) const LARGE: usize = 12;

/// The file of an entity.
pub(super) fn file(cx: &Context<'_>, entity: &EntitySpec) -> Result<String, Error> {
    let emitter = Emitter::new(cx, entity);
    let mut file = File::new(&entity.file, entity.hash);
    if emitter.touches_deprecated {
        file.block(quote!(#![allow(deprecated)]));
    }
    file.block(emitter.uses());
    file.block(emitter.record());
    file.block(emitter.wiring());
    file.raw(&emitter.slots());
    file.block(emitter.constants());
    file.block(emitter.required());
    file.block(emitter.draft());
    file.block(emitter.setters());
    file.block(emitter.table());
    file.text().map_err(|error| Error::new(&entity.file, &error))
}

/// Everything that the file of one entity is made from, with the names that its types can be written by.
struct Emitter<'a> {
    cx: &'a Context<'a>,
    entity: &'a EntitySpec,
    /// Imported entities, by module path.
    imports: BTreeMap<String, BTreeSet<&'a str>>,
    /// Names of types that this file defines or imports: what the prelude calls so must be written in full.
    taken: BTreeSet<String>,
    uses_enums: bool,
    touches_deprecated: bool,
}

impl<'a> Emitter<'a> {
    fn new(cx: &'a Context<'a>, entity: &'a EntitySpec) -> Self {
        let own = types_of(entity);
        let mut emitter = Self {
            cx,
            entity,
            imports: BTreeMap::new(),
            taken: own.iter().cloned().collect(),
            uses_enums: false,
            touches_deprecated: entity.deprecated.is_some()
                || entity.properties.iter().any(|property| property.deprecated.is_some()),
        };
        let kinds = entity.properties.iter().map(|property| &property.kind);
        for kind in kinds.chain(entity.related_filters.iter().map(|filter| &filter.kind)) {
            emitter.uses_enums |= matches!(kind, Type::Enum(Some(_)));
            let Some(target) = kind.target() else { continue };
            emitter.touches_deprecated |= cx.is_deprecated(target);
            // A name that means something else here is written in full where it is used.
            if target != entity.name && !own.iter().any(|own| own == target) && !is_prelude(target) {
                emitter.imports.entry(cx.module_of(target)).or_default().insert(target);
                emitter.taken.insert(target.to_owned());
            }
        }
        emitter
    }

    /// A name of the prelude or of `std`, in full where this file uses it for something else.
    fn known(&self, name: &str) -> TokenStream {
        let plain = ident(name);
        if !self.taken.contains(name) {
            return quote!(#plain);
        }
        match name {
            "Option" => quote!(std::option::Option),
            "Vec" => quote!(std::vec::Vec),
            "String" => quote!(std::string::String),
            "Into" => quote!(std::convert::Into),
            "Default" => quote!(std::default::Default),
            _ => quote!(crate::prelude::#plain),
        }
    }

    /// The type of another entity, as this file can write it.
    fn target(&self, name: &str) -> TokenStream {
        let plain = ident(name);
        let module = self.cx.module_of(name);
        if name == self.entity.name || self.imports.get(&module).is_some_and(|names| names.contains(name)) {
            return quote!(#plain);
        }
        let module = path(&module);
        quote!(#module::#plain)
    }

    fn id(&self, target: &str) -> TokenStream {
        let (id, target) = (self.known("Id"), self.target(target));
        quote!(#id<#target>)
    }

    /// The type of a property's value.
    fn value(&self, kind: &Type) -> TokenStream {
        match kind {
            Type::Id(target) => self.id(target),
            Type::Int | Type::Enum(None) => quote!(i64),
            Type::Bool => quote!(bool),
            Type::Decimal => self.known("Decimal"),
            Type::Text => self.known("String"),
            Type::DateTime => self.known("DateTime"),
            Type::Civil => self.known("CivilDateTime"),
            Type::Guid => self.known("Guid"),
            Type::Json => self.known("Json"),
            Type::Enum(Some(name)) => {
                let name = ident(self.cx.enum_type(name));
                quote!(enums::#name)
            }
            Type::Ids(of) => {
                let item = of.as_ref().map_or_else(|| quote!(i64), |target| self.id(target));
                let vec = self.known("Vec");
                quote!(#vec<#item>)
            }
        }
    }

    /// The type that a filter takes.
    fn filtered(&self, kind: &Type) -> TokenStream {
        match kind {
            Type::Text => quote!(str),
            Type::Ids(Some(target)) => self.id(target),
            Type::Ids(None) => quote!(i64),
            kind => self.value(kind),
        }
    }

    fn uses(&self) -> TokenStream {
        let enums = self.uses_enums.then(|| {
            quote!(
                use crate::enums;
            )
        });
        let imports = self.imports.iter().map(|(module, names)| {
            let module = path(module);
            let mut names = names.iter().map(|name| ident(name));
            if names.len() == 1 {
                let name = names.next();
                quote!(use #module::#name;)
            } else {
                quote!(use #module::{#(#names),*};)
            }
        });
        quote!(#enums use crate::prelude::*; #(#imports)*)
    }

    fn is_large(&self) -> bool {
        self.entity.properties.len() > LARGE
    }

    fn deprecated(&self) -> Option<TokenStream> {
        let note = docs::deprecation(self.entity)?;
        Some(quote!(#[deprecated(note = #note)]))
    }

    fn record(&self) -> TokenStream {
        let entity = self.entity;
        let name = ident(&entity.name);
        let about = docs::entity(&self.cx.spec.api, entity);
        let deprecated = self.deprecated();
        let fields = self.fields();
        if !self.is_large() {
            let about = doc(&about, 0);
            return quote! {
                #about
                #deprecated
                #[derive(Clone, Default)]
                #[non_exhaustive]
                pub struct #name { #fields }
            };
        }
        let inner = ident(&format!("{}Properties", entity.name));
        let boxed = self.known("OpaqueBox");
        let about = doc(&format!("{about}\n\nIts properties are the fields of [`{inner}`], which it derefs to."), 0);
        let inside = doc(&format!("The properties of a [`{}`].", entity.name), 0);
        quote! {
            #about
            #deprecated
            #[derive(Clone, Default)]
            pub struct #name { properties: #boxed<#inner> }

            #inside
            #deprecated
            #[derive(Clone, Default)]
            #[non_exhaustive]
            pub struct #inner { #fields }
        }
    }

    fn fields(&self) -> TokenStream {
        let option = self.known("Option");
        let fields = self.entity.properties.iter().map(|property| {
            let about = doc(&docs::property(property), 1);
            let deprecated = property_deprecation(property);
            let name = ident(&property.rust);
            let value = self.value(&property.kind);
            quote!(#about #deprecated pub #name: #option<#value>,)
        });
        let (common, extra) = (self.known("Common"), self.known("Extra"));
        quote! {
            #[doc = " The properties that every record has."]
            pub common: #common,
            #(#fields)*
            extra: #extra,
        }
    }

    /// Access to the fields by position.
    fn slots(&self) -> String {
        let fields = self.entity.properties.iter().enumerate().map(|(i, property)| format!("{i} {}", property.rust));
        call("slots", &self.entity.name, fields)
    }

    /// What makes the struct a record with these operations: calls of macros, and markers.
    fn wiring(&self) -> TokenStream {
        let name = ident(&self.entity.name);
        let boxed = self.is_large().then(|| {
            let inner = ident(&format!("{}Properties", self.entity.name));
            quote!(boxed!(#name, #inner);)
        });
        // A create is marked by `draft!`, which knows the draft's type.
        let markers = self.entity.operations.iter().filter_map(|operation| {
            let marker = match operation {
                Operation::List => "CanList",
                Operation::Get => "CanGet",
                Operation::Create => return None,
                Operation::Update => "CanUpdate",
                Operation::Delete => "CanDelete",
            };
            let marker = self.known(marker);
            Some(quote!(impl #marker for #name {}))
        });
        let draft = self.creates().then(|| {
            let draft = ident(&format!("New{}", self.entity.name));
            quote!(draft!(#draft, #name);)
        });
        quote! {
            record!(#name);
            #boxed
            #draft
            #(#markers)*
        }
    }

    fn creates(&self) -> bool {
        self.entity.allows(Operation::Create)
    }

    /// Filters and files.
    fn constants(&self) -> TokenStream {
        let name = ident(&self.entity.name);
        let filter = self.known("Filter");
        let by_property = self.entity.properties.iter().enumerate().filter_map(|(i, property)| {
            let takes = match (&property.filter, property.range) {
                (None, false) => return None,
                (Some(_), false) => None,
                (None, true) => Some(self.known("Within")),
                (Some(_), true) => Some(self.known("EqualOrWithin")),
            };
            let about = doc(&docs::filter(self.entity, property), 1);
            let deprecated = property_deprecation(property);
            let constant = ident(&names::filter(&property.rust));
            let value = self.filtered(&property.kind);
            let takes = takes.map(|takes| quote!(, #takes));
            let i = Literal::usize_unsuffixed(i);
            Some(quote!(#about #deprecated pub const #constant: #filter<Self, #value #takes> = #filter::at(#i);))
        });
        let related = self.entity.related_filters.iter().enumerate().map(|(i, related)| {
            let about = doc(&docs::related(related), 1);
            let constant = ident(&related.rust);
            let value = self.filtered(&related.kind);
            let i = Literal::usize_unsuffixed(i);
            quote!(#about pub const #constant: #filter<Self, #value> = #filter::related(#i);)
        });
        let file_of = self.known("FileOf");
        let files = self.entity.files.iter().enumerate().map(|(i, file)| {
            let about = doc(&docs::file(self.entity, file), 1);
            let constant = ident(&names::file(&file.rust));
            let i = Literal::usize_unsuffixed(i);
            quote!(#about pub const #constant: #file_of<Self> = #file_of::at(#i);)
        });
        let command_of = self.known("CommandOf");
        let commands = self.entity.known_commands.iter().enumerate().map(|(i, command)| {
            let about = doc(&docs::command(command), 1);
            let constant = ident(&names::command(&command.key));
            let i = Literal::usize_unsuffixed(i);
            quote!(#about pub const #constant: #command_of<Self> = #command_of::at(#i);)
        });
        let action_of = self.known("ActionOf");
        let actions = self.entity.actions.iter().enumerate().map(|(i, action)| {
            let about = doc(&docs::action(self.entity, action), 1);
            let constant = ident(&names::action(&action.name));
            let i = Literal::usize_unsuffixed(i);
            quote!(#about pub const #constant: #action_of<Self> = #action_of::at(#i);)
        });
        let all: Vec<TokenStream> = by_property.chain(related).chain(files).chain(commands).chain(actions).collect();
        if all.is_empty() { TokenStream::new() } else { quote!(impl #name { #(#all)* }) }
    }

    /// What a draft asks for.
    fn demanded(&self) -> impl Iterator<Item = &'a Property> {
        self.entity.properties.iter().filter(|property| property.is_demanded())
    }

    /// What a draft can have besides.
    fn optional(&self) -> impl Iterator<Item = &'a Property> {
        self.entity.properties.iter().filter(|property| property.create.is_some() && !property.is_demanded())
    }

    fn has_required(&self) -> bool {
        self.creates() && self.demanded().next().is_some()
    }

    fn required(&self) -> TokenStream {
        if !self.has_required() {
            return TokenStream::new();
        }
        let deprecated = self.deprecated();
        let about = doc(&format!("What a new [`{}`] must have.", self.entity.name), 0);
        let name = ident(&format!("{}Required", self.entity.name));
        let fields = self.demanded().map(|property| {
            let about = doc(&docs::short(property), 1);
            let name = ident(&property.rust);
            let value = self.value(&property.kind);
            quote!(#about pub #name: #value,)
        });
        quote! {
            #about
            #deprecated
            #[derive(Clone)]
            pub struct #name { #(#fields)* }
        }
    }

    fn draft(&self) -> TokenStream {
        if !self.creates() {
            return TokenStream::new();
        }
        let deprecated = self.deprecated();
        let about = doc(&format!("A [`{}`] to create. What is not set is not sent.", self.entity.name), 0);
        let name = ident(&format!("New{}", self.entity.name));
        let record = ident(&self.entity.name);
        let boxed = self.known("OpaqueBox");
        // Without required properties a draft has a default.
        let default = (!self.has_required()).then(|| quote!(Default,));
        quote! {
            #about
            #deprecated
            #[derive(Clone, #default PartialEq)]
            #[must_use = "a draft does nothing until it is sent"]
            pub struct #name { record: #boxed<#record> }
        }
    }

    fn setters(&self) -> TokenStream {
        if !self.creates() {
            return TokenStream::new();
        }
        let name = ident(&format!("New{}", self.entity.name));
        let into = self.known("Into");
        let record = ident(&self.entity.name);
        let boxed = self.known("OpaqueBox");
        let new = if self.has_required() {
            let required = ident(&format!("{}Required", self.entity.name));
            let sets = self.demanded().map(|property| {
                let name = ident(&property.rust);
                quote!(record.#name = Some(required.#name);)
            });
            quote! {
                #[doc = " A draft with the properties that it must have."]
                pub fn new(required: #required) -> Self {
                    let mut record = #boxed::<#record>::default();
                    #(#sets)*
                    Self { record }
                }
            }
        } else {
            quote! {
                #[doc = " An empty draft."]
                pub fn new() -> Self {
                    Self { record: #boxed::<#record>::default() }
                }
            }
        };
        let setters = self.optional().map(|property| {
            let about = doc(&docs::setter(property), 1);
            let deprecated = property_deprecation(property);
            let name = ident(&property.rust);
            let value = self.value(&property.kind);
            let (takes, gives) = match property.kind {
                Type::Text | Type::Ids(_) => (quote!(impl #into<#value>), quote!(value.into())),
                _ => (value, quote!(value)),
            };
            quote! {
                #about
                #deprecated
                pub fn #name(mut self, value: #takes) -> Self {
                    self.record.#name = Some(#gives);
                    self
                }
            }
        });
        quote!(impl #name { #new #(#setters)* })
    }

    fn table(&self) -> TokenStream {
        let entity = self.entity;
        let (table, index) = (self.known("EntityTable"), self.known("FieldIndex"));
        let field = self.known("Field");
        let EntitySpec { name, plural, section, doc, commands, .. } = entity;
        let (record, facts) = (ident(name), self.known("EntityFacts"));
        let operations = if entity.operations.len() == 5 {
            let operation = self.known("Operation");
            quote!(&#operation::ALL)
        } else {
            let operation = self.known("Operation");
            let operations = entity.operations.iter().map(|operation| match operation {
                Operation::List => ident("List"),
                Operation::Get => ident("Get"),
                Operation::Create => ident("Create"),
                Operation::Update => ident("Update"),
                Operation::Delete => ident("Delete"),
            });
            quote!(&[#(#operation::#operations),*])
        };
        let deprecated = option(entity.deprecated.as_ref().map(|replacement| {
            let replacement = replacement.as_deref().unwrap_or_default();
            quote!(#replacement)
        }));
        let doubt = option(entity.doubt.map(|doubt| {
            let variant = ident(match doubt {
                Doubt::MaybeWithdrawn => "MaybeWithdrawn",
                Doubt::Only2020 => "Only2020",
                Doubt::SectionDisputed => "Disputed",
                Doubt::TypeGuessed => "TypeGuessed",
                Doubt::NotOnRecord => "NotOnRecord",
                Doubt::AlwaysEmpty => "AlwaysEmpty",
                Doubt::UpdateDisputed => "UpdateDisputed",
            });
            let doubt = self.known("Doubt");
            quote!(#doubt::#variant)
        }));
        let target = |kind: &Type| match kind {
            Type::Enum(Some(name)) => {
                let name = ident(self.cx.enum_type(name));
                Some(quote!(enums::#name::TABLE))
            }
            _ => None,
        };
        let rows = entity.properties.iter().map(|property| row(&field, Some(entity), property, target(&property.kind)));
        let related = entity.related_filters.iter().map(|related| {
            let (filter, kind, name) = (self.known("RelatedFilter"), self.kind(&related.kind), &related.name);
            let sensitive = related.sensitive;
            quote!(#filter { name: #name, kind: #kind, sensitive: #sensitive },)
        });
        let files = entity.files.iter().map(|file| {
            let (table, name, path) = (self.known("File"), &file.name, &file.path);
            quote!(#table { name: #name, path: #path },)
        });
        let commands_known = entity.known_commands.iter().map(|command| self.command(command));
        let actions = entity.actions.iter().map(|action| self.action(action));
        let label = option(entity.label.as_ref().map(|label| quote!(#label)));
        let order = option(entity.default_order.as_ref().map(|order| {
            let (table, by, descending) = (self.known("DefaultOrder"), &order.by, order.descending);
            quote!(#table { by: #by, descending: #descending })
        }));
        let required = &entity.required_filters;
        let (columns, common) = (&entity.columns, &entity.common);
        let record_seen = entity.record_seen;
        quote! {
            pub(crate) static TABLE: #table = #table::of::<#record>(#facts {
                name: #name,
                plural: #plural,
                section: #section,
                doc: #doc,
                operations: #operations,
                commands: #commands,
                known_commands: &[#(#commands_known),*],
                actions: &[#(#actions),*],
                deprecated: #deprecated,
                doubt: #doubt,
                label: #label,
                default_order: #order,
                required_filters: &[#(#required),*],
                columns: &[#(#columns),*],
                common: &[#(#common),*],
                record_seen: #record_seen,
                fields: &[#(#rows),*],
                related: &[#(#related)*],
                files: &[#(#files)*],
                index: #index::new(),
            });
        }
    }

    fn command(&self, command: &CommandSpec) -> TokenStream {
        let (table, key, unlisted) = (self.known("CommandFacts"), &command.key, command.unlisted);
        let doc = option(command.doc.as_ref().map(|doc| quote!(#doc)));
        let answer = self.answer(command.answer);
        let parameters = command.parameters.iter().map(|parameter| {
            let (table, name, also) = (self.known("Parameter"), &parameter.name, &parameter.also);
            let kind = self.kind(&parameter.kind);
            quote!(#table { name: #name, also: &[#(#also),*], kind: #kind })
        });
        quote! {
            #table { key: #key, doc: #doc, parameters: &[#(#parameters),*], answer: #answer, unlisted: #unlisted }
        }
    }

    fn action(&self, action: &ActionSpec) -> TokenStream {
        let (table, body) = (self.known("Action"), self.known("ActionBody"));
        let ActionSpec { name, method, path, query, body_keys, answer_keys, anonymous, safe, .. } = action;
        let doc = option(action.doc.as_ref().map(|doc| quote!(#doc)));
        let answer = self.answer(action.answer);
        let body = match action.body {
            Body::Nothing => quote!(#body::Nothing),
            Body::Record => quote!(#body::Record),
            Body::Object => quote!(#body::Object(&[#(#body_keys),*])),
        };
        quote! {
            #table {
                name: #name,
                doc: #doc,
                method: #method,
                path: #path,
                query: &[#(#query),*],
                body: #body,
                answer: #answer,
                answer_keys: &[#(#answer_keys),*],
                anonymous: #anonymous,
                safe: #safe,
            }
        }
    }

    fn answer(&self, answer: Answer) -> TokenStream {
        let table = self.known("Answer");
        let variant = ident(match answer {
            Answer::Unknown => "Unknown",
            Answer::Nothing => "Nothing",
            Answer::Record => "Record",
            Answer::Records => "Records",
            Answer::Redirect => "Redirect",
            Answer::Text => "Text",
            Answer::Object => "Object",
        });
        quote!(#table::#variant)
    }

    /// A `Kind` of the tables.
    fn kind(&self, kind: &Type) -> TokenStream {
        let table = self.known("Kind");
        match kind {
            Type::Id(target) => quote!(#table::Id(#target)),
            Type::Int | Type::Enum(None) => quote!(#table::Int),
            Type::Bool => quote!(#table::Bool),
            Type::Decimal => quote!(#table::Decimal),
            Type::Text => quote!(#table::Text),
            Type::DateTime => quote!(#table::DateTime),
            Type::Civil => quote!(#table::Civil),
            Type::Guid => quote!(#table::Guid),
            Type::Json => quote!(#table::Json),
            Type::Ids(Some(target)) => quote!(#table::Ids(Some(#target))),
            Type::Ids(None) => quote!(#table::Ids(None)),
            Type::Enum(Some(name)) => {
                let name = ident(self.cx.enum_type(name));
                quote!(#table::Enum(enums::#name::TABLE))
            }
        }
    }
}

/// The types that the file of an entity defines.
pub(super) fn types_of(entity: &EntitySpec) -> Vec<String> {
    let name = &entity.name;
    let mut types = vec![name.clone()];
    if entity.properties.len() > LARGE {
        types.push(format!("{name}Properties"));
    }
    if entity.allows(Operation::Create) {
        types.push(format!("New{name}"));
        if entity.properties.iter().any(Property::is_demanded) {
            types.push(format!("{name}Required"));
        }
    }
    types
}

/// Names that generated files use without a path.
fn is_prelude(name: &str) -> bool {
    [
        "Action",
        "ActionBody",
        "ActionOf",
        "Answer",
        "Box",
        "CanDelete",
        "CanGet",
        "CanList",
        "CanUpdate",
        "CivilDateTime",
        "CommandFacts",
        "CommandOf",
        "Common",
        "DateTime",
        "Decimal",
        "DefaultOrder",
        "Doubt",
        "EntityFacts",
        "EntityTable",
        "EqualOrWithin",
        "Extra",
        "Field",
        "FieldIndex",
        "File",
        "FileOf",
        "Filter",
        "Guid",
        "Id",
        "Into",
        "Json",
        "Kind",
        "OpaqueBox",
        "OpenEnum",
        "Operation",
        "Option",
        "Parameter",
        "Personal",
        "RelatedFilter",
        "String",
        "Vec",
        "Within",
    ]
    .contains(&name)
}

/// An `Option` as an expression.
fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

/// `crate::sys` as tokens.
fn path(module: &str) -> TokenStream {
    let segments = module.split("::").map(ident);
    quote!(#(#segments)::*)
}

fn property_deprecation(property: &Property) -> Option<TokenStream> {
    let note = format!("use {}", property.deprecated.as_ref()?);
    Some(quote!(#[deprecated(note = #note)]))
}

/// A row of a table. `owner` is `None` for the common properties; `target` is the table of an enumeration.
pub(super) fn row(
    field: &TokenStream,
    owner: Option<&EntitySpec>,
    property: &Property,
    target: Option<TokenStream>,
) -> TokenStream {
    let name = &property.name;
    let constructor = ident(match property.kind {
        Type::Enum(Some(_)) => "one_of",
        Type::Enum(None) => "int",
        Type::Ids(None) => "numbers",
        ref kind => kind.word(),
    });
    let argument = match &property.kind {
        Type::Id(of) | Type::Ids(Some(of)) => Some(quote!(, #of)),
        _ => target.map(|target| quote!(, #target)),
    };
    let mut facts = TokenStream::new();
    let mut fact = |is: bool, name: &str| {
        if is {
            let name = ident(name);
            facts.extend(quote!(.#name()));
        }
    };
    fact(property.is_demanded(), "required");
    fact(property.create == Some(Create::Required), "marked");
    let optional = property.create.is_some() && !property.is_demanded();
    let writable = optional && property.update;
    fact(writable, "writable");
    fact(optional && !writable, "optional");
    fact(property.update && !writable, "updatable");
    fact(property.absent_live, "absent");
    fact(property.wire == Some(Wire::Name), "by_name");
    fact(property.wire == Some(Wire::Either), "either");
    fact(property.nullable, "nullable");
    fact(property.write_only, "write_only");
    fact(property.get_only, "get_only");
    fact(property.added_removed, "added_removed");
    fact(property.sensitive, "sensitive");
    fact(property.action, "action");
    if let Some(kind) = property.personal {
        let kind = ident(&format!("{kind:?}"));
        facts.extend(quote!(.personal(Personal::#kind)));
    }
    let mut fact = |is: bool, name: &str| {
        if is {
            let name = ident(name);
            facts.extend(quote!(.#name()));
        }
    };
    let by_rule = owner.map(|owner| property.filter_by_rule(&owner.name));
    fact(property.filter.is_some() && property.filter == by_rule, "filtered");
    if let Some(filter) = &property.filter
        && property.filter != by_rule
    {
        facts.extend(quote!(.filter(#filter)));
    }
    let mut fact = |is: bool, name: &str| {
        if is {
            let name = ident(name);
            facts.extend(quote!(.#name()));
        }
    };
    fact(property.filter_from == Some(Source::Rule), "by_rule");
    fact(property.range, "ranged");
    fact(property.from == Source::Observed, "seen");
    fact(property.from == Source::Client, "client");
    fact(property.from == Source::Y2020, "from_2020");
    fact(property.from == Source::Derived, "derived");
    fact(property.doubt == Some(Doubt::MaybeWithdrawn), "maybe_withdrawn");
    fact(property.doubt == Some(Doubt::Only2020), "only_2020");
    fact(property.doubt == Some(Doubt::TypeGuessed), "type_guessed");
    fact(property.doubt == Some(Doubt::NotOnRecord), "not_on_record");
    fact(property.doubt == Some(Doubt::AlwaysEmpty), "always_empty");
    fact(property.doubt == Some(Doubt::UpdateDisputed), "update_disputed");
    if let Some(default) = &property.default {
        facts.extend(quote!(.default(#default)));
    }
    if let Some(doc) = &property.doc {
        facts.extend(quote!(.doc(#doc)));
    }
    quote!(#field::#constructor(#name #argument) #facts)
}
