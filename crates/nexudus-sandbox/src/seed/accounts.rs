//! Records of those who can log in from the start, and of all roles.

use std::collections::HashMap;

use nexudus_core::Operation;

use crate::access::account::Account;
use crate::access::user::{password_note, totp_note};
use crate::catalog::Catalog;
use crate::catalog::well_known::{UserFields, UserRoleFields};
use crate::seed::records::make;
use crate::store::change::StoreChange;
#[cfg(feature = "sqlite")]
use crate::store::memory::Contents;
use crate::value::position::FieldPosition;
use crate::value::row::Value;
#[cfg(feature = "sqlite")]
use crate::value::row::{Row, Values};

/// The changes that make users of accounts, where the model has users.
pub(crate) fn changes(catalog: &Catalog, accounts: &[Account], now: i64) -> Vec<StoreChange> {
    let mut changes = Vec::new();
    let known = &catalog.well_known;
    let Some(users) = &known.users else { return changes };
    let mut role_ids = HashMap::new();
    if let Some(roles) = &known.roles {
        let names = catalog.entities().iter().flat_map(|entity| {
            let operations = Operation::ALL.into_iter().filter(|operation| entity.table.allows(*operation));
            operations.map(|operation| entity.role(operation))
        });
        for (id, name) in (1..).zip(names) {
            role_ids.insert(name.to_lowercase(), id);
            changes.push(make(catalog.entity(roles.entity), id, [(roles.name, Value::Text(name))], now));
        }
    }
    for (id, account) in (1..).zip(accounts) {
        let ids: Vec<i64> =
            account.roles.iter().filter_map(|role| role_ids.get(&role.to_lowercase()).copied()).collect();
        let mut groups = Vec::new();
        if let Some(user_roles) = known.user_roles.as_ref().filter(|_| !ids.is_empty()) {
            changes.push(make(catalog.entity(user_roles.entity), id, group(user_roles, account, ids), now));
            groups.push(id);
        }
        let user = catalog.entity(users.entity);
        changes.push(make(
            user,
            id,
            user_values(users, account, groups).into_iter().chain([full_name(users, account)]),
            now,
        ));
    }
    for (id, account) in (1..).zip(accounts) {
        let note = |key, text: &str| StoreChange::Note { key, text: Some(text.to_owned()) };
        changes.push(note(password_note(id), &account.password));
        changes.extend(account.totp.as_ref().map(|secret| note(totp_note(id), secret)));
    }
    changes
}

/// The part of the address before the `@`.
fn local_part(account: &Account) -> &str {
    account.email.trim().split('@').next().unwrap_or_default()
}

fn full_name(users: &UserFields, account: &Account) -> (FieldPosition, Value) {
    let mut letters = local_part(account).chars();
    let name = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    (users.full_name, Value::Text(name))
}

/// What the account says of its user, besides the name.
fn user_values(users: &UserFields, account: &Account, groups: Vec<i64>) -> [(FieldPosition, Value); 5] {
    [
        (users.email, Value::Text(account.email.trim().to_owned())),
        (users.active, Value::Bool(true)),
        (users.api_access, Value::Bool(account.api_access)),
        (users.is_admin, Value::Bool(account.admin)),
        (users.user_roles, Value::Ids(groups)),
    ]
}

fn group_name(account: &Account) -> String {
    format!("Roles of {}", local_part(account))
}

fn group(user_roles: &UserRoleFields, account: &Account, ids: Vec<i64>) -> [(FieldPosition, Value); 2] {
    [(user_roles.name, Value::Text(group_name(account))), (user_roles.roles, Value::Ids(ids))]
}

/// The changes that let accounts log in to a store that exists already: users of the same address get the password,
/// rights and roles of the account, and keep everything else; the others are added.
#[cfg(feature = "sqlite")]
pub(crate) fn renew(catalog: &Catalog, contents: &Contents, accounts: &[Account], now: i64) -> Vec<StoreChange> {
    let mut changes = Vec::new();
    let known = &catalog.well_known;
    let (Some(users), Some(roles), Some(user_roles)) = (&known.users, &known.roles, &known.user_roles) else {
        return changes;
    };
    let [user_table, role_table, group_table] =
        [users.entity, roles.entity, user_roles.entity].map(|entity| contents.table(entity));
    let (mut next_user, mut next_group) = (user_table.next_id(), group_table.next_id());
    for account in accounts {
        let has = |row: &Row| {
            row.text(roles.name).is_some_and(|name| account.roles.iter().any(|role| role.eq_ignore_ascii_case(name)))
        };
        let ids: Vec<i64> = role_table.rows().iter().filter(|(_, row)| has(row)).map(|(id, _)| id).collect();
        let mut groups = Vec::new();
        if !ids.is_empty() {
            let name = group_name(account);
            let mut rows = group_table.rows().iter();
            let found = rows.find(|(_, row)| row.text(user_roles.name) == Some(name.as_str())).map(|(id, _)| id);
            let Some(id) = found.or_else(|| take(&mut next_group)) else { continue };
            changes.push(make(catalog.entity(user_roles.entity), id, group(user_roles, account, ids), now));
            groups.push(id);
        }
        let is_user = |row: &Row| row.text(users.email).is_some_and(|email| account.is(email));
        let found = user_table.rows().iter().find(|(_, row)| is_user(row));
        let Some(id) = found.map(|(id, _)| id).or_else(|| take(&mut next_user)) else { continue };
        let values = user_values(users, account, groups);
        changes.push(match found {
            Some((_, row)) => {
                let mut kept: Values = row.unpack();
                kept.extend(values);
                StoreChange::Put { entity: users.entity, id, row: Row::new(&kept) }
            }
            None => make(catalog.entity(users.entity), id, values.into_iter().chain([full_name(users, account)]), now),
        });
        changes.push(StoreChange::Note { key: password_note(id), text: Some(account.password.clone()) });
        changes.push(StoreChange::Note { key: totp_note(id), text: account.totp.clone() });
    }
    changes
}

/// The next id, if one is left.
#[cfg(feature = "sqlite")]
fn take(next: &mut Option<i64>) -> Option<i64> {
    let id = *next;
    *next = id.and_then(|id| id.checked_add(1));
    id
}
