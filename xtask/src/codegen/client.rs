//! The client crate's accessors: one method an entity, one file a section.

use quote::quote;

use super::write::{File, doc, ident};
use super::{Context, Error, docs};
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
    let mut file = File::new(&source, cx.section_hash(&section.name));
    if entities.iter().any(|entity| entity.deprecated.is_some()) {
        file.block(quote!(#![allow(deprecated)]));
    }
    file.block(quote!(
        use crate::{Client, Endpoint};
    ));
    let module = ident(&section.name);
    for entity in entities {
        let about = doc(&docs::entity(&cx.spec.api, entity), 1);
        let deprecated = docs::deprecation(entity).map(|note| quote!(#[deprecated(note = #note)]));
        let (accessor, record) = (ident(&entity.accessor), ident(&entity.name));
        file.block(quote! {
            impl Client {
                #about
                #deprecated
                pub fn #accessor(&self) -> Endpoint<nexudus_model::#module::#record> {
                    Endpoint::new(self)
                }
            }
        });
    }
    file.text().map_err(|error| Error::new(&source, &error))
}
