//! A store as it is when a sandbox starts.

use serde_json::Value as Json;

use crate::access::account::{self, Account};
use crate::catalog::Catalog;
use crate::seed::{accounts, demo, records};
use crate::store::memory::Contents;
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
    let mut contents = Contents::empty(catalog);
    let mut changes = accounts::changes(catalog, &account::everybody(who), now);
    if seed != Seed::Empty {
        // The file comes with the program and is tested with it.
        let mut sample: Json = serde_json::from_str(SAMPLE).unwrap_or_default();
        if let Json::Object(entities) = &mut sample {
            // What the model was built without is left out.
            entities.retain(|path, _| catalog.of_path(path).is_some());
        }
        let sample = records::changes(catalog, &of_text(sample.to_string()), now);
        changes.extend(sample.unwrap_or_default().changes);
    }
    for change in changes {
        contents.apply(change);
    }
    if seed == Seed::Demo {
        for change in demo::changes(catalog, &contents, number, now).unwrap_or_default() {
            contents.apply(change);
        }
    }
    contents
}
