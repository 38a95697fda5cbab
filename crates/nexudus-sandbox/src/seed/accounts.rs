//! Records of those who can log in from the start, and of all roles.

use std::collections::HashMap;

use nexudus_core::Operation;
use serde_json::Value as Json;
use serde_json::json;

use crate::access::account::Account;
use crate::access::user::{password_note, totp_note};
use crate::catalog::entity::{Catalog, Entity};
use crate::catalog::well_known as names;
use crate::seed::records::put;
use crate::store::change::Change;
use crate::value::raw::{object, of_text};

/// The changes that make users of accounts, where the model has users.
pub(crate) fn changes(catalog: &Catalog, accounts: &[Account], now: i64) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(users) = names::user(catalog) else { return changes };
    let mut add = |entity: &Entity, id: i64, record: &Json| {
        let record = object(&of_text(record.to_string())).unwrap_or_default();
        // All of these properties exist, which a test of the seeds shows.
        changes.push(put(catalog, entity, id, &record, now, &mut |_| {}));
    };
    let mut role_ids = HashMap::new();
    if let Some(roles) = names::role(catalog) {
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
        if let Some(group) = names::user_role(catalog).filter(|_| !ids.is_empty()) {
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

fn title_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
