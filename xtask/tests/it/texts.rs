//! Odd texts of the spec through the generator, the compiler and rustdoc: each means itself, or the loader refuses it
//! and says where it stands.
//!
//! All of them go into one crate, since starting the compiler costs more than any text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use xtask::{codegen, spec};

use crate::root;
use crate::scratch::{Scratch, read};

/// What Markdown, Rust or rustdoc could take for something else.
const PARTS: &[&str] = &[
    "https://example.com/a_b?c=d&e=[1]",
    "http://one.example/x",
    "(https://a.b/c).",
    "<https://one.example>",
    "https://",
    "ftp://a.b/c",
    "HTTPS://A.B",
    "a@b.example",
    "www.a.example",
    "http://[::1]/",
    "http://a.b/`c`",
    "~~~",
    "~~~rust",
    "```",
    "`",
    "``",
    "`code`",
    "`a [b] <c>`",
    "`a | b`",
    "` `",
    "`\\`",
    "`https://a.b`",
    "[link](there)",
    "[link]",
    "[`Vec`]",
    "[x]: y",
    "[^1]",
    "![i](j)",
    "<b>",
    "</div>",
    "<!--",
    "<script>",
    "<?",
    "&amp;",
    "&#96;",
    "***",
    "*a*",
    "**",
    "_x_",
    "__",
    "~x~",
    "- a",
    "+ a",
    "* a",
    "# h",
    "###",
    "1. one",
    "2)",
    "===",
    "=",
    "---",
    "- - -",
    ":-:",
    "|-|",
    "| a | b |",
    "\\",
    "\\n",
    "\\`",
    "\"",
    "'",
    "!",
    "|",
    "$x$",
    "$name",
    "^2^",
    "word",
    "Ends.",
    "e.g. this",
    "`1.5`.",
    "#[attr]",
    "#![x]",
    "{Id}",
    "{}",
    "{{",
    "{#id .class}",
    "/// doc",
    "//! doc",
    "*/",
    "/*",
    "é",
    "\u{a0}",
    "\u{200b}",
    "\u{feff}",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{85}",
    "\u{7}",
    "\t",
    "\n",
    "\r",
    "\n\n",
    "+",
    ">",
    "> quote",
    ">>> x",
    "r#type",
    "\"#",
    "r\"",
    "...",
    "--",
    "??!",
    "\u{1f600}",
    "    indented",
    "http://one.example>http://two.example",
    "(https://one.example|https://two.example)",
    "\\http://one.example\\\"https://two.example",
    "a-very-long-word-that-fills-most-of-a-line-so-that-the-next-word-begins-one-aaaaaaaaaaaaaaaaaaaaaaaa",
];

/// Texts of a few parts each, the same in every run.
fn texts(count: usize) -> Vec<String> {
    let mut state = 11_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let single = PARTS.iter().map(|part| (*part).to_owned());
    let mixed: Vec<String> = (0..count)
        .map(|_| {
            let mut text = String::new();
            for _ in 0..2 + next(4) {
                text.push_str(PARTS[next(PARTS.len())]);
                text.push_str(["", " ", " "][next(3)]);
            }
            text
        })
        .collect();
    single.chain(mixed).collect()
}

/// The rows of a spec, each with one text in it.
#[derive(Default)]
struct Rows {
    sections: Vec<Value>,
    entities: Vec<Value>,
    unplaced: Vec<Value>,
    enums: Vec<Value>,
    notes: Vec<Value>,
    properties: Vec<Value>,
    related: Vec<Value>,
    files: Vec<Value>,
    commands: Vec<Value>,
    actions: Vec<Value>,
}

fn entity(name: &str, section: &str, doc: &str) -> Value {
    json!({"$schema": "../schema/entity.json", "entity": name, "plural": name.to_lowercase(), "section": section,
        "doc": doc, "operations": ["list", "get", "create", "update"]})
}

fn property(i: usize) -> Value {
    json!({"name": format!("P{i}"), "type": "text", "create": "optional", "update": true})
}

/// The value with more keys, behind those that it has.
fn with(mut value: Value, more: &[(&str, Value)]) -> Value {
    for (key, more) in more {
        value[key] = more.clone();
    }
    value
}

/// Where a spec has texts of any form, and how a row with one is made. Its last part is the Rust that checks the table.
type Place = (&'static str, fn(&mut Rows, usize, &str), Option<fn(usize) -> String>);

const PLACES: &[Place] = &[
    (
        "a property",
        |rows, i, text| {
            let more = [
                ("filter", true.into()),
                ("filter_from", "rule".into()),
                ("from", "reference".into()),
                ("doc", text.into()),
            ];
            rows.properties.push(with(property(i), &more));
        },
        Some(|i| format!("field(\"P{i}\").doc()")),
    ),
    (
        "a default",
        |rows, i, text| {
            let more = [("default", text.into()), ("from", "reference".into()), ("doc", "Said. Twice.".into())];
            rows.properties.push(with(property(i), &more));
        },
        Some(|i| {
            format!(
                "(field(\"P{i}\").doc() == Some(\"Said. Twice.\")).then(|| serde_json::from_str::<String>(field(\"P{i}\").default.unwrap()).unwrap()).as_deref()"
            )
        }),
    ),
    (
        "a deprecated property",
        |rows, i, text| {
            rows.properties.push(with(property(i), &[("from", "reference".into()), ("deprecated", text.into())]));
        },
        None,
    ),
    (
        "an entity",
        |rows, i, text| rows.entities.push(entity(&format!("E{i}"), "odd", text)),
        Some(|i| format!("Some(texts::find(\"E{i}\").unwrap().doc)")),
    ),
    (
        "a deprecated entity",
        |rows, i, text| {
            rows.entities
                .push(with(entity(&format!("E{i}"), "odd", "Old."), &[("deprecated", json!({"replacement": text}))]));
        },
        Some(|i| format!("texts::find(\"E{i}\").unwrap().deprecated")),
    ),
    (
        "a section",
        |rows, i, text| {
            let name = format!("s{i:04}");
            rows.entities.push(entity(&format!("E{i}"), &name, "One."));
            rows.sections.push(json!({"name": name, "doc": text}));
        },
        None,
    ),
    (
        "an enumeration",
        |rows, i, text| rows.enums.push(json!({"name": format!("E{i}Kind"), "doc": text, "values": [[1, "One"]]})),
        None,
    ),
    (
        "a value",
        |rows, i, text| rows.enums.push(json!({"name": format!("E{i}Kind"), "values": [[1, text, "One"]]})),
        Some(|i| format!("<texts::enums::E{i}Kind as texts::core::OpenEnum>::TABLE.name_of(1)")),
    ),
    (
        "an entity without a section",
        |rows, i, text| {
            rows.unplaced.push(json!({"entity": format!("U{i:04}"), "plural": format!("u{i:04}s"), "why": text}));
        },
        None,
    ),
    ("a note", |rows, _, text| rows.notes.push(text.into()), None),
    (
        "a filter",
        |rows, i, text| rows.related.push(json!({"name": format!("Host_Other{i}"), "type": "text", "doc": text})),
        None,
    ),
    (
        "a file",
        |rows, i, text| rows.files.push(json!({"name": format!("F{i}"), "path": format!("getf{i}"), "doc": text})),
        None,
    ),
    (
        "a command",
        |rows, i, text| rows.commands.push(json!({"key": format!("C{i:04}"), "doc": text})),
        Some(|i| format!("host.known_commands.iter().find(|command| command.key == \"C{i:04}\").unwrap().doc")),
    ),
    (
        "a parameter",
        |rows, i, text| {
            rows.commands.push(
                json!({"key": format!("C{i:04}"), "parameters": [{"name": text, "also": [text], "type": "text"}]}),
            );
        },
        Some(|i| {
            format!(
                "host.known_commands.iter().find(|command| command.key == \"C{i:04}\").map(|command| command.parameters[0].name)"
            )
        }),
    ),
    (
        "an action",
        |rows, i, text| {
            rows.actions.push(json!({"name": format!("a{i}"), "method": "POST", "path": format!("a{i}"), "doc": text}));
        },
        Some(|i| format!("host.actions.iter().find(|action| action.name == \"a{i}\").unwrap().doc")),
    ),
    (
        "a key",
        |rows, i, text| {
            rows.actions
                .push(json!({"name": format!("a{i}"), "method": "POST", "path": format!("a{i}"), "query": [text],
                "body": "object", "body_keys": [text], "answer": "object", "answer_keys": [text]}));
        },
        Some(|i| format!("host.actions.iter().find(|action| action.name == \"a{i}\").map(|action| action.query[0])")),
    ),
];

/// Text `i` in its place.
fn place(i: usize) -> &'static Place {
    &PLACES[i % PLACES.len()]
}

/// A spec with these texts.
fn files<'a>(texts: impl IntoIterator<Item = &'a (usize, String)>) -> BTreeMap<String, String> {
    let mut rows = Rows::default();
    for (i, text) in texts {
        (place(*i).1)(&mut rows, *i, text);
    }
    rows.sections.push(json!({"name": "odd", "doc": "Oddities."}));
    rows.sections.sort_by_key(|section| section["name"].to_string());
    let mut host = entity("Host", "odd", "It has what entities have.");
    for (key, list) in
        [("notes", rows.notes), ("related_filters", rows.related), ("files", rows.files), ("actions", rows.actions)]
    {
        if !list.is_empty() {
            host[key] = list.into();
        }
    }
    if !rows.commands.is_empty() {
        host["commands"] = true.into();
        host["known_commands"] = rows.commands.into();
    }
    let any = with(property(100_000), &[("from", "reference".into())]);
    host["properties"] = [vec![any.clone()], rows.properties].concat().into();
    let mut files = BTreeMap::new();
    for mut entity in [vec![host], rows.entities].concat() {
        if entity["properties"].is_null() {
            entity["properties"] = json!([any]);
        }
        let path = format!("spec/{}/{}.json", entity["section"].as_str().unwrap(), entity["plural"].as_str().unwrap());
        files.insert(path, ordered(&entity));
    }
    let mut api: Value = serde_json::from_str(&read(root().join("spec/api.json"))).unwrap();
    for (key, value) in [
        ("sections", rows.sections.into()),
        ("unplaced", rows.unplaced.into()),
        ("well_known", json!({"the_host": "Host"})),
        ("webhooks", json!({})),
    ] {
        api[key] = value;
    }
    files.insert("spec/api.json".to_owned(), ordered(&api));
    let enums = json!({"$schema": "schema/enums.json", "enums": rows.enums});
    files.insert("spec/enums.json".to_owned(), ordered(&enums));
    files
}

/// The keys of objects of the spec, in the order in which they stand.
const ORDERS: &[&[&str]] = &[
    spec::API_KEYS,
    spec::SECTION_KEYS,
    spec::ROLE_KEYS,
    spec::PAGING_KEYS,
    spec::ENVELOPE_KEYS,
    spec::UNPLACED_KEYS,
    spec::ENUMS_KEYS,
    spec::ENUM_KEYS,
    spec::ENTITY_KEYS,
    spec::DEPRECATED_KEYS,
    spec::PROPERTY_KEYS,
    spec::RELATED_KEYS,
    spec::COMMAND_KEYS,
    spec::PARAMETER_KEYS,
    spec::ACTION_KEYS,
    spec::FILE_KEYS,
];

/// A file of the spec: keys in their order, and the elements of its lists on a line each.
fn ordered(file: &Value) -> String {
    fn write(value: &Value, depth: usize) -> String {
        match value {
            Value::Object(map) => {
                let keys = ORDERS.iter().find(|keys| map.keys().all(|key| keys.contains(&key.as_str())));
                let mut members: Vec<_> = map.iter().collect();
                members.sort_by_key(|(key, _)| keys.and_then(|keys| keys.iter().position(|known| known == key)));
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{key:?}: {}", write(value, depth + 1))).collect();
                format!("{{{}}}", members.join(", "))
            }
            Value::Array(items) => {
                let between = if depth == 1 { ",\n" } else { ", " };
                format!("[{}]", items.iter().map(|item| write(item, depth + 1)).collect::<Vec<_>>().join(between))
            }
            other => other.to_string(),
        }
    }
    write(file, 0)
}

/// What a reader sees of a text, or of a page: without blanks, backticks, and the marks that rustdoc makes nicer.
fn seen(text: &str) -> String {
    let mut out = text.replace(['\u{201c}', '\u{201d}'], "\"").replace(['\u{2018}', '\u{2019}'], "'");
    for (nice, plain) in [("\u{2026}", "..."), ("\u{2013}", "--"), ("\u{2014}", "---")] {
        out = out.replace(nice, plain);
    }
    out.retain(|c| !c.is_whitespace() && c != '`');
    out
}

/// The text of a page of HTML.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    for (i, part) in html.split('<').enumerate() {
        text.push_str(if i == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) });
    }
    for (entity, c) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
        text = text.replace(entity, c);
    }
    text
}

/// Every page below a folder.
fn pages(folder: &Path, pages: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            self::pages(&path, pages);
        } else if path.extension().is_some_and(|end| end == "html") {
            pages.push((path.display().to_string(), read(&path)));
        }
    }
}

#[test]
fn odd_texts_mean_themselves() {
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    for (i, text) in texts(700).into_iter().enumerate() {
        // A number before or behind the text tells it from others. Few keep the blank at an end.
        let text = if i % 10 < 8 { text.trim() } else { &text };
        let text = if i % 2 == 0 { format!("{text} end{i}") } else { format!("begin{i} {text}") };
        let row = (i, text);
        match spec::load(&files([&row])) {
            Ok(_) => taken.push(row),
            Err(faults) => {
                assert!(faults.iter().all(|fault| fault.at.is_some()), "{row:?}: {}", spec::report(&faults));
                refused.push(row);
            }
        }
    }
    assert!(taken.len() > 300 && refused.len() > 50, "{} taken, {} refused", taken.len(), refused.len());

    let files = files(&taken);
    let spec = spec::load(&files).unwrap_or_else(|faults| panic!("{}", spec::report(&faults)));
    let output = codegen::generate(&spec).unwrap();
    let mut main = String::from(
        "//! Compares the tables with the texts.\n#![allow(deprecated)]\n\nfn main() {\n    let host = texts::find(\"Host\").unwrap();\n    let field = |name: &str| host.field(host.position(name).unwrap()).unwrap();\n",
    );
    for (i, text) in &taken {
        if let (name, _, Some(check)) = place(*i) {
            // Writing into a String does not fail.
            let _ = writeln!(main, "    assert_eq!({}, Some({text:?}), \"{name}\");", check(*i));
        }
    }
    main.push_str("}\n");
    let sections: Vec<&str> = spec.api.sections.iter().map(|section| section.name.as_str()).collect();
    let all = format!("{sections:?}");
    let features: Vec<(&str, &str)> =
        sections.iter().map(|section| (*section, "[]")).chain([("default", all.as_str())]).collect();
    let scratch = Scratch { name: "texts", features: &features, output: &output, main: &main };
    for command in [&["run"][..], &["doc", "--lib", "--no-deps"]] {
        let run = scratch.cargo(command);
        assert!(run.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&run.stderr));
    }

    let mut pages = Vec::new();
    self::pages(&Scratch::target().join("doc/texts"), &mut pages);
    // What is marked as an example is compiled by the tests of documentation.
    for (path, page) in &pages {
        assert!(!page.contains("example-wrap"), "an example in {path}");
    }
    let shown: String = pages.iter().map(|(_, page)| seen(&text_of(page))).collect();
    let lost: Vec<_> = taken
        .iter()
        .filter_map(|(i, text)| {
            let expected = match place(*i).0 {
                "a key" => return None,
                // JSON has several escapes for these.
                "a default" if text.contains(char::is_control) => return None,
                "a default" => Value::from(text.as_str()).to_string(),
                _ => text.clone(),
            };
            (!shown.contains(&seen(&expected))).then_some((place(*i).0, expected))
        })
        .collect();
    assert!(lost.is_empty(), "{} of {} are not shown: {lost:#?}", lost.len(), taken.len());
}
