//! Layers: within each crate, files use each other in no circle, and each room uses only what is below it.
//!
//! `docs/architecture.md` lists the rooms of each crate, lowest first, in blocks that are read here: the info string of
//! a block is `rooms` and the crate, and each line begins with a room, a folder or file of `src/`.

mod graph;

use std::fs;

use self::graph::{Arrows, Crate, circles};

const DOCUMENT: &str = "docs/architecture.md";

/// Circles that are left. A file comes off this list and none comes onto it.
const KNOWN: &[(&str, &[&str])] =
    &[("nexudus-client", &["auth/mod.rs", "auth/store.rs", "auth/tokens.rs", "call/mod.rs", "client.rs"])];

/// The rooms of a crate, lowest first, as the document lists them.
fn rooms<'d>(document: &'d str, name: &str) -> Option<Vec<&'d str>> {
    let block = document.split(&format!("```rooms {name}\n")).nth(1)?.split("```").next()?;
    Some(block.lines().filter_map(|line| line.split_whitespace().next()).collect())
}

/// The folder or file of `src/` that a file belongs to.
fn room(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// What is wrong with the arrows of a crate.
fn problems(arrows: &Arrows, rooms: Option<&[&str]>, known: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for circle in circles(arrows).iter().filter(|circle| !circle.iter().all(|file| known.contains(&file.as_str()))) {
        // Which entity belongs to which is a fact of the service, and some belong to each other.
        if circle.iter().all(|file| file.starts_with("generated/")) {
            continue;
        }
        let steps: Vec<String> = circle
            .iter()
            .zip(circle.iter().cycle().skip(1))
            .map(|(file, next)| format!("{file} uses {next} ({})", arrows[file][next]))
            .collect();
        problems.push(format!("a circle: {}", steps.join(", ")));
    }
    let Some(rooms) = rooms else { return problems };
    let stale = rooms.iter().filter(|name| !arrows.keys().any(|file| room(file) == **name));
    problems.extend(stale.map(|name| format!("{DOCUMENT} lists a room {name}, and there is none")));
    // A crate's root declares the rooms and passes their names on.
    for (file, used) in arrows.iter().filter(|(file, _)| !matches!(file.as_str(), "lib.rs" | "main.rs")) {
        let Some(position) = rooms.iter().position(|name| *name == room(file)) else {
            problems.push(format!("the room of {file} is missing in {DOCUMENT}"));
            continue;
        };
        for (other, name) in used.iter().filter(|(other, _)| room(other) != room(file)) {
            if !rooms[..position].contains(&room(other)) {
                problems.push(format!("upward: {file} uses {other} ({name})"));
            }
        }
    }
    problems
}

#[test]
fn files_make_no_circles_and_rooms_no_upward_arrows() {
    let root = crate::root();
    let document = fs::read_to_string(root.join(DOCUMENT)).unwrap();
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut all_problems = Vec::new();
    for folder in crates.chain([root.join("xtask")]) {
        let name = folder.file_name().unwrap().to_string_lossy();
        let arrows = Crate::read(&folder.join("src")).arrows();
        let known = KNOWN.iter().find(|(of, _)| **of == name).map_or(&[][..], |(_, files)| files);
        let problems = problems(&arrows, rooms(&document, &name).as_deref(), known);
        all_problems.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(all_problems.is_empty(), "\n{}", all_problems.join("\n"));
}

/// The check finds what it is there for, in a crate that has one of each.
#[test]
fn a_circle_and_an_upward_arrow_are_found() {
    let source = std::env::temp_dir().join(format!("xtask-rooms-{}", std::process::id()));
    let files = [
        ("lib.rs", "mod high; mod low; pub use high::High; pub use low::{First, Low};"),
        ("high.rs", "use crate::Low; pub struct High(Low);"),
        ("low/mod.rs", "mod first; mod second; pub use self::first::First; pub struct Low;"),
        ("low/first.rs", "use super::second::*; pub struct First; fn f() { println!(\"{}\", make()); }"),
        ("low/second.rs", "pub fn make() -> crate::First { crate::First }"),
    ];
    fs::create_dir_all(source.join("low")).unwrap();
    for (path, text) in files {
        fs::write(source.join(path), text).unwrap();
    }
    let rooms = rooms("text\n```rooms crate\nlow   is below\nhigh\n```\n", "crate");
    let rooms = rooms.as_deref();
    let circle = "a circle: low/first.rs uses low/second.rs (crate::low::second::make), \
        low/second.rs uses low/first.rs (crate::First)";
    assert_eq!(problems(&Crate::read(&source).arrows(), rooms, &[]), [circle]);
    let known = ["low/first.rs", "low/second.rs"];
    assert!(problems(&Crate::read(&source).arrows(), rooms, &known).is_empty());
    fs::write(
        source.join("low/mod.rs"),
        "mod first; mod second; pub use self::first::First; pub struct Low(crate::High);",
    )
    .unwrap();
    let found = problems(&Crate::read(&source).arrows(), rooms, &known);
    assert_eq!(found[0], "a circle: high.rs uses low/mod.rs (crate::Low), low/mod.rs uses high.rs (crate::High)");
    assert_eq!(found[1..], ["upward: low/mod.rs uses high.rs (crate::High)"]);
    fs::remove_dir_all(&source).unwrap();
}
