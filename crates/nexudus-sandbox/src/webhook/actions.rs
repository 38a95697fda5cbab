//! Which webhooks an event is for.

use std::collections::HashMap;

use nexudus_core::Kind;

use crate::catalog::Catalog;
use crate::catalog::entity::Entity;
use crate::catalog::position::EntityPosition;
use crate::message::names::nearest;
use crate::store::view::View;
use crate::value::position::FieldPosition;
use crate::value::row::Row;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Create,
    Update,
    Delete,
}

/// Which actions are of which entity, by their names: `BookingCreate`, `TeamUpdated`, `VisitorRegistered`. Some
/// leave the first word of the entity out, and one is misspelt; what fits nothing is never sent.
pub(crate) fn actions(catalog: &Catalog) -> HashMap<(EntityPosition, Event), Vec<i64>> {
    const VERBS: [(&str, Event); 7] = [
        ("created", Event::Create),
        ("create", Event::Create),
        ("registered", Event::Create),
        ("updated", Event::Update),
        ("update", Event::Update),
        ("deleted", Event::Delete),
        ("delete", Event::Delete),
    ];
    let mut found: HashMap<(EntityPosition, Event), Vec<i64>> = HashMap::new();
    let table = catalog.well_known.webhooks.and_then(|webhooks| {
        let field = catalog.entity(webhooks.entity).field(webhooks.action)?;
        if let Kind::Enum(table) = field.kind { Some(table) } else { None }
    });
    let names: Vec<(String, EntityPosition)> =
        catalog.entities().iter().map(|entity| (entity.table.name.to_lowercase(), entity.position)).collect();
    for (value, name) in table.into_iter().flat_map(|table| table.values) {
        let name = name.to_lowercase();
        let Some((stem, event)) = VERBS.iter().find_map(|(verb, event)| Some((name.strip_suffix(verb)?, *event)))
        else {
            continue;
        };
        let exact = |wanted: &str| names.iter().find(|(name, _)| name == wanted).map(|(_, entity)| *entity);
        let misspelt = || {
            let near = nearest(stem, names.iter().map(|(name, _)| name.as_str()))?;
            (near.len() > 8 && near.len().abs_diff(stem.len()) <= 1).then(|| exact(near)).flatten()
        };
        let tail = || {
            let tails = names.iter().filter(|(name, _)| name.len() > 6 && stem.ends_with(name.as_str()));
            tails.max_by_key(|(name, _)| name.len()).map(|(_, entity)| *entity)
        };
        let entity = exact(stem).or_else(|| exact(&format!("coworker{stem}"))).or_else(tail).or_else(misspelt);
        if let Some(entity) = entity {
            found.entry((entity, event)).or_default().push(*value);
        }
    }
    found
}

/// The locations that a record belongs to: its own, or those of the first related record that has one.
pub(crate) fn locations(view: View<'_>, entity: &Entity, row: &Row, depth: u8) -> Vec<i64> {
    let business = view.catalog.well_known.businesses.map(|business| view.catalog.entity(business.entity).table.name);
    let is_business = |kind: Kind| kind.target().is_some() && kind.target() == business;
    for (position, field) in entity.own_fields().filter(|(_, field)| is_business(field.kind)) {
        match field.kind {
            Kind::Id(_) => {
                if let Some(id) = row.int(position) {
                    return vec![id];
                }
            }
            _ if !field.is_write_only() => {
                let ids = row.ids(position);
                if !ids.is_empty() {
                    return ids;
                }
            }
            _ => {}
        }
    }
    if depth == 0 {
        return Vec::new();
    }
    // Required relations say more about where a record belongs than optional ones.
    let relations = entity.own_fields().filter_map(|(position, field)| match field.kind {
        Kind::Id(target) => Some((!field.is_required(), position, target)),
        _ => None,
    });
    let mut relations: Vec<(bool, FieldPosition, &str)> = relations.collect();
    relations.sort_unstable();
    relations
        .into_iter()
        .find_map(|(_, position, target)| {
            let target = view.catalog.named(target)?;
            let row = view.store.get(target.position, row.int(position)?)?;
            Some(locations(view, target, row, depth - 1)).filter(|found| !found.is_empty())
        })
        .unwrap_or_default()
}
