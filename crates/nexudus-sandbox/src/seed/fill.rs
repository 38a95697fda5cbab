//! A store as it is when a sandbox starts.

use serde_json::Value as Json;

use crate::access::account::{self, ADMIN_EMAIL, Account};
use crate::catalog::Catalog;
use crate::effect::run::RuleEvent;
use crate::effect::work::{Author, Work};
use crate::seed::{accounts, demo, records};
use crate::store::change::StoreChange;
use crate::store::memory::{Contents, Store};
use crate::store::view::View;
use crate::value::raw::of_text;

/// What a sandbox holds when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed {
    /// Nothing but the accounts and the names of the roles.
    Empty,
    /// Besides, a few records for first steps.
    #[default]
    Sample,
    /// Besides, a coherent space with members, bookings and invoices.
    Demo,
}

impl std::str::FromStr for Seed {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "empty" => Ok(Self::Empty),
            "sample" => Ok(Self::Sample),
            "demo" => Ok(Self::Demo),
            _ => Err(format!("{name}: no such seed, give empty, sample or demo")),
        }
    }
}

/// Records for first steps, by the path of their entity. The message has the id of the published sample;
/// its values are our own.
const SAMPLE: &str = include_str!("../../seed/sample.json");

/// Fills an empty store.
pub(crate) fn fill(catalog: &Catalog, who: &[Account], seed: Seed, number: u64, now: i64) -> Contents {
    let accounts = accounts::changes(catalog, &account::everybody(who), now);
    let mut contents = complete(catalog, Contents::empty(catalog), accounts, now);
    if seed != Seed::Empty {
        // The file comes with the program and is tested with it.
        let mut sample: Json = serde_json::from_str(SAMPLE).unwrap_or_default();
        if let Json::Object(entities) = &mut sample {
            // What the model was built without is left out.
            entities.retain(|path, _| catalog.of_path(path).is_some());
        }
        let sample = records::changes(catalog, &of_text(sample.to_string()), now);
        contents = complete(catalog, contents, sample.unwrap_or_default().changes, now);
    }
    if seed == Seed::Demo {
        let demo = demo::changes(catalog, &contents, number, now).unwrap_or_default();
        contents = complete(catalog, contents, demo, now);
    }
    contents
}

/// Adds records and what the service sets when it makes such records: defaults, and the rules of a create. All records
/// are there before the first rule is applied, so their order does not matter.
fn complete(catalog: &Catalog, mut contents: Contents, changes: Vec<StoreChange>, now: i64) -> Contents {
    let mut keys = Vec::new();
    for change in changes {
        if let StoreChange::Put { entity, id, .. } = &change {
            keys.push((*entity, *id));
        }
        contents.apply(change);
    }
    let mut store = Store::new(contents, None);
    for key in keys {
        let author = Author { email: ADMIN_EMAIL.to_owned(), now, fraction: 0 };
        let mut work = Work::new(View { catalog, store: &store, now }, author);
        work.set_defaults(key);
        RuleEvent::unsent("create", key).apply_unrefused(&mut work);
        let changes = work.done().changes;
        store.apply(changes);
    }
    store.into_contents()
}
