//! What one published page says, as data.
//!
//! The vendor publishes a page for each operation of an entity. People save it as text, as HTML, or as its Markdown
//! twin; [`super::layout`] turns all three into the same [`Item`]s, and [`read`] turns those into a [`Page`].

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{self, Field, Item};
use crate::spec::Operation;
use crate::spec::json::{self, Value};

/// What a page describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageKind {
    /// One of the five operations.
    Operation(Operation),
    /// Records by several ids.
    Several,
    /// The commands of an entity, or how to run one.
    Commands,
}

impl PageKind {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operation(Operation::List) => "list",
            Self::Operation(Operation::Get) => "get",
            Self::Operation(Operation::Create) => "create",
            Self::Operation(Operation::Update) => "update",
            Self::Operation(Operation::Delete) => "delete",
            Self::Several => "several ids",
            Self::Commands => "commands",
        }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it describes.
    pub kind: PageKind,
    /// First segment of the path.
    pub section: String,
    /// Second segment of the path.
    pub plural: String,
    /// The entity, where the page names it.
    pub entity: Option<String>,
    /// The role that the caller needs.
    pub role: Option<String>,
    /// Deprecated; what to use instead, where the page says.
    pub deprecated: Option<Option<String>>,
    /// Properties of the record, or of the body.
    pub properties: Vec<PageProperty>,
    /// Query parameters that filter, without those for pages and order.
    pub filters: Vec<PageProperty>,
    /// Properties that lists leave out.
    pub left_out: BTreeSet<String>,
    /// Enumerations that the page lists the values of.
    pub enums: BTreeMap<String, Vec<(i64, String)>>,
}

/// A property or a parameter, as a page says it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct PageProperty {
    /// Exact name.
    pub name: String,
    /// The page's word for the type: `integer`, `string`, `integer[]`.
    pub kind: String,
    /// Marked as required.
    pub required: bool,
    /// Marked as read-only.
    pub read_only: bool,
    /// Marked as deprecated.
    pub deprecated: bool,
    /// The text says that it is an instant.
    pub is_instant: bool,
    /// The enumeration that the text names.
    pub enumeration: Option<String>,
    /// The sample shows null.
    pub null_in_sample: bool,
    /// Where the page says it.
    pub line: usize,
}

/// Why a page can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What was expected there, and what was found.
    pub what: String,
}

/// The largest page that is read, in bytes. Published pages have less than a tenth of it.
pub const MAX_BYTES: usize = 4 << 20;

/// The most properties or parameters of a page. The largest of the published pages has some 400.
const MAX_FIELDS: usize = 5_000;

/// The most lines of a path that stands on lines of its own.
const MAX_PATH: usize = 40;

/// Parameters of lists that do not filter.
const PAGING: &[&str] = &["page", "size", "orderby", "dir", "id"];
/// Keys of an answer to a write: they say nothing of the entity.
const HEADINGS_OF_ANSWERS: &[&str] = &["response", "responses", "200", "400"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE"];

/// Which part of a page its lines belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Top,
    Path,
    Query,
    Body {
        required: bool,
    },
    Answer,
    /// An answer that reports an error.
    Refusal,
    LeftOut,
    Code,
}

/// Reads a page in any of its three layouts.
pub fn read(text: &str) -> Result<Page, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable { line: 1, what: format!("the page is larger than {MAX_BYTES} bytes") });
    }
    let items = layout::items(text);
    let (method, path, line) = address(&items)?;
    let (section, plural, rest) = segments(&path, line)?;
    let title = items.iter().find_map(|(_, item)| match item {
        Item::Line(text) => entity_in_title(text),
        _ => None,
    });
    let kind = kind(&method, &rest, &items, line)?;
    let mut page = Page {
        kind,
        section,
        plural,
        entity: title,
        role: None,
        deprecated: None,
        properties: Vec::new(),
        filters: Vec::new(),
        left_out: BTreeSet::new(),
        enums: BTreeMap::new(),
    };
    let mut part = Part::Top;
    let mut samples = Vec::new();
    for (line, item) in &items {
        match item {
            Item::Line(text) => {
                if let Some(next) = heading(text, part) {
                    part = next;
                } else {
                    page.sentence(text, part);
                }
            }
            Item::Code(text) => {
                if part != Part::Refusal
                    && let Ok(node) = json::parse(text)
                {
                    samples.push(node.value);
                }
            }
            Item::Field(field) => page.field(field, part, *line)?,
        }
    }
    let writes = matches!(kind, PageKind::Operation(Operation::Create | Operation::Update));
    if page.properties.is_empty() && (writes || kind == PageKind::Operation(Operation::Get)) {
        let expected = if writes { "the properties of the body" } else { "the properties of the record" };
        let last = items.last().map_or(1, |(line, _)| *line);
        return Err(Unreadable {
            line: last,
            what: format!(
                "expected {expected} before the end of the page: a line with a name, then a line with a type, or `<{} name=... type=...>`",
                if writes { "ParamField" } else { "ResponseField" }
            ),
        });
    }
    if !writes {
        page.nulls(&samples);
    }
    Ok(page)
}

/// The method and the path: `GET`, then `/`, `api`, `/`, ... on lines of their own, or both on one line.
fn address(items: &[(usize, Item)]) -> Result<(String, String, usize), Unreadable> {
    let lines: Vec<(usize, &str)> = items
        .iter()
        .filter_map(|(line, item)| match item {
            Item::Line(text) => Some((*line, text.trim())),
            _ => None,
        })
        .collect();
    for (i, (line, text)) in lines.iter().enumerate() {
        // The head of a Markdown page has the address under a key.
        let text = ["api:", "openapi:", "#", ">"]
            .iter()
            .fold(*text, |text, start| text.trim_start_matches(start).trim_start());
        let mut words = text.split_whitespace();
        let method = words.next().unwrap_or_default().trim_matches('"').to_ascii_uppercase();
        if !METHODS.contains(&method.as_str()) {
            continue;
        }
        if let Some(path) = words.next() {
            let path = path.trim_matches(['"', '`']);
            let path = path.find("/api/").and_then(|at| path.get(at..)).unwrap_or(path);
            if path.starts_with("/api/") {
                return Ok((method, path.to_owned(), *line));
            }
            continue;
        }
        // Segments and slashes take turns; what breaks the turn ends the path.
        let mut path = String::new();
        for (_, part) in lines.iter().skip(i + 1).take(MAX_PATH) {
            let is_slash = *part == "/";
            let is_segment = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "{}_-".contains(c));
            if is_slash == path.ends_with('/') && !path.is_empty() || !is_slash && (!is_segment || path.is_empty()) {
                break;
            }
            path.push_str(part);
        }
        if path.starts_with("/api/") {
            return Ok((method, path, *line));
        }
    }
    Err(Unreadable {
        line: lines.first().map_or(1, |(line, _)| *line),
        what: "expected a method and a path, as `GET /api/sys/users` or with each segment on a line of its own; there is none on this page"
            .to_owned(),
    })
}

/// Section, plural, and what follows them.
fn segments(path: &str, line: usize) -> Result<(String, String, Vec<String>), Unreadable> {
    let path = path.split('?').next().unwrap_or(path);
    let mut parts = path.trim_start_matches("/api/").split('/').filter(|part| !part.is_empty());
    let name = |part: Option<&str>| {
        let part = part.unwrap_or_default().to_ascii_lowercase();
        let good =
            !part.is_empty() && part.len() <= 100 && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        good.then_some(part)
    };
    match (name(parts.next()), name(parts.next())) {
        (Some(section), Some(plural)) => Ok((section, plural, parts.map(str::to_ascii_lowercase).collect())),
        _ => Err(Unreadable {
            line,
            what: format!("expected a path as /api/<section>/<plural>, found `{}`", shown(path)),
        }),
    }
}

fn kind(method: &str, rest: &[String], items: &[(usize, Item)], line: usize) -> Result<PageKind, Unreadable> {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let several = items.iter().any(|(_, item)| match item {
        Item::Line(text) => {
            let text = text.trim_start_matches(['#', ' ']).to_ascii_lowercase();
            text.starts_with("get multiple ") || text.starts_with("get several ") || text.contains("by several ids")
        }
        _ => false,
    });
    Ok(match (method, rest.as_slice()) {
        (_, ["commands" | "runcommand", ..]) => PageKind::Commands,
        ("GET", []) if several => PageKind::Several,
        ("GET", []) => PageKind::Operation(Operation::List),
        ("GET", [id]) if id.starts_with('{') => PageKind::Operation(Operation::Get),
        ("POST", []) => PageKind::Operation(Operation::Create),
        ("PUT", [] | [_]) => PageKind::Operation(Operation::Update),
        ("DELETE", [_]) => PageKind::Operation(Operation::Delete),
        _ => {
            return Err(Unreadable {
                line,
                what: format!(
                    "expected one of the operations list, get, create, update, delete, commands; found {method} with `/{}` after the plural",
                    shown(&rest.join("/"))
                ),
            });
        }
    })
}

/// The last word of a title such as "Get one Booking".
fn entity_in_title(text: &str) -> Option<String> {
    let text = text.trim_start_matches("title:").trim_matches(['#', ' ', '"', '\'']);
    let (verb, name) = text.rsplit_once(' ')?;
    let verbs = [
        "Get one",
        "Get a",
        "Get an",
        "Create",
        "Create a",
        "Create an",
        "Update",
        "Update a",
        "Update an",
        "Delete",
        "Delete a",
        "Delete an",
    ];
    (verbs.contains(&verb) && is_name(name)).then(|| name.to_owned())
}

fn heading(text: &str, part: Part) -> Option<Part> {
    let is_title = text.trim_start().starts_with('#');
    let text = text.trim().trim_matches(['#', ' ', '*', ':']).to_ascii_lowercase();
    Some(match text.as_str() {
        "authentication" | "authorizations" => Part::Top,
        "path parameters" => Part::Path,
        "query parameters" | "pagination & sorting" | "pagination and sorting" | "filters" | "range filters" => {
            Part::Query
        }
        "request body" | "body" | "optional fields" => Part::Body { required: false },
        "required fields" => Part::Body { required: true },
        "code examples" | "example request" => Part::Code,
        "400" | "401" | "403" | "404" => Part::Refusal,
        text if HEADINGS_OF_ANSWERS.contains(&text) => Part::Answer,
        "partial records" => Part::LeftOut,
        // A heading of its own ends the list of what is left out.
        _ if is_title && part == Part::LeftOut => Part::Top,
        _ => return None,
    })
}

/// A text of the page in a message: on one line, and not long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Page {
    /// Takes what a sentence outside of fields says.
    fn sentence(&mut self, text: &str, part: Part) {
        if let Some(role) = role(text) {
            if self.entity.is_none() {
                self.entity = role.split_once('-').map(|(entity, _)| entity.to_owned());
            }
            self.role = Some(role);
        }
        let plain = text.trim().trim_start_matches(['>', ' ', '*', '#']);
        if part == Part::Top && self.deprecated.is_none() && plain.to_ascii_lowercase().starts_with("deprecated") {
            let replacement = plain.split_once("Use ").and_then(|(_, rest)| rest.split_once(" instead"));
            let name = replacement.map(|(name, _)| name.trim().trim_matches('`'));
            // Sentences of pages are not taken.
            self.deprecated = Some(name.filter(|name| is_name(name)).map(str::to_owned));
        }
        let lower = plain.to_ascii_lowercase();
        if part == Part::LeftOut || lower.contains("partial record") || lower.contains("not populated") {
            let names = plain.split([',', ' ', ':', ';', '(', ')']).map(|word| word.trim_matches(['`', '.', '*', '-']));
            // A name of a property has a capital letter inside, or stands in a list of names.
            let names = names.filter(|name| is_name(name) && name.starts_with(|c: char| c.is_ascii_uppercase()));
            let listed = plain.contains('`') || plain.contains(',') || part == Part::LeftOut && !plain.contains(' ');
            let quoted: Option<BTreeSet<&str>> =
                plain.contains('`').then(|| plain.split('`').skip(1).step_by(2).collect());
            for name in names.filter(|name| listed && quoted.as_ref().is_none_or(|quoted| quoted.contains(name))) {
                self.left_out.insert(name.to_owned());
            }
        }
        self.values(text);
    }

    /// Takes the values of an enumeration: `eName enum values: 1 = First, 2 = Second`.
    fn values(&mut self, text: &str) -> Option<String> {
        let (before, after) = text.split_once("enum values:")?;
        let name = before.split_whitespace().next_back()?.trim_matches(['`', '*', '(']);
        if !is_name(name) {
            return None;
        }
        let mut values = Vec::new();
        for pair in after.split([',', ';']) {
            let Some((number, word)) = pair.split_once('=') else { continue };
            let word = word.trim().trim_matches(['.', '`', ')', ' ']);
            let number = number.trim().trim_matches(['`', '(']);
            if let Ok(number) = number.parse::<i64>()
                && is_name(word)
            {
                values.push((number, word.to_owned()));
            }
        }
        if values.is_empty() {
            return None;
        }
        self.enums.insert(name.to_owned(), values);
        Some(name.to_owned())
    }

    /// Takes a field in the part of the page that it stands in.
    fn field(&mut self, field: &Field, part: Part, line: usize) -> Result<(), Unreadable> {
        let part = match field.place {
            Some(layout::Place::Path) => Part::Path,
            Some(layout::Place::Query) => Part::Query,
            Some(layout::Place::Body) if !matches!(part, Part::Body { .. }) => Part::Body { required: false },
            Some(layout::Place::Answer) if part != Part::Refusal => Part::Answer,
            _ => part,
        };
        if !is_name(&field.name) {
            let name = shown(&field.name);
            return Err(Unreadable { line, what: format!("expected the name of a property, found `{name}`") });
        }
        let lower = field.text.to_ascii_lowercase();
        let property = PageProperty {
            name: field.name.clone(),
            kind: field.kind.clone(),
            required: field.required || part == (Part::Body { required: true }),
            read_only: field.read_only || lower.contains("(read-only)") || lower.contains("(read only)"),
            deprecated: field.deprecated || lower.starts_with("deprecated"),
            is_instant: field.kind.contains("date-time")
                || lower.contains("iso 8601")
                || lower.starts_with("date and time"),
            enumeration: self.values(&field.text),
            null_in_sample: false,
            line,
        };
        let writes = matches!(self.kind, PageKind::Operation(Operation::Create | Operation::Update));
        let reads = matches!(self.kind, PageKind::Operation(Operation::Get));
        let list = match part {
            Part::Query if PAGING.contains(&field.name.to_ascii_lowercase().as_str()) => return Ok(()),
            Part::Query => &mut self.filters,
            Part::Body { .. } if writes => &mut self.properties,
            Part::Answer if reads => &mut self.properties,
            _ => return Ok(()),
        };
        if list.len() >= MAX_FIELDS {
            return Err(Unreadable { line, what: format!("expected at most {MAX_FIELDS} properties on one page") });
        }
        if let Some(first) = list.iter().find(|first| first.name == property.name) {
            return Err(Unreadable {
                line,
                what: format!("`{}` comes a second time; it came before on line {}", property.name, first.line),
            });
        }
        list.push(property);
        Ok(())
    }

    /// Takes from the samples which properties are null. A sample of types (`"<string>"`) shows none.
    fn nulls(&mut self, samples: &[Value]) {
        let null: BTreeSet<&str> = samples
            .iter()
            .filter_map(|sample| if let Value::Object(members) = sample { Some(members) } else { None })
            .flatten()
            .filter(|member| matches!(member.node.value, Value::Null))
            .map(|member| member.key.as_str())
            .collect();
        for property in &mut self.properties {
            property.null_in_sample |= null.contains(property.name.as_str());
        }
    }
}

/// `Booking-List` in a sentence that names the role.
fn role(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let [role, after] = pair else { return None };
        let role = role.trim_matches(['`', '*']);
        let (entity, suffix) = role.split_once('-')?;
        (after.trim_matches(['.', ',']) == "role" && is_name(entity) && is_name(suffix)).then(|| role.to_owned())
    })
}
