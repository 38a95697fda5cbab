//! The type of a property, a filter or a parameter.

use super::found::Mention;
use crate::spec::fault::Kind;
use crate::spec::model::{TYPES, Type};
use crate::spec::read::{Faults, Object, Rule, unknown};

pub(super) fn read_type(
    object: &Object<'_>,
    label: &str,
    mentions: &mut Vec<Mention>,
    faults: &mut Faults,
) -> Option<Type> {
    let word = object.need_text("type", faults);
    let of = object.name("of", &Rule::ENTITY, faults);
    let of_given = object.get("of").is_some();
    let listed = object.name("enum", &Rule::ENUM, faults);
    // Related filters have no such key: their values are always known.
    let (unknown_values, values_unknown) = if object.knows("values_unknown") {
        (object.place_of("values_unknown"), object.flag("values_unknown", faults))
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
        faults.add(
            &object.place_of("of"),
            Kind::Contradiction,
            format!("{label} is of type `{word}`: only `id` and `ids` are of an entity"),
        );
    }
    if word != "enum" && TYPES.contains(&word.as_str()) {
        if object.get("enum").is_some() {
            faults.add(
                &object.place_of("enum"),
                Kind::Contradiction,
                format!("{label} names an enumeration, but is of type `{word}`"),
            );
        }
        if values_unknown {
            faults.add(
                &unknown_values,
                Kind::Contradiction,
                format!("{label} is of type `{word}`: only an enumeration has values that are not known"),
            );
        }
    }
    match word.as_str() {
        "id" if !of_given => {
            faults.add_with(
                &object.place,
                Kind::MissingKey,
                format!("{label} is an id: `of` must name the entity"),
                "an id of nobody knows what is an `int`",
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
                faults.add(
                    &unknown_values,
                    Kind::Contradiction,
                    format!("{label} names an enumeration and says that its values are not known"),
                );
                None
            }
            (false, false) => {
                faults.add_with(
                    &object.place,
                    Kind::MissingKey,
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
                Kind::UnknownType,
                format!("{label} is of the unknown type `{other}`"),
                other,
                TYPES.iter().copied(),
                &at,
                faults,
            );
            None
        }
    }
}
