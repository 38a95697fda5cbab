//! The type of a property, a filter or a parameter.

use super::found::Mention;
use crate::spec::diagnostic::DiagnosticKind;
use crate::spec::model::{TYPES, Type};
use crate::spec::read::{Diagnostics, Object, Rule, unknown};

pub(super) fn read_type(
    object: &Object<'_>,
    label: &str,
    mentions: &mut Vec<Mention>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    let word = object.need_text("type", diagnostics);
    let of = object.name("of", &Rule::ENTITY, diagnostics);
    let of_given = object.get("of").is_some();
    let listed = object.name("enum", &Rule::ENUM, diagnostics);
    // Related filters have no such key: their values are always known.
    let (unknown_values, values_unknown) = if object.knows("values_unknown") {
        (object.place_of("values_unknown"), object.flag("values_unknown", diagnostics))
    } else {
        (object.place.clone(), false)
    };

    if let Some(entity) = &of {
        mentions.push(Mention::Entity(entity.clone(), object.place_of("of")));
    }
    if let Some(name) = &listed {
        mentions.push(Mention::Enum(name.clone(), object.place_of("enum")));
    }
    let word = word?;
    if of_given && !matches!(word.as_str(), "id" | "ids") && TYPES.contains(&word.as_str()) {
        diagnostics.add(
            &object.place_of("of"),
            DiagnosticKind::Contradiction,
            format!("{label} is of type `{word}`: only `id` and `ids` are of an entity"),
        );
    }
    if word != "enum" && TYPES.contains(&word.as_str()) {
        if object.get("enum").is_some() {
            diagnostics.add(
                &object.place_of("enum"),
                DiagnosticKind::Contradiction,
                format!("{label} names an enumeration, but is of type `{word}`"),
            );
        }
        if values_unknown {
            diagnostics.add(
                &unknown_values,
                DiagnosticKind::Contradiction,
                format!("{label} is of type `{word}`: only an enumeration has values that are not known"),
            );
        }
    }
    match word.as_str() {
        "id" if !of_given => {
            diagnostics.add_with(
                &object.place,
                DiagnosticKind::MissingKey,
                format!("{label} is an id: `of` must name the entity"),
                "an id whose entity is unknown is an `int`",
            );
            None
        }
        "id" => of.map(Type::Id),
        "ids" => Some(Type::Ids(of)),
        "int" => Some(Type::Int),
        "bool" => Some(Type::Bool),
        "decimal" => Some(Type::Decimal),
        "text" => Some(Type::Text),
        "datetime" => Some(Type::DateTime),
        "civil" => Some(Type::Civil),
        "guid" => Some(Type::Guid),
        "json" => Some(Type::Json),
        "enum" => match (object.get("enum").is_some(), values_unknown) {
            (true, false) => listed.map(|name| Type::Enum(Some(name))),
            (false, true) => Some(Type::Enum(None)),
            (true, true) => {
                diagnostics.add(
                    &unknown_values,
                    DiagnosticKind::Contradiction,
                    format!("{label} names an enumeration and says that its values are not known"),
                );
                None
            }
            (false, false) => {
                diagnostics.add_with(
                    &object.place,
                    DiagnosticKind::MissingKey,
                    format!("{label} is an enumeration: `enum` must name it"),
                    if object.knows("values_unknown") {
                        "where neither name nor values are known, say `\"values_unknown\": true`"
                    } else {
                        "spec/enums.json lists the enumerations"
                    },
                );
                None
            }
        },
        other => {
            let at = object.place_of("type");
            unknown(
                DiagnosticKind::UnknownType,
                format!("{label} is of the unknown type `{other}`"),
                other,
                TYPES.iter().copied(),
                &at,
                diagnostics,
            );
            None
        }
    }
}
