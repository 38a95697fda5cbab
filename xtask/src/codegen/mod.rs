//! The generator: a spec in, texts of files out. It does not touch the disk; [`crate::commands::codegen`] does.
//!
//! Generated code holds types, tables and wiring, no behaviour: what a record does is written once in
//! `nexudus-core` and in the macros of `nexudus-model`. Each file is formatted by prettyplease, so its bytes depend on
//! nothing but the spec and this crate.

mod block;
mod client;
mod context;
mod core;
mod coverage;
mod docs;
mod each_entity;
mod effects;
mod entity;
mod model;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use self::block::{Block, FILES as BLOCK_FILES, find as find_block, replace as replace_block};
use self::context::Context;
pub use self::context::Error;
pub use self::coverage::{Coverage, coverage};
use crate::spec::{EntitySpec, Section, Spec};

/// Folders that hold generated files and nothing else. What else is found there is removed.
pub const FOLDERS: &[&str] = &[
    "crates/nexudus-client/src/generated",
    "crates/nexudus-core/src/generated",
    "crates/nexudus-model/src/generated",
    "crates/nexudus-model/tests/it/generated",
    "crates/nexudus-sandbox/src/generated",
];

/// Everything that the generator makes from a spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Whole files: path from the repository's root, text.
    pub files: BTreeMap<String, String>,
    /// Parts of files that people write.
    pub blocks: Vec<Block>,
}

/// Generates everything.
pub fn generate(spec: &Spec) -> Result<Output, Error> {
    let cx = Context::new(spec);
    let files = run(&cx, &jobs(&cx))?;
    Ok(Output { files, blocks: block::all(spec) })
}

/// Generates the files that hold one entity: its model and its section of the client.
pub fn generate_only(spec: &Spec, entity: &EntitySpec) -> Result<BTreeMap<String, String>, Error> {
    let cx = Context::new(spec);
    let jobs: Vec<Job<'_>> = jobs(&cx)
        .into_iter()
        .filter(|job| match &job.make {
            Make::Entity(of) => of.name == entity.name,
            Make::ClientSection(section, _) => section.name == entity.section,
            _ => false,
        })
        .collect();
    run(&cx, &jobs)
}

/// A file to make.
struct Job<'a> {
    path: String,
    make: Make<'a>,
}

enum Make<'a> {
    /// A file that there is once.
    One(fn(&Context<'_>) -> Result<String, Error>),
    Entity(&'a EntitySpec),
    ModelSection(&'a Section, Vec<&'a EntitySpec>),
    ClientSection(&'a Section, Vec<&'a EntitySpec>),
}

fn jobs<'a>(cx: &Context<'a>) -> Vec<Job<'a>> {
    const CORE: &str = "crates/nexudus-core/src/generated";
    const MODEL: &str = "crates/nexudus-model/src/generated";
    const CLIENT: &str = "crates/nexudus-client/src/generated";
    let one = |folder: &str, file: &str, make| Job { path: format!("{folder}/{file}"), make: Make::One(make) };
    let mut jobs = vec![
        one(CORE, "mod.rs", core::root),
        one(CORE, "common.rs", core::common),
        one(CORE, "common_fields.rs", core::common_fields),
        one(CORE, "service.rs", core::service),
        one(MODEL, "mod.rs", model::root),
        one(MODEL, "enums.rs", model::enums),
        one(MODEL, "facts.rs", model::facts),
        one(MODEL, "placeholders.rs", model::placeholders),
        one(MODEL, "tables.rs", model::tables),
        one(MODEL, "unplaced.rs", model::unplaced),
        one(MODEL, "well_known.rs", model::well_known),
        one(CLIENT, "mod.rs", client::root),
        one(CLIENT, "off.rs", client::off),
        one("crates/nexudus-model/tests/it/generated", "each_entity.rs", each_entity::file),
    ];
    if !cx.spec.effects.entities.is_empty() {
        jobs.push(one("crates/nexudus-sandbox/src/generated", "mod.rs", effects::file));
    }
    if !cx.spec.api.webhooks.is_empty() {
        jobs.push(one(MODEL, "webhooks.rs", model::webhooks));
    }
    for (section, entities) in cx.sections() {
        let name = &section.name;
        jobs.extend(
            entities
                .iter()
                .map(|entity| Job { path: format!("{MODEL}/{name}/{}.rs", entity.module), make: Make::Entity(entity) }),
        );
        let path = format!("{MODEL}/{name}/mod.rs");
        jobs.push(Job { path, make: Make::ModelSection(section, entities.clone()) });
        jobs.push(Job { path: format!("{CLIENT}/{name}.rs"), make: Make::ClientSection(section, entities) });
    }
    jobs
}

impl Job<'_> {
    fn run(&self, cx: &Context<'_>) -> Result<String, Error> {
        match &self.make {
            Make::One(make) => make(cx),
            Make::Entity(entity) => entity::file(cx, entity),
            Make::ModelSection(section, entities) => model::section(cx, section, entities),
            Make::ClientSection(section, entities) => client::section(section, entities),
        }
    }
}

/// Makes the files on as many threads as there are cores: formatting is where the time goes, and files don't depend on
/// each other.
fn run(cx: &Context<'_>, jobs: &[Job<'_>]) -> Result<BTreeMap<String, String>, Error> {
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    let work = || {
        let mut mine = Vec::new();
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            mine.push(job.run(cx).map(|text| (job.path.clone(), text)));
        }
        if let Ok(mut made) = made.lock() {
            made.append(&mut mine);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    // A thread that panicked has made the scope panic, so the lock is good.
    let made = made.into_inner().unwrap_or_default();
    made.into_iter().collect()
}
