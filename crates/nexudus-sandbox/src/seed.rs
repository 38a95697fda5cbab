//! What a sandbox holds when it starts.

use nexudus_core::{Json, Kind, Operation};
use serde_json::json;

use crate::auth::{self, password_note, totp_note};
use crate::catalog::{Catalog, Entity};
use crate::settings::{Account, Seed, Settings};
use crate::store::{Change, Contents};
use crate::value::{Row, Value, Values, coerce};
use crate::{demo, names};

/// Fills an empty store.
pub(crate) fn fill(catalog: &Catalog, settings: &Settings, seed: Seed, now: i64) -> Contents {
    let mut seeder = Seeder { catalog, contents: Contents::empty(catalog), now };
    seeder.accounts(&settings.accounts);
    if seed != Seed::Empty {
        seeder.sample();
    }
    if seed == Seed::Demo {
        // The file comes with the program and is tested with it.
        for change in demo::changes(catalog, &seeder.contents, settings.number, now).unwrap_or_default() {
            seeder.contents.apply(change);
        }
    }
    seeder.contents
}

/// The changes that put records into the store as they are, by the path of their entity.
pub(crate) fn changes(catalog: &Catalog, records: &Json, now: i64) -> Result<Vec<Change>, String> {
    let entities =
        records.as_object().ok_or("give an object of lists by path, such as {\"sys/users\": [{\"Id\": 7}]}")?;
    let mut changes = Vec::new();
    for (path, records) in entities {
        let entity = path.split_once('/').and_then(|(section, plural)| catalog.at_path(section, plural));
        let entity = entity.ok_or_else(|| format!("{path}: no such entity; give its path, such as sys/users"))?;
        let records = records.as_array().ok_or_else(|| format!("{path}: has to be a list of records"))?;
        for (at, record) in records.iter().enumerate() {
            let id = record.get("Id").and_then(Json::as_i64).filter(|id| *id > 0);
            let id = id.ok_or_else(|| format!("{path}[{at}]: has no Id above 0"))?;
            changes.push(put(catalog, entity, id, record, now));
        }
    }
    Ok(auth::passwords(catalog, changes))
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
        let Some(users) = names::user(self.catalog) else { return };
        let roles = names::role(self.catalog);
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
            if let Some(group) = names::user_role(self.catalog).filter(|_| !ids.is_empty()) {
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

    /// What the model was built without is left out.
    fn sample(&mut self) {
        let Ok(Json::Object(mut entities)) = serde_json::from_str(SAMPLE) else { return };
        entities.retain(|path, _| {
            path.split_once('/').is_some_and(|(section, plural)| self.catalog.at_path(section, plural).is_some())
        });
        for change in changes(self.catalog, &Json::Object(entities), self.now).unwrap_or_default() {
            self.contents.apply(change);
        }
    }

    fn put(&mut self, entity: &Entity, id: i64, record: &Json) {
        self.contents.apply(put(self.catalog, entity, id, record, self.now));
    }
}

/// The change that puts one record into the store. What does not fit its property is left out.
fn put(catalog: &Catalog, entity: &Entity, id: i64, record: &Json, now: i64) -> Change {
    let common = |which| catalog.common(entity, which);
    let mut values = Values::new();
    values.insert(common(|at| at.created_on), Value::Time(now));
    values.insert(common(|at| at.updated_on), Value::Time(now));
    values.insert(common(|at| at.updated_by), Value::Text(crate::ADMIN_EMAIL.into()));
    let id_at = common(|at| at.id);
    for (name, json) in record.as_object().into_iter().flatten() {
        let field = entity.position_of(name).filter(|at| *at != id_at);
        let Some((at, kind)) = field.and_then(|at| Some((at, entity.table.field(at.into())?.kind))) else { continue };
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
    Change::Put { entity: entity.at, id, row: Row::new(&values) }
}

fn title_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
