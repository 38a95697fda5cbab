//! The client crate's accessors: one method an entity, one file a section.

use quote::quote;

use super::context::{Context, Error};
use super::docs;
use super::write::{GeneratedFile, Rows, ident, literal};
use crate::hash::Fnv;
use crate::spec::{EntitySpec, Section};

/// `mod.rs`
pub(super) fn root(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    let modules = cx.sections().map(|(section, _)| {
        let (name, module) = (&section.name, ident(&section.name));
        quote!(#[cfg(feature = #name)] mod #module;)
    });
    file.block(quote!(
        #(#modules)*
        pub(crate) mod off;
    ));
    file.text().map_err(|error| Error::new("mod.rs", &error))
}

/// `off.rs`
pub(super) fn off(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    file.inner_doc("What is in the place of the accessors of each section that is switched off.");
    let features = cx.sections().map(|(section, _)| ident(&section.name));
    file.block(quote!(features! { #(#features)* }));
    for (section, entities) in cx.sections() {
        let (name, feature) = (&section.name, ident(&section.name));
        let accessors = entities.iter().map(|entity| ident(&entity.accessor));
        file.block(quote! {
            #[cfg(not(feature = #name))]
            switched_off! { #feature: #(#accessors,)* }
        });
    }
    file.text().map_err(|error| Error::new("off.rs", &error))
}

/// `<section>.rs`
pub(super) fn section(section: &Section, entities: &[&EntitySpec]) -> Result<String, Error> {
    let source = format!("spec/{}/", section.name);
    // Of the spec of an entity only this much comes here: a new property changes nothing.
    let mut hash = Fnv::default();
    for entity in entities {
        for text in [&entity.name, &entity.accessor, &docs::about(entity)] {
            hash.text(text);
        }
    }
    let mut file = GeneratedFile::new(&source, hash.finish());
    if entities.iter().any(|entity| entity.deprecated.is_some()) {
        file.block(quote!(#![allow(deprecated)]));
    }
    let mut rows = Rows::open("accessors! {");
    for entity in entities {
        rows.line(&format!("/// {}", docs::about(entity)));
        if let Some(note) = docs::deprecation(entity) {
            rows.line(&format!("#[deprecated(note = {})]", literal(&note)));
        }
        rows.line(&format!("{}: nexudus_model::{}::{},", entity.accessor, section.name, entity.name));
    }
    file.raw(&rows.close());
    file.text().map_err(|error| Error::new(&source, &error))
}
