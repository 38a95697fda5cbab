//! `nexudus <entity> list`

use clap::{Arg, ArgAction, ArgMatches};
use nexudus_client::model::core::{Direction, EntityTable, Field, Kind, ListQuery, Operation, PageInfo};

use super::records::{object_of, property_named, select, warn_of_changes};
use crate::commands::branch::{Branch, is_on, number, switch, text, texts, value, values};
use crate::commands::command::Verb;
use crate::context::Context;
use crate::failure::Failure;
use crate::input::{expectation, parse_id, query_text};
use crate::json::{Object, Raw};
use crate::output::{CommandOutput, CsvStyle, Filter, Format, List, Style};
use crate::records::HIDDEN;
use crate::redact::Redactor;
use crate::tables::{Flag, Role, default_columns, filter_flags, is_looked_for, label_field};

/// Records on a page where nobody says: the service's own number.
const SIZE: u32 = 25;

/// Records on a page of `--all`: a compromise between the number of requests and the size of an answer.
const STREAM_SIZE: u32 = 250;

/// Pages that are asked for ahead.
const AHEAD: usize = 2;

/// `list`
pub(crate) const VERB: Verb = Verb {
    name: "list",
    about: "List {}",
    exists: |table| table.allows(Operation::List),
    build,
    run: |context, table, matches| Box::pin(run(context, table, matches)),
};

fn build(command: clap::Command, table: &'static EntityTable) -> Branch {
    let command = add_output_flags(command)
        .arg(switch("all", "Fetch all pages"))
        .arg(value("limit", "N", "At most this many records"))
        .arg(value("page", "N", "The number of the page, from 1").alias("page-number"))
        .arg(value("size", "N", "Records on a page, up to 1000 [default: 25]").alias("page-size"))
        .arg(value("order-by", "PROPERTY", "Sort by this property"))
        .arg(switch("desc", "From the largest to the smallest"))
        .arg(value("dir", "0|1", "0 sorts ascending, 1 descending").hide(true))
        .arg(values("where", "CONDITION", "Filter, such as 'CreatedOn>=2026-01-01' or 'Active=true'; repeat for more"))
        .arg(values("id", "ID", "Only the record with this id; repeat for more"));
    let command = match label_field(table) {
        Some(_) => command.arg(value("query", "TEXT", "Only records of this name")),
        None => command,
    };
    let taken: Vec<String> =
        command.get_arguments().filter_map(clap::Arg::get_long).map(crate::tables::squash).collect();
    let mut flags = filter_flags(table);
    flags.retain(|flag| !taken.contains(&crate::tables::squash(&flag.name)));
    let command = add_ignored_location(command, &flags);
    let command = flags.iter().fold(command, |command, flag| command.arg(filter_argument(table, flag)));
    Branch { command, flags }
}

fn filter_argument(table: &EntityTable, flag: &Flag) -> Arg {
    let help = match flag.role {
        Role::Value => format!("Only with this {}: {}", flag.property, short_expectation(flag.kind)),
        Role::From => format!("Only with this {} or a larger one", flag.property),
        Role::To => format!("Only with this {} or a smaller one", flag.property),
    };
    Arg::new(flag.name.clone())
        .long(flag.name.clone())
        .value_name(value_name(flag.kind))
        .action(ArgAction::Append)
        .allow_negative_numbers(true)
        .hide_short_help(!is_common_filter(table, flag))
        .help_heading("Filters")
        .help(help)
}

/// The flag for a location that the service's own tool has everywhere. Where no property stands for it, the service
/// ignores it: it is taken, with a warning, so that scripts go on.
pub(crate) const LOCATION: &str = "business";

/// Adds the flag for a location where no property's flag has its name.
pub(crate) fn add_ignored_location(command: clap::Command, flags: &[Flag]) -> clap::Command {
    let has_it = flags.iter().any(|flag| flag.other_names().iter().any(|name| name == LOCATION));
    if has_it { command } else { command.arg(value(LOCATION, "ID", "Ignored by the service").hide(true)) }
}

/// Says that the flag for a location does nothing here.
pub(crate) fn warn_of_location(context: &Context, table: &EntityTable, matches: &ArgMatches) {
    if text(matches, LOCATION).is_some() {
        context.warn(&format!("--business is ignored: {} are of no one location", table.plural));
    }
}

/// Whether the short help shows a filter: a value, or the ends of a date, of a property that people look for.
fn is_common_filter(table: &EntityTable, flag: &Flag) -> bool {
    let is_date = matches!(flag.kind, Kind::DateTime | Kind::Civil);
    let is_required = flag.parameter.as_deref().is_some_and(|parameter| table.required_filters.contains(&parameter));
    is_required
        || flag.field.is_some_and(|field| is_looked_for(table, field.name)) && (flag.role == Role::Value || is_date)
}

/// What a value is called in a usage line.
pub(crate) fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Id(_) => "ID",
        Kind::Int | Kind::Decimal => "NUMBER",
        Kind::Bool => "BOOL",
        Kind::Text => "TEXT",
        Kind::DateTime | Kind::Civil => "DATE",
        Kind::Guid => "GUID",
        Kind::Enum(_) => "VALUE",
        Kind::Ids(_) => "IDS",
        Kind::Json => "JSON",
    }
}

/// What a property takes, short enough for a line of help.
pub(crate) fn short_expectation(kind: Kind) -> String {
    match kind {
        Kind::Enum(table) => {
            let names: Vec<_> = table.values.iter().take(8).map(|(_, name)| *name).collect();
            format!("{}{}", names.join(", "), if table.values.len() > 8 { ", ..." } else { "" })
        }
        Kind::Id(entity) => format!("id of a {entity}"),
        Kind::Ids(Some(entity)) => format!("ids of {entity}, repeat or separate by commas"),
        Kind::Ids(None) => "ids, repeat or separate by commas".to_owned(),
        Kind::DateTime => "date, UTC where no zone is given".to_owned(),
        Kind::Civil => "wall-clock date".to_owned(),
        Kind::Guid => "unique id".to_owned(),
        kind => expectation(kind),
    }
}

/// The flags that say how records are printed.
pub(crate) fn add_output_flags(command: clap::Command) -> clap::Command {
    command
        .arg(
            value("columns", "NAMES", "Only these properties (A,B), or more and fewer than by default (+A,-B)")
                .allow_hyphen_values(true),
        )
        .arg(switch("no-header", "Omit the column names"))
        .arg(value("jq", "EXPRESSION", "Print what this jq expression makes of the data"))
        .arg(switch("raw-output", "Print strings that --jq gives without quotes").hide_short_help(true))
        .arg(value("delimiter", "CHARACTER", "The delimiter of CSV").hide_short_help(true))
        .arg(switch("bom", "Begin CSV with a byte-order mark").hide_short_help(true))
        .arg(switch("csv-raw", "Write CSV cells without protection against formulas").hide_short_help(true))
}

/// The style that the flags ask for.
pub(crate) fn style_of(context: &Context, matches: &ArgMatches) -> Result<Style, Failure> {
    let mut style = context.style();
    style.no_header = is_on(matches, "no-header");
    style.csv = CsvStyle {
        delimiter: text(matches, "delimiter").map_or(Ok(b','), CsvStyle::parse_delimiter)?,
        bom: is_on(matches, "bom"),
        raw: is_on(matches, "csv-raw"),
    };
    style.jq = text(matches, "jq").map(Filter::compile).transpose()?;
    style.raw_strings = is_on(matches, "raw-output");
    Ok(style)
}

/// The columns that `--columns` asks for; `None` where it does not.
pub(crate) fn columns_of(table: &'static EntityTable, matches: &ArgMatches) -> Result<Option<Vec<String>>, Failure> {
    let Some(text) = text(matches, "columns") else { return Ok(None) };
    let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err(Failure::usage("--columns: give at least one property"));
    }
    let signed = names.iter().filter(|name| name.starts_with(['+', '-'])).count();
    let is_relative = signed == names.len();
    if signed > 0 && !is_relative {
        return Err(Failure::usage(format!("--columns {text}: give properties (A,B), or changes alone (+A,-B)")));
    }
    let mut columns: Vec<String> =
        if is_relative { default_columns(table).into_iter().map(str::to_owned).collect() } else { Vec::new() };
    for name in names {
        let (drop, name) = match (is_relative, name.split_at_checked(1)) {
            (true, Some((sign, name))) => (sign == "-", name),
            _ => (false, name),
        };
        let name = property_named(table, name)?;
        if drop {
            columns.retain(|column| column != name);
        } else if !columns.iter().any(|column| column == name) {
            columns.push(name.to_owned());
        }
    }
    Ok(Some(columns))
}

/// The columns of a list: those that were asked for, or those of the format. CSV is for other programs and has all.
pub(crate) fn shown_columns(table: &'static EntityTable, columns: Option<&[String]>, format: Format) -> Vec<String> {
    match (columns, format) {
        (Some(columns), _) => columns.to_vec(),
        (None, Format::Csv) => {
            let comes_in_lists = |field: &&Field| !field.is_write_only() && !field.is_get_only();
            let names = table.all_fields().filter(comes_in_lists).map(|field| field.name.to_owned());
            let mut columns: Vec<_> = names.filter(|name| name != "Id").collect();
            columns.insert(0, "Id".to_owned());
            columns
        }
        (None, _) => default_columns(table).into_iter().map(str::to_owned).collect(),
    }
}

/// The condition of a `--where`.
fn condition(table: &'static EntityTable, text: &str) -> Result<(String, String), Failure> {
    let wrong = |what: String| Failure::usage(format!("--where {text:?}: {what}"));
    let at = text
        .find(['=', '<', '>', '!'])
        .ok_or_else(|| wrong("expected a property, one of =, >= and <=, and a value".to_owned()))?;
    let (name, rest) = text.split_at(at);
    let operator: String = rest.chars().take_while(|character| "=<>!".contains(*character)).collect();
    let value = rest.get(operator.len()..).unwrap_or_default().trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let property = property_named(table, name.trim())?;
    let field = table.all_fields().find(|field| field.name == property);
    let field = field.ok_or_else(|| wrong("no such property".to_owned()))?;
    let range = table.range_names(field);
    let parameter = match operator.as_str() {
        "=" | "==" => table.filter_name(field).ok_or_else(|| match &range {
            Some(_) => wrong(format!("{property} is filtered by ranges alone: use >= and <=")),
            None => wrong(format!("the service has no filter on {property}")),
        })?,
        ">" | ">=" => range.ok_or_else(|| wrong(format!("the service has no range filter on {property}")))?.0,
        "<" | "<=" => range.ok_or_else(|| wrong(format!("the service has no range filter on {property}")))?.1,
        _ => {
            return Err(wrong(format!(
                "the service has no operator {operator}; use =, >= or <=, which include the value"
            )));
        }
    };
    let value = query_text(field.kind, value).map_err(wrong)?;
    Ok((parameter, value))
}

/// What the flags ask the service for.
fn query(table: &'static EntityTable, flags: &[Flag], matches: &ArgMatches) -> Result<ListQuery, Failure> {
    let mut query =
        ListQuery { page: number(matches, "page")?, size: number(matches, "size")?, ..ListQuery::default() };
    if query.page == Some(0) || query.size == Some(0) {
        return Err(Failure::usage("--page and --size count from 1"));
    }
    if let Some(property) = text(matches, "order-by") {
        query.order = Some(property_named(table, property)?.to_owned());
    }
    let is_descending = match text(matches, "dir") {
        None => is_on(matches, "desc"),
        Some("0") => false,
        Some("1") => true,
        Some(other) => return Err(Failure::usage(format!("--dir {other}: 0 sorts ascending, 1 descending"))),
    };
    if is_descending {
        query.order.get_or_insert_with(|| "Id".to_owned());
        query.direction = Direction::Descending;
    }
    for flag in flags {
        let Some(parameter) = &flag.parameter else { continue };
        for text in texts(matches, &flag.name) {
            let value =
                query_text(flag.kind, text).map_err(|what| Failure::usage(format!("--{}: {what}", flag.name)))?;
            query.filters.push((parameter.clone(), value));
        }
    }
    for text in texts(matches, "where") {
        query.filters.push(condition(table, text)?);
    }
    if let (Some(text), Some(field)) = (text(matches, "query"), label_field(table))
        && let Some(parameter) = table.filter_name(field)
    {
        query.filters.push((parameter, text.to_owned()));
    }
    let is_missing = |parameter: &&&str| !query.filters.iter().any(|(name, _)| name == **parameter);
    if let Some(parameter) = table.required_filters.iter().find(is_missing) {
        let flag = flags.iter().find(|flag| flag.parameter.as_deref() == Some(*parameter));
        let flag = flag.map_or_else(|| (*parameter).to_owned(), |flag| format!("--{}", flag.name));
        return Err(Failure::usage(format!("the service lists {} only with {flag}; give it", table.plural)));
    }
    Ok(query)
}

async fn run(context: &Context, table: &'static EntityTable, matches: &ArgMatches) -> Result<(), Failure> {
    let flags = build(crate::commands::branch::command(String::new(), ""), table).flags;
    warn_of_location(context, table, matches);
    let style = style_of(context, matches)?;
    let columns = columns_of(table, matches)?;
    let limit: Option<u64> = number(matches, "limit")?;
    let ids = texts(matches, "id").into_iter().flat_map(|text| text.split(',')).map(parse_id);
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    // Records by their ids need no filter.
    let query = if ids.is_empty() { query(table, &flags, matches)? } else { ListQuery::default() };
    if context.globals.dry_run && ids.is_empty() {
        return show_query(context, table, &query).await;
    }
    let records = context.records(table).await?;
    let shown = shown_columns(table, columns.as_deref(), style.format);
    let redactor = context.redactor()?;
    let mut list = Output { table, redactor, list: context.list(shown, style), columns, left: limit };
    if !ids.is_empty() {
        let rows = records.get_many(ids).await?;
        for row in rows.iter() {
            list.add(&object_of(row)?)?;
        }
        return list.end(context, table, None, false);
    }
    let wants_all = is_on(matches, "all") || limit.is_some_and(|limit| limit > u64::from(query.size.unwrap_or(SIZE)));
    if wants_all {
        return stream(context, table, &records, query, list).await;
    }
    let mut query = query;
    if let Some(limit) = limit.and_then(|limit| u32::try_from(limit).ok()) {
        query.size = Some(query.size.unwrap_or(SIZE).min(limit.max(1)));
    }
    let page = records.list().query(query).await?;
    for row in page.records.iter() {
        list.add(&object_of(row)?)?;
    }
    list.end(context, table, Some(&page.info), false)
}

/// Prints what the service would be asked for: dates as they were understood, secrets hidden.
async fn show_query(context: &Context, table: &'static EntityTable, query: &ListQuery) -> Result<(), Failure> {
    let url = format!("{}/{}", context.client().await?.base_url(), table.path());
    let is_secret = |parameter: &str| {
        let is_it = |field: &&Field| table.filter_name(field).is_some_and(|name| name == parameter);
        table.all_fields().filter(|field| field.is_sensitive()).any(|field| is_it(&field))
    };
    let mut asked = Object::default();
    for (parameter, value) in query.pairs() {
        asked.0.push((parameter.to_owned(), Raw::string(if is_secret(parameter) { HIDDEN } else { &value })));
    }
    let line = |(name, value): &(String, Raw)| format!("  {name} = {}\n", crate::terminal::visible(&value.plain()));
    let human = format!("GET {url}\n{}", asked.0.iter().map(line).collect::<String>());
    let data = Raw::object([("method", Raw::string("GET")), ("url", Raw::string(&url)), ("query", asked.to_raw())]);
    context.answer(&CommandOutput::Text(human, data), "Nothing was sent: this is a dry run")
}

async fn stream(
    context: &Context,
    table: &'static EntityTable,
    records: &nexudus_client::DynamicEndpoint,
    mut query: ListQuery,
    mut list: Output,
) -> Result<(), Failure> {
    let size = list.left.map_or(STREAM_SIZE, |limit| u32::try_from(limit).unwrap_or(STREAM_SIZE).clamp(1, STREAM_SIZE));
    query.size.get_or_insert(size);
    // Without an order the service may move records from page to page.
    query.order.get_or_insert_with(|| "Id".to_owned());
    let progress = context.progress("records");
    let mut pages = records.list().query(query).in_flight(AHEAD).pages();
    let mut total = None;
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                let failure = Failure::from(error);
                list.list.finish(Some(&failure))?;
                return Err(failure);
            }
        };
        total = page.info.total_items.or(total);
        for row in page.records.iter() {
            if list.left == Some(0) {
                break;
            }
            list.add(&object_of(row)?)?;
        }
        list.list.flush()?;
        progress.set(list.list.count(), total.and_then(|total| u64::try_from(total).ok()));
        if list.left == Some(0) {
            break;
        }
    }
    drop(progress);
    warn_of_changes(context, pages.drift().repeated.len());
    list.end(context, table, None, true)
}

/// The list on its way out.
struct Output {
    table: &'static EntityTable,
    redactor: Redactor,
    list: List,
    columns: Option<Vec<String>>,
    /// Records that may still be printed.
    left: Option<u64>,
}

impl Output {
    fn add(&mut self, record: &Object) -> Result<(), Failure> {
        if let Some(left) = &mut self.left {
            let Some(less) = left.checked_sub(1) else { return Ok(()) };
            *left = less;
        }
        let record = self.redactor.record(self.table, record);
        match &self.columns {
            Some(columns) => self.list.add(&select(&record, columns)),
            None => self.list.add(&record),
        }
    }

    fn end(
        mut self,
        context: &Context,
        table: &EntityTable,
        page: Option<&PageInfo>,
        is_all: bool,
    ) -> Result<(), Failure> {
        let count = self.list.count();
        let warnings = context.envelope("").warnings;
        let envelope = self.list.envelope_mut();
        envelope.warnings = warnings;
        let number = |value: Option<i64>| value.map_or_else(Raw::null, Raw::from);
        match page {
            Some(page) => {
                let pages = match (page.current_page, page.total_pages) {
                    (Some(page), Some(pages)) => format!(" (page {page}/{pages})"),
                    _ => String::new(),
                };
                let total = page.total_items.map_or_else(|| count.to_string(), |total| total.to_string());
                envelope.summary = format!("Found {total} {}{pages}", table.plural);
                envelope.meta = Some(Raw::object([
                    ("total", number(page.total_items)),
                    ("page", number(page.current_page)),
                    ("pageSize", number(page.page_size)),
                    ("totalPages", number(page.total_pages)),
                ]));
            }
            None => {
                envelope.summary = format!("{} {count} {}", if is_all { "All" } else { "Found" }, table.plural);
                envelope.meta = Some(Raw::object([("total", Raw::from(count))]));
            }
        }
        self.list.finish(None)?;
        if count == 0 {
            context.note("No records.");
        }
        Ok(())
    }
}
