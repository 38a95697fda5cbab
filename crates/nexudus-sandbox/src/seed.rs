//! What a sandbox holds when it starts.

use nexudus_core::{Json, Kind, Operation};
use serde_json::json;

use crate::auth::{password_note, totp_note};
use crate::catalog::{Catalog, Entity};
use crate::names;
use crate::settings::{Account, Seed, Settings};
use crate::store::{Change, Contents};
use crate::value::{Row, Value, Values, coerce};

/// Fills an empty store.
pub(crate) fn fill(catalog: &Catalog, settings: &Settings, now: i64) -> Contents {
    let mut seeder = Seeder { catalog, contents: Contents::empty(catalog), now };
    seeder.accounts(&settings.accounts);
    if settings.seed == Seed::Sample {
        seeder.records(SAMPLE);
    }
    seeder.contents
}

/// Records for first steps, by the path of their entity. The message has the id of the published sample;
/// its values are our own.
const SAMPLE: &str = include_str!("../seed/sample.json");

struct Seeder<'a> {
    catalog: &'a Catalog,
    contents: Contents,
    now: i64,
}

impl Seeder<'_> {
    /// Makes records of accounts and of all roles, where the model has them.
    fn accounts(&mut self, accounts: &[Account]) {
        let Some(users) = self.catalog.named(names::USER) else { return };
        let roles = self.catalog.named(names::ROLE);
        let mut role_ids = std::collections::HashMap::new();
        if let Some(roles) = roles {
            let mut id = 0;
            for entity in self.catalog.entities() {
                for operation in Operation::ALL.into_iter().filter(|operation| entity.table.allows(*operation)) {
                    id += 1;
                    let name = entity.role(operation);
                    role_ids.insert(name.to_lowercase(), id);
                    self.put(roles, id, &json!({ (names::ROLE_NAME): name }));
                }
            }
        }
        for (id, account) in (1..).zip(accounts) {
            let name = account.email.split('@').next().unwrap_or_default();
            let ids: Vec<i64> =
                account.roles.iter().filter_map(|role| role_ids.get(&role.to_lowercase()).copied()).collect();
            let mut groups = Vec::new();
            if let Some(group) = self.catalog.named(names::USER_ROLE).filter(|_| !ids.is_empty()) {
                self.put(
                    group,
                    id,
                    &json!({ (names::USER_ROLE_NAME): format!("Roles of {name}"), (names::USER_ROLE_ROLES): ids }),
                );
                groups.push(id);
            }
            self.put(
                users,
                id,
                &json!({
                    (names::USER_FULL_NAME): title_case(name),
                    (names::USER_EMAIL): account.email,
                    (names::USER_ACTIVE): true,
                    (names::USER_API_ACCESS): account.api_access,
                    (names::USER_IS_ADMIN): account.admin,
                    (names::USER_USER_ROLES): groups,
                }),
            );
            let note = |key, text: &str| Change::Note { key, text: Some(text.to_owned()) };
            self.contents.apply(note(password_note(id), &account.password));
            if let Some(secret) = &account.totp {
                self.contents.apply(note(totp_note(id), secret));
            }
        }
    }

    /// Makes records of a list by the entity's path. What the model was built without is left out.
    fn records(&mut self, text: &str) {
        let Ok(Json::Object(entities)) = serde_json::from_str(text) else { return };
        for (path, records) in &entities {
            let entity = path.split_once('/').and_then(|(section, plural)| self.catalog.at_path(section, plural));
            let Some(entity) = entity else { continue };
            for record in records.as_array().into_iter().flatten() {
                if let Some(id) = record.get("Id").and_then(Json::as_i64) {
                    self.put(entity, id, record);
                }
            }
        }
    }

    fn put(&mut self, entity: &Entity, id: i64, record: &Json) {
        let common = |which| self.catalog.common(entity, which);
        let mut values = Values::new();
        values.insert(common(|at| at.created_on), Value::Time(self.now));
        values.insert(common(|at| at.updated_on), Value::Time(self.now));
        values.insert(common(|at| at.updated_by), Value::Text(crate::ADMIN_EMAIL.into()));
        let id_at = common(|at| at.id);
        for (name, json) in record.as_object().into_iter().flatten() {
            let field = entity.position(name).filter(|at| *at != id_at);
            let Some((at, kind)) = field.and_then(|at| Some((at, entity.table.field(at.into())?.kind))) else {
                continue;
            };
            if let Ok(Some(value)) = coerce(kind, json) {
                values.insert(at, value);
            }
        }
        // What a record must have and the seed does not say.
        for (at, field) in (0..).zip(entity.table.all_fields()).filter(|(_, field)| field.is_required()) {
            if let Kind::Enum(table) = field.kind
                && let Some((first, _)) = table.values.iter().min()
            {
                values.entry(at).or_insert(Value::Int(*first));
            }
        }
        self.contents.apply(Change::Put { entity: entity.at, id, row: Row::new(&values) });
    }
}

fn title_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
