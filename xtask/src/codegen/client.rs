//! The client crate's accessors: one method an entity, one file a section.

use quote::quote;

use super::write::{File, doc, ident};
use super::{Context, Error, docs};
use crate::hash::Fnv;
use crate::spec::{EntitySpec, Section};

/// `mod.rs`
pub(super) fn root(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = File::new("spec/", cx.outline);
    let modules = cx.sections().map(|(section, _)| {
        let (name, module) = (&section.name, ident(&section.name));
        quote!(#[cfg(feature = #name)] mod #module;)
    });
    file.block(quote!(#(#modules)*));
    file.text().map_err(|error| Error::new("mod.rs", &error))
}

/// `<section>.rs`
pub(super) fn section(cx: &Context<'_>, section: &Section, entities: &[&EntitySpec]) -> Result<String, Error> {
    let source = format!("spec/{}/", section.name);
    // Of the spec of an entity only this much comes here: a new property changes nothing.
    let mut hash = Fnv::default();
    for entity in entities {
        for text in [&entity.name, &entity.accessor, &docs::entity(&cx.spec.api, entity)] {
            hash.text(text);
        }
    }
    let mut file = File::new(&source, hash.finish());
    if entities.iter().any(|entity| entity.deprecated.is_some()) {
        file.block(quote!(#![allow(deprecated)]));
    }
    file.block(quote! {
        #[cfg(feature = "blocking")]
        use crate::blocking;
        use crate::{Client, Endpoint};
    });
    let module = ident(&section.name);
    let accessors = entities.iter().map(|entity| {
        let about = doc(&docs::entity(&cx.spec.api, entity), 1);
        let deprecated = docs::deprecation(entity).map(|note| quote!(#[deprecated(note = #note)]));
        let (accessor, record) = (ident(&entity.accessor), ident(&entity.name));
        quote! {
            #about
            #deprecated
            pub fn #accessor(&self) -> Endpoint<nexudus_model::#module::#record> {
                Endpoint::new(self)
            }
        }
    });
    file.block(quote!(impl Client { #(#accessors)* }));
    let blocking = entities.iter().map(|entity| {
        let about = doc(&format!("As [`Client::{}`], and waits.", entity.accessor), 1);
        let deprecated = docs::deprecation(entity).map(|note| quote!(#[deprecated(note = #note)]));
        let (accessor, record) = (ident(&entity.accessor), ident(&entity.name));
        quote! {
            #about
            #deprecated
            pub fn #accessor(&self) -> blocking::Endpoint<nexudus_model::#module::#record> {
                self.endpoint()
            }
        }
    });
    file.block(quote! {
        #[cfg(feature = "blocking")]
        impl blocking::Client { #(#blocking)* }
    });
    let text = file.text().map_err(|error| Error::new(&source, &error))?;
    // Accessors have long documentation: a blank line between them keeps them apart.
    Ok(text.replace("\n    }\n    ///", "\n    }\n\n    ///"))
}
