//! What writes set off: rules that the sandbox interprets.

use proc_macro2::TokenStream;
use quote::quote;

use super::context::{Context, Error};
use super::write::GeneratedFile;
use crate::spec::{Act, Children, EntityEffects, Expr, Rule, Scope};

/// `mod.rs` of the sandbox's generated code
pub(super) fn file(cx: &Context<'_>) -> Result<String, Error> {
    let effects = &cx.spec.effects;
    let mut file = GeneratedFile::new("spec/effects.json", effects.hash);
    file.inner_doc("What writes, deletes, commands and actions set off, by entity.");
    file.block(quote!(
        use crate::catalog::rule::{Act, Children, Effects, Expr, Rule, Scope, Series};
    ));
    let entities = effects.entities.iter().map(|(name, effects)| {
        let children = effects.children.iter().map(|child| {
            let Children { property, entity, relation, shown, answer } = child;
            quote!(Children {
                property: #property, entity: #entity, relation: #relation, shown: #shown, answer: #answer
            })
        });
        let called = option(effects.called.as_ref());
        let gone = option(effects.gone);
        let EntityEffects { saved_twice, ignores_filters, fails_without, .. } = effects;
        let (lists, shown) = (sets(&effects.lists), sets(&effects.shown));
        let blank = effects.blank.iter().map(|(name, json)| quote!((#name, #json)));
        let rules = effects.rules.iter().map(rule);
        quote!((
            #name,
            Effects {
                called: #called, gone: #gone, saved_twice: #saved_twice, ignores_filters: #ignores_filters,
                fails_without: &[#(#fails_without),*],
                children: &[#(#children),*], lists: #lists, shown: #shown, blank: &[#(#blank),*], rules: &[#(#rules),*],
            }
        ))
    });
    file.block(quote! {
        /// Sorted by entity.
        pub(crate) static EFFECTS: &[(&str, Effects)] = &[#(#entities),*];
    });
    file.text().map_err(|error| Error::new("the sandbox's mod.rs", &error))
}

fn rule(rule: &Rule) -> TokenStream {
    let Rule { on, scope, filter, act: _, quiet, late } = rule;
    let scope = match scope {
        Scope::This => quote!(This),
        Scope::Relation(name) => quote!(Relation(#name)),
        Scope::Pointing(entity, property) => quote!(Pointing(#entity, #property)),
        Scope::Made(name) => quote!(Made(#name)),
    };
    let filter = option(filter.as_ref().map(expr));
    let act = act(&rule.act);
    quote!(Rule { on: &[#(#on),*], scope: Scope::#scope, filter: #filter, act: Act::#act, quiet: #quiet, late: #late })
}

fn act(act: &Act) -> TokenStream {
    match act {
        Act::Refuse { text, status } => quote!(Refuse { text: #text, status: #status }),
        Act::Set(set) => {
            let set = sets(set);
            quote!(Set(#set))
        }
        Act::Fill(set) => {
            let set = sets(set);
            quote!(Fill(#set))
        }
        Act::Make { entity, copy, name, set } => {
            let set = sets(set);
            quote!(Make { entity: #entity, copy: #copy, name: #name, set: #set })
        }
        Act::Delete => quote!(Delete),
        Act::Hide => quote!(Hide),
        Act::Series { from, to, cycle, every, until } => {
            quote!(Series(Series { from: #from, to: #to, cycle: #cycle, every: #every, until: #until }))
        }
        Act::Answer { name, list, set } => {
            let set = sets(set);
            quote!(Answer { name: #name, list: #list, set: #set })
        }
        Act::Redirect(value) => {
            let value = expr(value);
            quote!(Redirect(#value))
        }
        Act::Object(set) => {
            let set = sets(set);
            quote!(Object(#set))
        }
    }
}

fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

fn sets(set: &[(String, Expr)]) -> TokenStream {
    let pairs = set.iter().map(|(name, value)| {
        let value = expr(value);
        quote!((#name, #value))
    });
    quote!(&[#(#pairs),*])
}

fn expr(value: &Expr) -> TokenStream {
    let list = |list: &[Expr]| {
        let list = list.iter().map(expr);
        quote!(&[#(#list),*])
    };
    match value {
        Expr::Null => quote!(Expr::Null),
        Expr::Bool(value) => quote!(Expr::Bool(#value)),
        Expr::Number(number) => quote!(Expr::Number(#number)),
        Expr::Text(text) => quote!(Expr::Text(#text)),
        Expr::Path(path) => quote!(Expr::Path(&[#(#path),*])),
        Expr::Call(name, arguments) => {
            let arguments = list(arguments);
            quote!(Expr::Call(#name, #arguments))
        }
        Expr::Over(name, entity, property, arguments) => {
            let arguments = list(arguments);
            quote!(Expr::Over(#name, #entity, #property, #arguments))
        }
        Expr::Binary(operator, left, right) => {
            let (left, right) = (expr(left), expr(right));
            quote!(Expr::Binary(#operator, &#left, &#right))
        }
    }
}
