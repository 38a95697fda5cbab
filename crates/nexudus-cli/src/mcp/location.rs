//! Writes for one location alone.
//!
//! A record says its location in a property, or a record that it belongs to says it: a booking is where its resource
//! is. A write for one location touches no record of another, moves none there, and ties none to a record of another.
//! Customers and users may be named wherever they are at home.

use std::collections::BTreeSet;

use nexudus_client::model;
use nexudus_client::model::core::{EntityTable, Field, Kind, Operation};

use super::Server;
use super::tool_error::ToolError;
use crate::json::{Object, Raw};
use crate::records::{Values, object_of};
use crate::tables::{location_entity, location_field, squash};

/// Related records that are read to check one write.
const MOST: usize = 50;

/// The property that says the location of records that others belong to. A person is at home in a location and belongs to none.
fn owning_location(table: &'static EntityTable) -> Option<&'static Field> {
    location_field(table).filter(|field| squash(field.name) == "businessid" || !field.is_creatable())
}

fn ids(value: Option<&Raw>) -> BTreeSet<String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return BTreeSet::new() };
    let items = value.as_array().unwrap_or_else(|| vec![value.clone()]);
    items.iter().map(|item| item.plain().into_owned()).collect()
}

fn given<'v>(values: &'v Values, field: &Field) -> Option<&'v Raw> {
    values.iter().find(|(name, _)| name == field.name).map(|(_, value)| value)
}

impl Server {
    /// Refuses a write that reaches beyond the location of this server: of a record that exists, with these values.
    pub(super) async fn check_location(
        &self,
        table: &'static EntityTable,
        before: Option<&Object>,
        values: &Values,
    ) -> Result<(), ToolError> {
        let Some(business) = self.policy.business else { return Ok(()) };
        let here = business.to_string();
        let elsewhere = |field: &Field| {
            ToolError::refused(format!("this server writes records of location {business} alone")).at(field.name)
        };
        let own = location_field(table);
        let mut is_here = false;
        if let Some(field) = own {
            for value in [before.and_then(|record| record.get(field.name)), given(values, field)].into_iter().flatten()
            {
                if value.plain() != here {
                    return Err(elsewhere(field));
                }
                is_here = true;
            }
        }
        let mut related = Vec::new();
        for field in table.all_fields().filter(|field| own.is_none_or(|own| own.name != field.name)) {
            let (Kind::Id(entity) | Kind::Ids(Some(entity))) = field.kind else { continue };
            let was = ids(before.and_then(|record| record.get(field.name)));
            if Some(entity) == location_entity() {
                let touched = given(values, field).map(|value| ids(Some(value)));
                let touched = touched.iter().flat_map(|set| set.symmetric_difference(&was));
                if touched.into_iter().any(|id| *id != here) {
                    return Err(elsewhere(field));
                }
                continue;
            }
            let Some(other) = model::find(entity).filter(|other| other.allows(Operation::Get)) else { continue };
            let Some(location) = owning_location(other) else { continue };
            let is = given(values, field).map_or_else(BTreeSet::new, |value| ids(Some(value)));
            let unproven = if is_here { BTreeSet::new() } else { was };
            related.extend(is.union(&unproven).map(|id| (field, other, location, id.clone())));
        }
        if related.len() > MOST {
            return Err(ToolError::refused(format!(
                "the write names {} records, and a server of one location checks at most {MOST}",
                related.len()
            )));
        }
        for (field, other, location, id) in related {
            let Ok(id) = id.parse() else { continue };
            let record = object_of(&*self.client.dynamic_of(other).get(id).await?)?;
            if record.get(location.name).is_none_or(|value| value.plain() != here) {
                return Err(elsewhere(field));
            }
            is_here = true;
        }
        if is_here {
            return Ok(());
        }
        Err(ToolError::refused(format!(
            "this server writes records of location {business} alone, and this {} does not say which location it belongs \
             to",
            table.name
        )))
    }

    /// Refuses lists that add or take away more records than one write may touch.
    pub(super) fn check_lists(
        &self,
        table: &'static EntityTable,
        before: Option<&Object>,
        values: &Values,
    ) -> Result<(), ToolError> {
        let most = self.policy.max_ids;
        for field in table.all_fields().filter(|field| matches!(field.kind, Kind::Ids(_))) {
            let Some(value) = given(values, field) else { continue };
            let was = ids(before.and_then(|record| record.get(field.name)));
            let touched = ids(Some(value)).symmetric_difference(&was).count();
            if touched > most {
                let message = format!("{} adds or takes away {touched} records; at most {most} at once", field.name);
                return Err(ToolError::argument(field.name, message));
            }
        }
        Ok(())
    }
}
