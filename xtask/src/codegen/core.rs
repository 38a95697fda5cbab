//! What the core crate takes from `spec/api.json`: the common properties, and constants of the service.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::context::{Context, Error};
use super::docs;
use super::entity::{facts, more, plain_kind};
use super::write::{GeneratedFile, Rows, doc, ident, literal};
use crate::spec::{Operation, Type};

/// `mod.rs`
pub(super) fn root(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/api.json", cx.spec.api.hash);
    file.inner_doc("What the spec says of the service as a whole.");
    file.block(quote!(
        mod common;
        mod common_fields;
        pub mod service;
    ));
    file.block(quote!(
        pub use common::Common;
        pub(crate) use common_fields::COMMON_FIELDS;
    ));
    file.text().map_err(|error| Error::new("mod.rs", &error))
}

/// `common.rs`
pub(super) fn common(cx: &Context<'_>) -> Result<String, Error> {
    let api = &cx.spec.api;
    let mut file = GeneratedFile::new("spec/api.json", api.hash);
    let fields = api.common.iter().map(|property| {
        let about = doc(&docs::property(property), 1);
        let (name, value) = (ident(&property.rust), value(&property.kind));
        quote!(#about pub #name: Option<#value>,)
    });
    let slots = |mutable: Option<TokenStream>| {
        let arms = api.common.iter().enumerate().map(|(i, property)| {
            let (at, name) = (Literal::usize_unsuffixed(i), ident(&property.rust));
            quote!(#at => & #mutable self.#name,)
        });
        quote!(Some(match at { #(#arms)* _ => return None, }))
    };
    let (read, write) = (slots(None), slots(Some(quote!(mut))));
    file.block(quote!(
        use super::COMMON_FIELDS;
        use crate::facts::Field;
        use crate::json::*;
        use crate::value::*;
    ));
    file.block(quote! {
        #[doc = " The properties that every record has."]
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct Common { #(#fields)* }
    });
    file.block(quote! {
        impl Common {
            #[doc = " What is known of each of these properties."]
            pub const FIELDS: &'static [Field] = COMMON_FIELDS;
        }
    });
    file.block(quote! {
        impl Slots for Common {
            fn slot(&self, at: usize) -> Option<&dyn Slot> { #read }
            fn slot_mut(&mut self, at: usize) -> Option<&mut dyn Slot> { #write }
        }
    });
    file.text().map_err(|error| Error::new("common.rs", &error))
}

/// `common_fields.rs`
pub(super) fn common_fields(cx: &Context<'_>) -> Result<String, Error> {
    let api = &cx.spec.api;
    let mut file = GeneratedFile::new("spec/api.json", api.hash);
    file.raw("use crate::facts::fact::*;\nuse crate::facts::{Field, Kind};\n");
    let mut rows = Rows::open(
        "/// What is known of each property that every record has.\npub(crate) const COMMON_FIELDS: &[Field] = &[",
    );
    for property in &api.common {
        let (name, kind) = (literal(&property.name), plain_kind(&property.kind));
        rows.line("Field {");
        rows.line(&format!("    name: {name},"));
        rows.line(&format!("    kind: Kind::{kind},"));
        rows.line(&format!("    about: {},", literal(&docs::property(property))));
        rows.line(&format!("    facts: {},", facts(property).join(" | ")));
        for (key, value) in more(None, property) {
            rows.line(&format!("    {key}: Some({value}),"));
        }
        rows.line("    ..Field::UNKNOWN");
        rows.line("},");
    }
    file.raw(&rows.close_with("];"));
    file.text().map_err(|error| Error::new("common_fields.rs", &error))
}

/// The type of a common property. Common properties are neither relations nor enumerations: the loader sees to that.
fn value(kind: &Type) -> TokenStream {
    match kind {
        Type::Int | Type::Id(_) | Type::Enum(_) => quote!(i64),
        Type::Ids(_) => quote!(Vec<i64>),
        Type::Bool => quote!(bool),
        Type::Decimal => quote!(Decimal),
        Type::Text => quote!(String),
        Type::DateTime => quote!(DateTime),
        Type::Civil => quote!(CivilDateTime),
        Type::Guid => quote!(Guid),
        Type::Json => quote!(Json),
    }
}

/// `service.rs`
pub(super) fn service(cx: &Context<'_>) -> Result<String, Error> {
    let api = &cx.spec.api;
    let mut file = GeneratedFile::new("spec/api.json", api.hash);
    file.inner_doc("The service: where it is, and how it spells what all entities share.");
    let text = |about: &str, name: &str, value: &str| {
        let (about, name) = (doc(about, 0), ident(name));
        quote!(#about pub const #name: &str = #value;)
    };
    let texts = |about: &str, name: &str, values: &[String]| {
        let (about, name) = (doc(about, 0), ident(name));
        quote!(#about pub const #name: &[&str] = &[#(#values),*];)
    };
    let number = |about: &str, name: &str, of: TokenStream, value: i64| {
        let (about, name, value) = (doc(about, 0), ident(name), Literal::i64_unsuffixed(value));
        quote!(#about pub const #name: #of = #value;)
    };
    let roles = [Operation::List, Operation::Get, Operation::Create, Operation::Update, Operation::Delete]
        .map(|operation| api.roles.get(&operation).cloned().unwrap_or_default());
    let sections = api.sections.iter().map(|section| {
        let (name, doc) = (&section.name, &section.doc);
        quote!((#name, #doc))
    });
    let paging = &api.paging;
    let parts = [
        text("The name of the service.", "NAME", &api.service),
        text("The base address of the service.", "BASE_URL", &api.base),
        quote! {
            #[doc = " The sections, each with a sentence on what it holds."]
            pub const SECTIONS: &[(&str, &str)] = &[#(#sections),*];
        },
        quote! {
            #[doc = " What stands behind an entity's name in the role for list, get, create, update and delete."]
            pub(crate) const ROLE_SUFFIXES: [&str; 5] = [#(#roles),*];
        },
        text("The query parameter for the number of the page, counted from 1.", "PAGE", &paging.page),
        text("The query parameter for the number of records on a page.", "SIZE", &paging.size),
        text("The query parameter for the property to sort by.", "ORDER", &paging.order),
        text("The query parameter for the direction to sort in.", "DIRECTION", &paging.direction),
        number("The direction from the smallest to the largest.", "ASCENDING", quote!(i64), paging.ascending),
        number("The direction from the largest to the smallest.", "DESCENDING", quote!(i64), paging.descending),
        number(
            "The number of records on a page where the caller asks for none.",
            "DEFAULT_SIZE",
            quote!(u32),
            paging.default_size,
        ),
        number("The largest number of records on a page.", "MAX_SIZE", quote!(u32), paging.max_size),
        texts("The keys of a page.", "PAGE_KEYS", &api.envelopes.page),
        texts("The keys of the answer to a write.", "WRITE_KEYS", &api.envelopes.write),
        texts("The keys of one error in such an answer.", "ERROR_KEYS", &api.envelopes.error),
    ];
    file.block(quote!(#(#parts)*));
    file.text().map_err(|error| Error::new("service.rs", &error))
}
