//! The rest of the model crate: enumerations, modules, placeholders, tables, parts that hand-written code knows.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::quote;

use super::context::{Context, Error};
use super::entity::{self, types_of};
use super::write::{GeneratedFile, Rows, doc, ident, literal, prose};
use crate::spec::{EntitySpec, Operation, Section};

/// `enums.rs`
pub(super) fn enums(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/enums.json", cx.spec.enums_hash);
    file.inner_doc(
        "The enumerations of the service.\n\nA value that none of them lists is kept as `Unlisted`, with its number.",
    );
    for spec in &cx.spec.enums {
        let about = match &spec.doc {
            Some(text) => format!("{} The service calls it `{}`.", prose(text), spec.name),
            None => format!("The service calls it `{}`.", spec.name),
        };
        let mut rows = Rows::open("open_enum! {");
        rows.doc(&about);
        rows.open_list(&format!("{}, {}", spec.rust, literal(&spec.name)));
        for value in &spec.values {
            rows.line(&format!("{} {} {},", value.number, value.rust, literal(&value.name)));
        }
        rows.close_list();
        file.raw(&rows.close());
    }
    file.text().map_err(|error| Error::new("enums.rs", &error))
}

/// `facts.rs`
pub(super) fn facts(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    file.inner_doc(
        "What the rows of properties say of them: a constant for each combination of facts, because rustc needs longer \
         to combine them anew in each row.",
    );
    let properties = cx.spec.entities.iter().flat_map(|entity| &entity.properties);
    let combinations: BTreeSet<Vec<String>> = properties.map(entity::facts).collect();
    let mut rows = Rows::open("facts! {");
    for facts in combinations {
        rows.line(&format!("{} = {};", entity::constant(&facts), facts.join(" | ")));
    }
    file.raw(&rows.close());
    file.text().map_err(|error| Error::new("facts.rs", &error))
}

/// `unplaced.rs`
pub(super) fn unplaced(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/api.json", cx.spec.api.hash);
    file.inner_doc("Entities that no source gives a section for: tags for typed ids, and nothing more.");
    let mut rows = Rows::open("tags! {");
    for unplaced in &cx.spec.api.unplaced {
        rows.doc(&prose(&unplaced.why));
        rows.line(&format!("{},", unplaced.entity));
    }
    file.raw(&rows.close());
    file.text().map_err(|error| Error::new("unplaced.rs", &error))
}

/// `mod.rs`
pub(super) fn root(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    let sections: Vec<_> = cx.sections().map(|(section, _)| (&section.name, ident(&section.name))).collect();
    let on = sections.iter().map(|(name, module)| quote!(#[cfg(feature = #name)] pub mod #module;));
    let off = sections.iter().map(|(name, module)| quote!(#[cfg(not(feature = #name))] pub use placeholders::#module;));
    let webhooks = (!cx.spec.api.webhooks.is_empty()).then(|| {
        quote!(
            pub mod webhooks;
        )
    });
    file.block(quote!(
        pub mod enums;
        pub mod unplaced;
        #webhooks
        pub mod well_known;
        pub(crate) mod facts;
        mod placeholders;
        mod tables;
    ));
    file.block(quote!(#(#on)*));
    file.block(quote!(#(#off)*));
    file.block(quote!(
        pub(crate) use tables::{SWITCHED_OFF, TABLES};
    ));
    file.text().map_err(|error| Error::new("mod.rs", &error))
}

/// `placeholders.rs`
pub(super) fn placeholders(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    file.inner_doc("Entities of sections that are switched off: tags for typed ids.");
    for (section, entities) in cx.sections() {
        let name = &section.name;
        let mut rows = Rows::open(&format!(
            "/// Tags for typed ids: the feature `{name}` makes them records.\n#[cfg(not(feature = \"{name}\"))]\npub mod {name} {{"
        ));
        rows.open_list("tags!");
        for entity in entities {
            rows.line("/// A tag for typed ids.");
            rows.line(&format!("{},", entity.name));
        }
        rows.close_list();
        file.raw(&rows.close());
    }
    file.text().map_err(|error| Error::new("placeholders.rs", &error))
}

/// `tables.rs`
pub(super) fn tables(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/", cx.outline);
    let rows = cx.spec.entities.iter().map(|entity| {
        let (feature, section, module) = (&entity.section, ident(&entity.section), ident(&entity.module));
        quote!(#[cfg(feature = #feature)] &crate::#section::#module::TABLE,)
    });
    file.block(quote!(
        use crate::prelude::*;
    ));
    file.block(quote! {
        #[doc = " All entities whose section is switched on, by section and plural."]
        pub(crate) static TABLES: &[&EntityTable] = &[#(#rows)*];
    });
    let absent = cx.sections().map(|(section, entities)| {
        let feature = &section.name;
        let names = entities.iter().map(|entity| {
            let (name, plural) = (&entity.name, &entity.plural);
            quote!((#name, #plural))
        });
        quote!(#[cfg(not(feature = #feature))] (#feature, &[#(#names),*]),)
    });
    file.block(quote! {
        #[doc = " The sections that are switched off, with name and plural of their entities."]
        pub(crate) static SWITCHED_OFF: &[(&str, &[(&str, &str)])] = &[#(#absent)*];
    });
    file.text().map_err(|error| Error::new("tables.rs", &error))
}

/// `well_known.rs`
pub(super) fn well_known(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/api.json", cx.spec.api.hash);
    file.inner_doc("Entities that hand-written code needs to know, by the part that they play there.");
    file.block(quote!(
        use crate::prelude::*;
    ));
    for (part, name) in &cx.spec.api.well_known {
        let Some(entity) = cx.entities.get(name.as_str()) else { continue };
        let (feature, section, module) = (&entity.section, ident(&entity.section), ident(&entity.module));
        let alias = ident(&part.to_upper_camel_case());
        let constant = ident(&part.to_ascii_uppercase());
        let record = ident(name);
        let about_type = doc(&format!("The part `{part}`."), 0);
        let about_table =
            doc(&format!("The table of the part `{part}`, unless the section `{feature}` is switched off."), 0);
        let deprecated = entity.deprecated.is_some().then(|| quote!(#[allow(deprecated)]));
        file.block(quote! {
            #about_type
            #[cfg(feature = #feature)]
            #deprecated
            pub type #alias = crate::#section::#record;
            #about_table
            #[cfg(feature = #feature)]
            pub static #constant: Option<&EntityTable> = Some(&crate::#section::#module::TABLE);
            #about_table
            #[cfg(not(feature = #feature))]
            pub static #constant: Option<&EntityTable> = None;
        });
    }
    file.text().map_err(|error| Error::new("well_known.rs", &error))
}

/// `webhooks.rs`
pub(super) fn webhooks(cx: &Context<'_>) -> Result<String, Error> {
    let mut file = GeneratedFile::new("spec/api.json", cx.spec.api.hash);
    file.inner_doc("What a webhook carries, by the action that it is called for.");
    let rows = cx.spec.api.webhooks.iter().map(|(action, entity)| {
        let entity = entity.as_ref().map_or_else(|| quote!(None), |entity| quote!(Some(#entity)));
        quote!((#action, #entity))
    });
    file.block(quote! {
        /// The entity that each action carries a record of, sorted by action; `None` where no source says.
        pub static ENTITIES: &[(&str, Option<&str>)] = &[#(#rows),*];
    });
    file.text().map_err(|error| Error::new("webhooks.rs", &error))
}

/// `<section>/mod.rs`
pub(super) fn section(cx: &Context<'_>, section: &Section, entities: &[&EntitySpec]) -> Result<String, Error> {
    let source = format!("spec/{}/", section.name);
    let mut file = GeneratedFile::new(&source, cx.outline_of(&section.name));
    file.inner_doc(&format!("The section `{}`. {}", section.name, prose(&section.doc)));
    let by_module: BTreeMap<&str, &EntitySpec> =
        entities.iter().map(|entity| (entity.module.as_str(), *entity)).collect();
    let modules = by_module.keys().map(|module| {
        let module = ident(module);
        quote!(pub(crate) mod #module;)
    });
    let exports = by_module.iter().map(|(module, entity)| export(module, entity));
    file.block(quote!(#(#modules)*));
    file.block(quote!(#(#exports)*));
    file.text().map_err(|error| Error::new(&source, &error))
}

fn export(module: &str, entity: &EntitySpec) -> TokenStream {
    let is_deprecated = entity.deprecation_of(Operation::Create).is_some();
    let deprecated = is_deprecated.then(|| quote!(#[allow(deprecated)]));
    let module = ident(module);
    let mut types = types_of(entity);
    types.sort();
    let types = types.iter().map(|name| ident(name));
    if types.len() == 1 {
        quote!(#deprecated pub use #module::#(#types)*;)
    } else {
        quote!(#deprecated pub use #module::{#(#types),*};)
    }
}
