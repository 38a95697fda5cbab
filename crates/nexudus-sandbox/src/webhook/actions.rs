//! Which webhooks an event is for.

use std::collections::HashMap;

use nexudus_core::Kind;

use crate::catalog::entity::{Catalog, Entity};
use crate::catalog::well_known::{self as names, Part};
use crate::message::names::nearest;
use crate::store::view::View;
use crate::value::row::Row;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Create,
    Update,
    Delete,
}

/// The positions of a webhook's properties.
pub(crate) struct Places {
    pub(crate) entity: usize,
    pub(crate) business: u16,
    pub(crate) action: u16,
    pub(crate) url: u16,
    pub(crate) active: u16,
    pub(crate) error_count: u16,
    pub(crate) last_error: u16,
    pub(crate) last_trigger: u16,
}

pub(crate) fn places(catalog: &Catalog) -> Option<Places> {
    let hooks = catalog.part(Part::Webhook)?;
    Some(Places {
        entity: hooks.at,
        business: hooks.position(names::WEBHOOK_BUSINESS)?,
        action: hooks.position(names::WEBHOOK_ACTION)?,
        url: hooks.position(names::WEBHOOK_URL)?,
        active: hooks.position(names::WEBHOOK_ACTIVE)?,
        error_count: hooks.position(names::WEBHOOK_ERROR_COUNT)?,
        last_error: hooks.position(names::WEBHOOK_LAST_ERROR)?,
        last_trigger: hooks.position(names::WEBHOOK_LAST_TRIGGER)?,
    })
}

/// Which actions are of which entity, by their names: `BookingCreate`, `TeamUpdated`, `VisitorRegistered`. Some
/// leave the first word of the entity out, and one is misspelt; what fits nothing is never sent.
pub(crate) fn actions(catalog: &Catalog) -> HashMap<(usize, Event), Vec<i64>> {
    const VERBS: [(&str, Event); 7] = [
        ("created", Event::Create),
        ("create", Event::Create),
        ("registered", Event::Create),
        ("updated", Event::Update),
        ("update", Event::Update),
        ("deleted", Event::Delete),
        ("delete", Event::Delete),
    ];
    let mut found: HashMap<(usize, Event), Vec<i64>> = HashMap::new();
    let table = catalog.part(Part::Webhook).and_then(|hooks| {
        let field = hooks.table.field(hooks.position(names::WEBHOOK_ACTION)?.into())?;
        if let Kind::Enum(table) = field.kind { Some(table) } else { None }
    });
    let names: Vec<(String, usize)> =
        catalog.entities().iter().map(|entity| (entity.table.name.to_lowercase(), entity.at)).collect();
    for (value, name) in table.into_iter().flat_map(|table| table.values) {
        let name = name.to_lowercase();
        let Some((stem, event)) = VERBS.iter().find_map(|(verb, event)| Some((name.strip_suffix(verb)?, *event)))
        else {
            continue;
        };
        let exact = |wanted: &str| names.iter().find(|(name, _)| name == wanted).map(|(_, at)| *at);
        let misspelt = || {
            let near = nearest(stem, names.iter().map(|(name, _)| name.as_str()))?;
            (near.len() > 8 && near.len().abs_diff(stem.len()) <= 1).then(|| exact(near)).flatten()
        };
        let tail = || {
            let tails = names.iter().filter(|(name, _)| name.len() > 6 && stem.ends_with(name.as_str()));
            tails.max_by_key(|(name, _)| name.len()).map(|(_, at)| *at)
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
    let business = |kind: Kind| {
        kind.target().is_some() && kind.target() == view.catalog.part(Part::Business).map(|entity| entity.table.name)
    };
    let fields = || (0_u16..).zip(entity.table.fields);
    for (at, field) in fields().filter(|(_, field)| business(field.kind)) {
        match field.kind {
            Kind::Id(_) => {
                if let Some(id) = row.int(at) {
                    return vec![id];
                }
            }
            _ if !field.is_write_only() => {
                let ids = row.ids(at);
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
    let mut relations: Vec<(bool, u16, &str)> = fields()
        .filter_map(
            |(at, field)| {
                if let Kind::Id(target) = field.kind { Some((!field.is_required(), at, target)) } else { None }
            },
        )
        .collect();
    relations.sort_unstable();
    relations
        .into_iter()
        .find_map(|(_, at, target)| {
            let target = view.catalog.named(target)?;
            let row = view.store.get(target.at, row.int(at)?)?;
            Some(locations(view, target, row, depth - 1)).filter(|found| !found.is_empty())
        })
        .unwrap_or_default()
}
