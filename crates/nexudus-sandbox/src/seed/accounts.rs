//! Records of those who can log in from the start, and of all roles.

use std::collections::HashMap;

use nexudus_core::Operation;
use serde_json::Value as Json;
use serde_json::json;

use crate::access::account::Account;
use crate::access::user::{password_note, totp_note};
use crate::catalog::entity::{Catalog, Entity};
use crate::catalog::well_known::{self as names, Part};
use crate::seed::records::put;
use crate::store::change::Change;
#[cfg(feature = "sqlite")]
use crate::store::memory::Contents;
use crate::value::raw::{object, of_text};
#[cfg(feature = "sqlite")]
use crate::value::row::{Row, Value};

/// The changes that make users of accounts, where the model has users.
pub(crate) fn changes(catalog: &Catalog, accounts: &[Account], now: i64) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(users) = catalog.part(Part::User) else { return changes };
    let mut add = |entity: &Entity, id: i64, record: &Json| {
        let record = object(&of_text(record.to_string())).unwrap_or_default();
        // All of these properties exist, which a test of the seeds shows.
        changes.push(put(catalog, entity, id, &record, now, &mut |_| {}));
    };
    let mut role_ids = HashMap::new();
    if let Some(roles) = catalog.part(Part::Role) {
        let mut id = 0;
        for entity in catalog.entities() {
            for operation in Operation::ALL.into_iter().filter(|operation| entity.table.allows(*operation)) {
                id += 1;
                let name = entity.role(operation);
                role_ids.insert(name.to_lowercase(), id);
                add(roles, id, &json!({ (names::ROLE_NAME): name }));
            }
        }
    }
    for (id, account) in (1..).zip(accounts) {
        let name = account.email.split('@').next().unwrap_or_default();
        let ids: Vec<i64> =
            account.roles.iter().filter_map(|role| role_ids.get(&role.to_lowercase()).copied()).collect();
        let mut groups = Vec::new();
        if let Some(group) = catalog.part(Part::UserRole).filter(|_| !ids.is_empty()) {
            let title = format!("Roles of {name}");
            add(group, id, &json!({ (names::USER_ROLE_NAME): title, (names::USER_ROLE_ROLES): ids }));
            groups.push(id);
        }
        add(
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
    }
    for (id, account) in (1..).zip(accounts) {
        let note = |key, text: &str| Change::Note { key, text: Some(text.to_owned()) };
        changes.push(note(password_note(id), &account.password));
        changes.extend(account.totp.as_ref().map(|secret| note(totp_note(id), secret)));
    }
    changes
}

/// The changes that let accounts log in to a store that is there already: users of the same address get password,
/// rights and roles anew, and keep what else their records hold; the others are added.
#[cfg(feature = "sqlite")]
pub(crate) fn renew(catalog: &Catalog, contents: &Contents, accounts: &[Account], now: i64) -> Vec<Change> {
    let mut changes = Vec::new();
    let (Some(users), Some(roles), Some(groups)) =
        (catalog.part(Part::User), catalog.part(Part::Role), catalog.part(Part::UserRole))
    else {
        return changes;
    };
    let all = |entity: &Entity| contents.table(entity.at).rows().iter();
    let place = |entity: &Entity, name: &str| entity.position(name).unwrap_or(u16::MAX);
    let mut next = [users, groups].map(|entity| contents.table(entity.at).next_id());
    let mut new = |which: usize| {
        let id = next[which]?;
        next[which] = id.checked_add(1);
        Some(id)
    };
    for account in accounts {
        let name = account.email.split('@').next().unwrap_or_default();
        let email_at = place(users, names::USER_EMAIL);
        let found = all(users).find(|(_, row)| row.text(email_at).is_some_and(|email| account.is(email)));
        let role_at = place(roles, names::ROLE_NAME);
        let has = |row: &Row| {
            row.text(role_at).is_some_and(|name| account.roles.iter().any(|role| role.eq_ignore_ascii_case(name)))
        };
        let ids: Vec<i64> = all(roles).filter(|(_, row)| has(row)).map(|(id, _)| id).collect();
        let mut of_group = Vec::new();
        if !ids.is_empty() {
            let (title_at, title) = (place(groups, names::USER_ROLE_NAME), format!("Roles of {name}"));
            let group = all(groups).find(|(_, row)| row.text(title_at) == Some(title.as_str())).map(|(id, _)| id);
            let Some(group) = group.or_else(|| new(1)) else { continue };
            let row = json!({ (names::USER_ROLE_NAME): title, (names::USER_ROLE_ROLES): ids });
            let row = object(&of_text(row.to_string())).unwrap_or_default();
            changes.push(put(catalog, groups, group, &row, now, &mut |_| {}));
            of_group.push(group);
        }
        let Some(id) = found.map(|(id, _)| id).or_else(|| new(0)) else { continue };
        let mut values = found.map(|(_, row)| row.unpack()).unwrap_or_default();
        if found.is_none() {
            values.insert(place(users, names::USER_FULL_NAME), Value::Text(title_case(name)));
            for at in [catalog.common(users, |at| at.created_on), catalog.common(users, |at| at.updated_on)] {
                values.insert(at, Value::Time(now));
            }
        }
        values.insert(email_at, Value::Text(account.email.trim().to_owned()));
        values.insert(place(users, names::USER_ACTIVE), Value::Bool(true));
        values.insert(place(users, names::USER_API_ACCESS), Value::Bool(account.api_access));
        values.insert(place(users, names::USER_IS_ADMIN), Value::Bool(account.admin));
        values.insert(place(users, names::USER_USER_ROLES), Value::Ids(of_group));
        changes.push(Change::Put { entity: users.at, id, row: Row::new(&values) });
        changes.push(Change::Note { key: password_note(id), text: Some(account.password.clone()) });
        changes.push(Change::Note { key: totp_note(id), text: account.totp.clone() });
    }
    changes
}

fn title_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
