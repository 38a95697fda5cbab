//! Every entity by its type, for tests that must hold for all of them.
//!
//! Tables reach most of what tests want to know. What only types can show (that a draft with its required
//! properties is complete, that each operation works through the client) needs a call an entity, written here.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{Context, Error};
use super::write::{GeneratedFile, ident};
use crate::spec::{EntitySpec, Operation, Property, Type};

/// `each_entity.rs`
pub(super) fn file(cx: &Context<'_>) -> Result<String, Error> {
    // Of the spec only this much comes here: a new sentence changes nothing.
    let mut hash = crate::hash::Fnv::default();
    for entity in &cx.spec.entities {
        hash.text(&entity.path());
        hash.text(&format!("{} {:?}", entity.name, entity.operations));
        for property in required(entity) {
            hash.text(&format!("{} {:?}", property.rust, property.kind));
        }
    }
    let mut file = GeneratedFile::new("spec/", hash.finish());
    file.inner_doc("Every entity by its type, with the least that a new one must have.");
    file.block(quote!(
        #![allow(deprecated)]
    ));
    file.block(quote!(
        use nexudus_model::core::{CanCreate, CanDelete, CanGet, CanList, CanUpdate};
    ));
    file.block(quote! {
        use super::given::given;
    });
    file.block(quote! {
        /// What is to be done with each operation of each entity.
        pub(crate) trait Visit {
            /// An entity that can be listed.
            fn list<E: CanList>(&mut self);
            /// An entity whose records can be got.
            fn get<E: CanGet>(&mut self);
            /// An entity whose records can be created, with a draft that has what is required and nothing else.
            fn create<E: CanCreate>(&mut self, new: E::New);
            /// An entity whose records can be updated.
            fn update<E: CanUpdate>(&mut self);
            /// An entity whose records can be deleted.
            fn delete<E: CanDelete>(&mut self);
        }
    });
    let names = cx.spec.entities.iter().map(|entity| ident(&entity.module));
    file.block(quote! {
        /// Visits every operation of every entity.
        pub(crate) fn each_entity(visit: &mut impl Visit) {
            #(#names(visit);)*
        }
    });
    for entity in &cx.spec.entities {
        let name = ident(&entity.module);
        let calls = entity.operations.iter().map(|operation| call(cx, entity, *operation));
        file.block(quote!(fn #name(visit: &mut impl Visit) { #(#calls)* }));
    }
    file.text().map_err(|error| Error::new("each_entity.rs", &error))
}

fn required(entity: &EntitySpec) -> impl Iterator<Item = &Property> {
    entity.properties.iter().filter(|property| property.is_demanded())
}

fn call(cx: &Context<'_>, entity: &EntitySpec, operation: Operation) -> TokenStream {
    let (section, name) = (ident(&entity.section), ident(&entity.name));
    let of = quote!(nexudus_model::#section);
    match operation {
        Operation::List => quote!(visit.list::<#of::#name>();),
        Operation::Get => quote!(visit.get::<#of::#name>();),
        Operation::Update => quote!(visit.update::<#of::#name>();),
        Operation::Delete => quote!(visit.delete::<#of::#name>();),
        Operation::Create => {
            let (new, needs) = (ident(&format!("New{}", entity.name)), ident(&format!("{}Required", entity.name)));
            let fields: Vec<_> = required(entity).map(|property| field(cx, property)).collect();
            let draft = if fields.is_empty() {
                quote!(#of::#new::new())
            } else {
                quote!(#of::#new::new(#of::#needs { #(#fields),* }))
            };
            quote!(visit.create::<#of::#name>(#draft);)
        }
    }
}

/// A required property with a value: of an enumeration the first one that is listed, else whatever the type takes.
fn field(cx: &Context<'_>, property: &Property) -> TokenStream {
    let name = ident(&property.rust);
    if let Type::Enum(Some(of)) = &property.kind
        && let Some(values) = cx.spec.enums.iter().find(|spec| spec.name == *of)
        && let Some(first) = values.values.first()
    {
        let (of, first) = (ident(&values.rust), ident(&first.rust));
        return quote!(#name: nexudus_model::enums::#of::#first);
    }
    quote!(#name: given())
}
