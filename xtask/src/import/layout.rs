//! The three layouts in which a page is saved, brought to one: lines, fields, blocks of code.
//!
//! HTML becomes text first: a line for each block element. In text and in HTML, a field is a line with a name followed
//! by a line with a type; in Markdown it is a `<ParamField>` or a `<ResponseField>`.

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A heading or a sentence.
    Line(String),
    /// A block of code, or a JSON sample that stands by itself.
    Code(String),
    /// A parameter or a property.
    Field(Field),
}

/// Where a field belongs, where its markup says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The path.
    Path,
    /// The query.
    Query,
    /// The body of the request.
    Body,
    /// The answer.
    Answer,
}

/// A parameter or a property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The word for its type.
    pub kind: String,
    /// Where it belongs.
    pub place: Option<Place>,
    /// Marked as required.
    pub required: bool,
    /// Marked as read-only.
    pub read_only: bool,
    /// Marked as deprecated.
    pub deprecated: bool,
    /// What the page says about it.
    pub text: String,
}

/// The pieces of a page, each with its line.
pub fn items(text: &str) -> Vec<(usize, Item)> {
    let text = text.trim_start_matches('\u{feff}');
    // Components of Markdown begin with a capital.
    let mut start = text.trim_start().strip_prefix('<').unwrap_or_default().chars();
    if start.next().is_some_and(|first| first == '!' || first == '?' || first.is_ascii_lowercase())
        || text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<html"))
    {
        let lines = plain_of_html(text);
        return from_lines(&lines);
    }
    let lines: Vec<(usize, String)> = text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect();
    from_lines(&lines)
}

/// The elements that end a line.
const BLOCKS: &[&str] = &[
    "p", "div", "br", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section",
    "article", "header", "footer", "nav", "main", "dl", "dt", "dd", "button", "span", "code", "pre", "title", "a",
];
/// The elements that run on in their line where they stand in a sentence.
const INLINE: &[&str] = &["span", "code", "a"];

/// The visible text of HTML, a line for each block. A `<pre>` keeps its lines.
fn plain_of_html(html: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let (mut current, mut started, mut line) = (String::new(), 1, 1);
    let (mut in_pre, mut in_text_block) = (0_usize, 0_usize);
    let mut rest = html;
    let mut flush = |current: &mut String, started: usize| {
        if !current.trim().is_empty() {
            lines.push((started, current.trim_end().to_owned()));
        }
        current.clear();
    };
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("<!--") {
            let (skipped, next) = after.split_once("-->").unwrap_or((after, ""));
            line += skipped.matches('\n').count();
            rest = next;
            continue;
        }
        let is_tag = c == '<' && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if is_tag {
            let Some((tag, next)) = rest[1..].split_once('>') else { break };
            line += tag.matches('\n').count();
            rest = next;
            let closes = tag.starts_with('/');
            let name: String = tag
                .trim_start_matches('/')
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase();
            if !closes && matches!(name.as_str(), "script" | "style" | "svg" | "noscript") && !tag.ends_with('/') {
                let ends = |at: &usize| {
                    rest.get(at + 2..)
                        .and_then(|rest| rest.get(..name.len()))
                        .is_some_and(|end| end.eq_ignore_ascii_case(&name))
                };
                let skipped = rest.match_indices("</").map(|(at, _)| at).find(ends).unwrap_or(rest.len());
                line += rest[..skipped].matches('\n').count();
                rest = &rest[skipped..];
                continue;
            }
            if name == "pre" {
                in_pre = if closes { in_pre.saturating_sub(1) } else { in_pre + 1 };
            }
            if matches!(name.as_str(), "p" | "li" | "td" | "dd" | "h1" | "h2" | "h3" | "h4") {
                in_text_block = if closes { in_text_block.saturating_sub(1) } else { in_text_block + 1 };
            }
            let runs_on = INLINE.contains(&name.as_str()) && (in_text_block > 0 || in_pre > 0);
            if BLOCKS.contains(&name.as_str()) && !runs_on {
                flush(&mut current, started);
                started = line;
            }
            continue;
        }
        if c == '\n' {
            line += 1;
            if in_pre > 0 {
                flush(&mut current, started);
            } else if !current.ends_with(' ') && !current.is_empty() {
                current.push(' ');
            }
            rest = &rest[1..];
            continue;
        }
        if current.is_empty() {
            started = line;
        }
        if c == '&'
            && let Some(end) = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')
            && let (Some(entity), Some(next)) = (rest.get(1..end), rest.get(end + 1..))
            && let Some(decoded) = decoded(entity)
        {
            current.push(decoded);
            rest = next;
            continue;
        }
        if !(c.is_whitespace() && current.is_empty() && in_pre == 0) {
            current.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    flush(&mut current, started);
    lines
}

/// The most bytes of `&#x10FFFF;` and its like.
const LONGEST_ENTITY: usize = 12;

fn decoded(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = entity.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}

/// Words for types on the pages. `[]` may follow.
const TYPES: &[&str] = &["integer", "string", "boolean", "number", "object", "array", "any", "decimal", "file"];

/// The type that a line is, without what the page adds in angle brackets.
fn type_of(line: &str) -> Option<String> {
    let line = line.trim().trim_matches('`');
    let (base, list) = line.strip_suffix("[]").map_or((line, ""), |base| (base, "[]"));
    let (word, form) = match base.split_once('<') {
        Some((word, form)) if form.ends_with('>') => (word, Some(form.trim_end_matches('>'))),
        Some(_) => return None,
        None => (base, None),
    };
    let word = if word == "enum" { form? } else { word };
    let known = TYPES.contains(&word);
    let date = form.filter(|form| *form == "date-time").map_or(String::new(), |form| format!("<{form}>"));
    known.then(|| format!("{word}{date}{list}"))
}

fn is_name(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.len() <= 100 && line.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Marks on lines of their own after the type of a field.
fn mark(line: &str, field: &mut Field) -> bool {
    let line = line.trim();
    match line.to_ascii_lowercase().as_str() {
        "required" => field.required = true,
        "deprecated" => field.deprecated = true,
        "read-only" | "read only" | "readonly" => field.read_only = true,
        lower if lower.starts_with("default:") => {}
        _ => return false,
    }
    true
}

fn from_lines(lines: &[(usize, String)]) -> Vec<(usize, Item)> {
    let mut items = Vec::new();
    let mut i = 0;
    // Where the next line that closes an object or a list stands, found once.
    let mut ahead = [0, 0];
    while let Some((number, line)) = lines.get(i) {
        let trimmed = line.trim();
        i += 1;
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with("```") {
            let mut code = String::new();
            while let Some((_, line)) = lines.get(i) {
                i += 1;
                if line.trim().starts_with("```") {
                    break;
                }
                code.push_str(line);
                code.push('\n');
            }
            items.push((*number, Item::Code(code)));
            continue;
        }
        if let Some(place) = opens_element(trimmed) {
            i = element(lines, i - 1, place, &mut items);
            continue;
        }
        if trimmed == "{" || trimmed == "[" {
            // A sample ends where a line that is not indented closes it.
            let (close, ahead) = if trimmed == "{" { ("}", &mut ahead[0]) } else { ("]", &mut ahead[1]) };
            while *ahead < i || lines.get(*ahead).is_some_and(|(_, line)| line.trim_end() != close) {
                *ahead += 1;
            }
            let length = (*ahead < lines.len()).then_some(*ahead - i);
            if let Some(length) = length {
                let code: Vec<&str> =
                    lines.iter().skip(i - 1).take(length + 2).map(|(_, line)| line.as_str()).collect();
                items.push((*number, Item::Code(code.join("\n"))));
                i += length + 1;
                continue;
            }
        }
        let kind = lines.get(i).filter(|_| is_name(trimmed)).and_then(|(_, next)| type_of(next));
        let Some(kind) = kind else {
            items.push((*number, Item::Line(trimmed.to_owned())));
            continue;
        };
        let mut field = Field { name: trimmed.to_owned(), kind, ..Field::default() };
        i += 1;
        while lines.get(i).is_some_and(|(_, line)| mark(line, &mut field)) {
            i += 1;
        }
        // One line of text follows, unless the next field does.
        if let Some((_, text)) = lines.get(i) {
            let next_is_field = is_name(text) && lines.get(i + 1).is_some_and(|(_, next)| type_of(next).is_some());
            if !next_is_field && !text.trim().is_empty() {
                text.trim().clone_into(&mut field.text);
                i += 1;
            }
        }
        items.push((*number, Item::Field(field)));
    }
    items
}

fn opens_element(line: &str) -> Option<Place> {
    if line.starts_with("<ResponseField") {
        return Some(Place::Answer);
    }
    line.starts_with("<ParamField").then_some(Place::Body)
}

/// Reads an element from the line where it opens; gives the line after it.
fn element(lines: &[(usize, String)], start: usize, place: Place, items: &mut Vec<(usize, Item)>) -> usize {
    // The tag itself may go over several lines.
    let mut tag = String::new();
    let mut i = start;
    while let Some((_, line)) = lines.get(i).filter(|_| i - start < 20) {
        i += 1;
        tag.push_str(line.trim());
        tag.push(' ');
        if line.contains('>') {
            break;
        }
    }
    let (head, rest) = split_tag(&tag);
    let mut field = Field { place: Some(place), ..Field::default() };
    for (name, value) in attributes(head) {
        match (name.as_str(), value) {
            ("path", Some(value)) => (field.place, field.name) = (Some(Place::Path), value),
            ("query", Some(value)) => (field.place, field.name) = (Some(Place::Query), value),
            ("body" | "name", Some(value)) => field.name = value,
            ("type", Some(value)) => field.kind = type_of(&value).unwrap_or(value),
            ("required", value) => field.required = value.as_deref() != Some("false"),
            ("deprecated", value) => field.deprecated = value.as_deref() != Some("false"),
            _ => {}
        }
    }
    let mut text = rest.trim().to_owned();
    let closes = |text: &str| text.contains("</ParamField>") || text.contains("</ResponseField>");
    let closed = head.trim_end().ends_with('/') || closes(&text);
    if !closed {
        while let Some((_, line)) = lines.get(i) {
            // A field inside of this one is an item of its own.
            if opens_element(line.trim()).is_some() {
                break;
            }
            i += 1;
            if closes(line) {
                break;
            }
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    for close in ["</ParamField>", "</ResponseField>"] {
        text = text.replace(close, "");
    }
    text.trim().clone_into(&mut field.text);
    let number = lines.get(start).map_or(1, |(number, _)| *number);
    items.push((number, Item::Field(field)));
    i
}

/// What stands inside of a tag, and what follows it. A `>` in quotes does not end it.
fn split_tag(tag: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return (&tag[..at], &tag[at + 1..]),
            _ => {}
        }
    }
    (tag, "")
}

/// The attributes of a tag: `name="value"`, `name={value}`, or `name` alone.
fn attributes(tag: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = tag.trim_start_matches('<').trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
        if end == 0 {
            return found;
        }
        let (name, after) = rest.split_at(end);
        rest = after;
        let value = after.strip_prefix('=').and_then(|value| {
            let close =
                if value.starts_with('{') { '}' } else { value.chars().next().filter(|c| "\"'".contains(*c))? };
            let (inside, next) = value.get(1..)?.split_once(close).unwrap_or((value, ""));
            rest = next;
            Some(inside.trim_matches(['"', '\'']).to_owned())
        });
        found.push((name.to_owned(), value));
    }
}
