//! Who is calling, and what they may do.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::access::account::{self, Account, App, PASSWORD};
use crate::catalog::Catalog;
use crate::catalog::position::EntityPosition;
use crate::catalog::well_known::UserFields;
use crate::store::change::StoreChange;
use crate::store::memory::Store;
use crate::store::view::View;
use crate::value::row::{Row, Value, Values};

/// Someone who can log in.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    /// The id of the record, where users are records.
    pub(crate) id: Option<i64>,
    pub(crate) email: String,
    pub(crate) password: Option<String>,
    /// A shared secret for one-time codes; asked for when a token is requested.
    pub(crate) totp: Option<String>,
    pub(crate) active: bool,
    pub(crate) api_access: bool,
    /// A full administrator needs no roles.
    pub(crate) admin: bool,
    /// In lower case.
    pub(crate) roles: HashSet<String>,
    /// Roles that the user has not got, an administrator included. In lower case.
    pub(crate) without: HashSet<String>,
}

/// All users as the records stand.
#[derive(Debug, Default)]
pub(crate) struct Users {
    stamp: Option<[u64; 4]>,
    by_email: HashMap<String, Arc<User>>,
}

/// Users by e-mail, worked out again when records have changed.
#[derive(Debug, Default)]
pub(crate) struct Directory(RwLock<Arc<Users>>);

impl Users {
    pub(crate) fn by_email(&self, email: &str) -> Option<&Arc<User>> {
        self.by_email.get(email.trim().to_lowercase().as_str())
    }
}

/// The note that holds a user's password. Records show none.
pub(crate) fn password_note(id: i64) -> String {
    format!("password/{id}")
}

/// The note that holds a user's secret for one-time codes.
pub(crate) fn totp_note(id: i64) -> String {
    format!("totp/{id}")
}

impl Directory {
    /// The users as they stand. With `published` off, the published password is nobody's.
    pub(crate) fn users(&self, view: View<'_>, accounts: &[Account], published: bool) -> Arc<Users> {
        let version = |entity: Option<EntityPosition>| entity.map_or(0, |entity| view.store.table(entity).version());
        let known = &view.catalog.well_known;
        let stamp = [
            version(known.users.map(|users| users.entity)),
            version(known.user_roles.map(|user_roles| user_roles.entity)),
            version(known.roles.map(|roles| roles.entity)),
            view.store.epoch(),
        ];
        let current = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        if current.stamp == Some(stamp) {
            return current;
        }
        let mut by_email = HashMap::new();
        for mut user in read_users(view, accounts) {
            user.password = user.password.filter(|password| published || password != PASSWORD);
            // Of two users with one address the older one is meant: a new record takes nobody's login over.
            by_email.entry(user.email.trim().to_lowercase()).or_insert_with(|| Arc::new(user));
        }
        let users = Arc::new(Users { stamp: Some(stamp), by_email });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&users);
        users
    }
}

/// The users of the store, or the accounts of the settings where the model was built without users.
fn read_users(view: View<'_>, accounts: &[Account]) -> Vec<User> {
    let Some(users) = view.catalog.well_known.users else {
        return account::everybody(accounts).iter().map(User::of_account).collect();
    };
    let role_names = role_names(view);
    let rows = view.store.table(users.entity).rows().iter();
    rows.filter_map(|(id, row)| {
        Some(User {
            id: Some(id),
            email: row.text(users.email)?.to_owned(),
            password: view.store.note(&password_note(id)).map(str::to_owned),
            totp: view.store.note(&totp_note(id)).map(str::to_owned),
            active: row.flag(users.active),
            api_access: row.flag(users.api_access),
            admin: row.flag(users.is_admin),
            roles: row
                .ids(users.user_roles)
                .iter()
                .filter_map(|group| role_names.get(group))
                .flatten()
                .cloned()
                .collect(),
            without: HashSet::new(),
        })
    })
    .collect()
}

/// The names of the roles in each group of roles, in lower case.
fn role_names(view: View<'_>) -> HashMap<i64, Vec<String>> {
    let known = &view.catalog.well_known;
    let (Some(groups), Some(roles)) = (known.user_roles, known.roles) else { return HashMap::new() };
    let role = |id: i64| view.store.get(roles.entity, id).and_then(|row| row.text(roles.name)).map(str::to_lowercase);
    let rows = view.store.table(groups.entity).rows().iter();
    rows.map(|(id, row)| (id, row.ids(groups.roles).into_iter().filter_map(role).collect())).collect()
}

impl User {
    pub(crate) fn of_account(account: &Account) -> Self {
        Self {
            id: None,
            email: account.email.clone(),
            password: Some(account.password.clone()),
            totp: account.totp.clone(),
            active: true,
            api_access: account.api_access,
            admin: account.admin,
            roles: account.roles.iter().map(|role| role.to_lowercase()).collect(),
            without: HashSet::new(),
        }
    }

    pub(crate) fn of_app(app: &App) -> Self {
        Self {
            id: None,
            email: app.key.clone(),
            password: None,
            totp: None,
            active: true,
            api_access: true,
            admin: false,
            roles: app.roles.iter().map(|role| role.to_lowercase()).collect(),
            without: HashSet::new(),
        }
    }

    pub(crate) fn may(&self, role: &str) -> bool {
        let role = role.to_lowercase();
        (self.admin || self.roles.contains(&role)) && !self.without.contains(&role)
    }

    pub(crate) fn has_password(&self, password: &str) -> bool {
        !password.is_empty() && self.password.as_deref() == Some(password)
    }
}

/// The id of the user, other than `id`, who has the e-mail address in a row that is about to be written.
pub(crate) fn same_address(store: &Store, users: &UserFields, id: i64, values: &Values) -> Option<i64> {
    let Some(Value::Text(email)) = values.get(&users.email) else { return None };
    let email = email.trim().to_lowercase();
    let is = |row: &Row| row.text(users.email).is_some_and(|other| other.trim().to_lowercase() == email);
    store.table(users.entity).rows().iter().find(|(other, row)| *other != id && is(row)).map(|(other, _)| other)
}

/// Takes passwords out of the rows of users on their way into the store. They are kept apart, so that no record
/// shows one, and an update that sends none back leaves the old one.
pub(crate) fn passwords(catalog: &Catalog, changes: Vec<StoreChange>) -> Vec<StoreChange> {
    let Some(users) = catalog.well_known.users else { return changes };
    let secrets = [
        (users.password, password_note as fn(i64) -> String),
        (users.new_password, password_note),
        (users.two_factor_secret, totp_note),
    ];
    let mut out = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            StoreChange::Put { entity, id, row } if entity == users.entity => {
                let mut values = row.unpack();
                for (secret, note) in &secrets {
                    // An empty one is none: what was there stays.
                    if let Some(Value::Text(text)) = values.remove(secret)
                        && !text.trim().is_empty()
                    {
                        out.push(StoreChange::Note { key: note(id), text: Some(text) });
                    }
                }
                out.push(StoreChange::Put { entity, id, row: Row::new(&values) });
            }
            other => out.push(other),
        }
    }
    out
}
