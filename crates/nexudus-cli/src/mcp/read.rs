//! The tools that read.

use nexudus_client::model;
use nexudus_client::model::core::{AnyPage, Direction, EntityTable, Field, Kind, ListQuery, Operation, Personal};

use super::Server;
use super::answer::{LIMIT, LONG_IN_RECORD, NOTICE, Rows, shortened};
use super::arguments::{Arguments, is_named, property};
use super::describe::{describe, is_meant};
use super::tool_error::ToolError;
use crate::failure::Failure;
use crate::input::query_text;
use crate::json::{Object, Raw};
use crate::records::{object_of, select, without_secrets};
use crate::tables::{Flag, Role, default_columns, filter_flags, label_field, personal_by_name};

/// Records on a page.
const SIZE: u32 = 25;
const LARGEST: u32 = 200;

/// Pages of the largest size that a search by personal data goes through.
const SEARCHED: u32 = 5;

/// Records that one call gets by their ids.
const IDS: usize = 100;

const DETAIL: [&str; 2] = ["summary", "full"];

fn count(number: usize) -> Raw {
    Raw::from(u64::try_from(number).unwrap_or(u64::MAX))
}

fn check(table: &'static EntityTable, operation: Operation) -> Result<(), ToolError> {
    if table.allows(operation) {
        return Ok(());
    }
    let words = table.operations.iter().map(|known| format!("{known:?}").to_lowercase());
    let words: Vec<_> = words.collect();
    let word = format!("{operation:?}").to_lowercase();
    let fault = ToolError::argument("entity", format!("the service has no {word} for {}", table.plural));
    Err(fault.one_of("", words.iter().map(String::as_str)))
}

impl Server {
    /// A record as it may be seen.
    pub(super) fn seen(&self, table: &'static EntityTable, record: Object) -> Object {
        self.redactor.record(table, &without_secrets(table, record))
    }

    pub(super) fn list_entities(&self, arguments: &Arguments) -> Result<String, ToolError> {
        let words = arguments.text("query")?.unwrap_or_default();
        let skip = arguments.number("skip", 0, u32::MAX)?.unwrap_or_default() as usize;
        let meant: Vec<_> = model::tables()
            .iter()
            .filter(|table| self.policy.may_see(table) && (words.is_empty() || is_meant(table, &words)))
            .collect();
        let columns = ["entity", "plural", "section", "may_write", "about"].map(str::to_owned).to_vec();
        let mut rows = Rows::new(columns.clone());
        for table in meant.iter().skip(skip) {
            let values = [
                Raw::string(table.name),
                Raw::string(table.plural),
                Raw::string(table.section),
                Raw::from(self.policy.may_write(table)),
                Raw::string(&super::text::clean_line(table.doc, 120)),
            ];
            rows.add(&Object(columns.iter().cloned().zip(values).collect()));
        }
        let mut head = Object::default();
        head.set("total", count(meant.len()));
        if rows.left_out() > 0 {
            head.set("next", Raw::string(&format!("skip {}", skip + rows.len())));
        }
        if meant.is_empty() {
            head.set("hint", Raw::string("Nothing has all of these words; try one word, or none for all entities."));
        }
        Ok(rows.end_own(head))
    }

    pub(super) fn describe_entity(&self, arguments: &Arguments) -> Result<String, ToolError> {
        let table = arguments.entity(&self.policy)?;
        let is_full = arguments.choice("detail", &DETAIL)? == "full";
        let skip = arguments.number("skip", 0, u32::MAX)?.unwrap_or_default() as usize;
        Ok(describe(table, is_full, skip))
    }

    /// Whether a property is kept from assistants: they can't learn its value by filters, orders or tries.
    pub(super) fn is_kept(&self, field: &Field) -> bool {
        field.is_sensitive() || self.redactor.is_on() && field.personal().is_some()
    }

    pub(super) async fn list(&self, arguments: &Arguments) -> Result<String, ToolError> {
        let table = arguments.entity(&self.policy)?;
        check(table, Operation::List)?;
        let (query, searches) = self.query(table, arguments)?;
        let columns = columns(table, arguments)?;
        let skip = arguments.number("skip", 0, LARGEST)?.unwrap_or_default() as usize;
        let number = query.page.unwrap_or(1);
        let Page { objects, total, pages, has_next } = match searches.as_slice() {
            [] => {
                let size = query.size.unwrap_or(SIZE);
                Page::of(&self.client.dynamic_of(table).list().query(query).await?, number, size)?
            }
            searches => self.search(table, query, searches).await?,
        };
        // A column that no record of a list has would be a column of nulls that may not be true.
        let (columns, absent): (Vec<_>, Vec<_>) = columns
            .into_iter()
            .partition(|name| objects.is_empty() || objects.iter().any(|row| row.get(name).is_some()));
        let mut rows = Rows::new(columns);
        for object in objects.into_iter().skip(skip) {
            rows.add(&self.seen(table, object));
        }
        let mut head = Object::default();
        head.set("entity", Raw::string(table.name));
        head.set("total", total.map_or_else(Raw::null, Raw::from));
        head.set("page", Raw::from(u64::from(number)));
        if let Some(pages) = pages {
            head.set("pages", Raw::from(pages));
        }
        let next = if rows.left_out() > 0 {
            Some(format!("page {number}, skip {}: the answer was full", skip + rows.len()))
        } else {
            has_next.then(|| format!("page {}", number.saturating_add(1)))
        };
        if let Some(next) = next {
            head.set("next", Raw::string(&next));
        }
        if !absent.is_empty() {
            head.set("not_in_lists", Raw::array(absent.iter().map(|name| Raw::string(name))));
            head.set("hint", Raw::string("nexudus_get shows records whole."));
        }
        Ok(rows.end(head))
    }

    /// A page of the records that hold personal data that the caller knows. The service also finds parts of words, by
    /// which an assistant could find out a name letter by letter, so whole words are compared here.
    async fn search(
        &self,
        table: &'static EntityTable,
        mut query: ListQuery,
        searches: &[Search],
    ) -> Result<Page, ToolError> {
        let (number, size) = (query.page.unwrap_or(1), query.size.unwrap_or(SIZE));
        query.size = Some(LARGEST);
        let mut objects = Vec::new();
        for page in 1.. {
            query.page = Some(page);
            let list = |query: &ListQuery| self.client.dynamic_of(table).list().query(query.clone());
            let found = match list(&query).await {
                // That some record does not match would tell as much as that one does.
                Err(error) if error.is_ignored() => {
                    query.filters.retain(|(name, _)| searches.iter().all(|search| search.parameter != *name));
                    list(&query).await?
                }
                found => found?,
            };
            let found = Page::of(&found, page, LARGEST)?;
            objects.extend(found.objects);
            if !found.has_next {
                break;
            }
            if page >= SEARCHED {
                let message = "too many records are similar; give the whole value, or more filters";
                return Err(ToolError::argument("filters", message));
            }
        }
        for Search { field, .. } in searches {
            if !objects.is_empty() && objects.iter().all(|object| object.get(field.name).is_none()) {
                let message =
                    format!("{} is personal data that lists do not show, so it can't be compared", field.name);
                return Err(ToolError::refused(message).at("filters"));
            }
        }
        objects.retain(|object| searches.iter().all(|search| search.finds(object)));
        let total = objects.len();
        let skip = (number as usize - 1).saturating_mul(size as usize);
        let objects: Vec<_> = objects.into_iter().skip(skip).take(size as usize).collect();
        let has_next = skip.saturating_add(objects.len()) < total;
        let pages = total.div_ceil(size as usize);
        let count = |number: usize| i64::try_from(number).ok();
        Ok(Page { objects, total: count(total), pages: count(pages), has_next })
    }

    pub(super) async fn get(&self, arguments: &Arguments) -> Result<String, ToolError> {
        let table = arguments.entity(&self.policy)?;
        check(table, Operation::Get)?;
        let ids = arguments.ids("id", IDS)?;
        let fields = fields(table, arguments)?;
        let [id] = ids.as_slice() else {
            if ids.is_empty() {
                return Err(ToolError::argument("id", "id is missing"));
            }
            return self.get_many(table, ids, arguments).await;
        };
        let record = self.client.dynamic_of(table).get(*id).await?;
        let record = self.seen(table, object_of(&*record)?);
        let record = match &fields {
            Some(fields) => select(&record, fields),
            None if arguments.choice("detail", &["full", "summary"])? == "summary" => select(&record, &summary(table)),
            None => record,
        };
        let mut answer = Object::default();
        answer.set("entity", Raw::string(table.name));
        answer.set("notice", Raw::string(NOTICE));
        let mut most = LONG_IN_RECORD;
        loop {
            let record = shortened_record(&record, most).to_raw();
            answer.set("record", record);
            let text = answer.to_raw().text().to_owned();
            if text.len() <= LIMIT || most < 8 {
                return if text.len() <= LIMIT { Ok(text) } else { Err(too_long(table, text.len())) };
            }
            most /= 4;
        }
    }

    async fn get_many(
        &self,
        table: &'static EntityTable,
        ids: Vec<i64>,
        arguments: &Arguments,
    ) -> Result<String, ToolError> {
        let found = self.client.dynamic_of(table).get_many(ids.clone()).await?;
        let mut rows = Rows::new(columns(table, arguments)?);
        let mut seen = Vec::new();
        for row in found.iter() {
            let object = object_of(row)?;
            if rows.left_out() == 0 {
                seen.extend(object.get("Id").and_then(|id| id.plain().parse::<i64>().ok()));
            }
            rows.add(&self.seen(table, object));
        }
        seen.truncate(rows.len());
        let mut head = Object::default();
        head.set("entity", Raw::string(table.name));
        let left: Vec<_> = ids.iter().filter(|id| !seen.contains(id)).collect();
        if !left.is_empty() {
            let word = if rows.left_out() > 0 { "not_shown" } else { "not_found" };
            head.set(word, Raw::array(left.into_iter().map(|id| Raw::from(*id))));
        }
        Ok(rows.end(head))
    }

    pub(super) async fn list_commands(&self, arguments: &Arguments) -> Result<String, ToolError> {
        let table = arguments.entity(&self.policy)?;
        let id = arguments.ids("id", 1)?.first().copied();
        let records = self.client.dynamic_of(table);
        let offered = match id {
            Some(id) => records.commands_of(id).await?,
            None => records.commands().await?,
        };
        let columns = ["key", "name", "records", "parameters"].map(str::to_owned).to_vec();
        let mut rows = Rows::new(columns.clone());
        let mut add = |key: &str, name: Option<&str>, arity: &str, parameters: &[&str]| {
            let name = name.map_or_else(Raw::null, |name| Raw::string(&self.redactor.text(name)));
            let values = [Raw::string(key), name, Raw::string(arity), Raw::string(&parameters.join(", "))];
            rows.add(&Object(columns.iter().cloned().zip(values).collect()));
        };
        for command in &offered {
            let parameters: Vec<_> = command.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let arity = format!("{:?}", command.arity).to_lowercase();
            add(&command.key, command.name.as_deref(), &arity, &parameters);
        }
        // The service leaves some of what works out of its list.
        let unlisted = table
            .known_commands
            .iter()
            .filter(|known| id.is_none() && !offered.iter().any(|command| command.key == known.key));
        for known in unlisted {
            let parameters: Vec<_> = known.parameters.iter().map(|parameter| parameter.name).collect();
            add(known.key, known.doc, "any", &parameters);
        }
        let mut head = Object::default();
        head.set("entity", Raw::string(table.name));
        Ok(rows.end(head))
    }
}

fn too_long(table: &EntityTable, bytes: usize) -> ToolError {
    ToolError::argument("fields", format!("this {} is {bytes} bytes; name the fields that are needed", table.name))
}

fn shortened_record(record: &Object, most: usize) -> Object {
    Object(record.0.iter().map(|(name, value)| (name.clone(), shortened(value, most))).collect())
}

fn summary(table: &'static EntityTable) -> Vec<String> {
    default_columns(table).into_iter().map(str::to_owned).collect()
}

/// The properties that `fields` names, the id first.
fn fields(table: &'static EntityTable, arguments: &Arguments) -> Result<Option<Vec<String>>, ToolError> {
    let names = arguments.names("fields")?;
    if names.is_empty() {
        return Ok(None);
    }
    let mut fields = vec!["Id".to_owned()];
    for name in names {
        let name = property(table, "fields", &name)?.name;
        if !fields.iter().any(|known| known == name) {
            fields.push(name.to_owned());
        }
    }
    Ok(Some(fields))
}

/// The columns of many records.
fn columns(table: &'static EntityTable, arguments: &Arguments) -> Result<Vec<String>, ToolError> {
    if let Some(fields) = fields(table, arguments)? {
        return Ok(fields);
    }
    if arguments.choice("detail", &DETAIL)? == "summary" {
        return Ok(summary(table));
    }
    let comes_in_lists = table.all_fields().filter(|field| !field.is_write_only() && !field.is_absent());
    let names = comes_in_lists.map(|field| field.name.to_owned()).filter(|name| name != "Id");
    Ok(std::iter::once("Id".to_owned()).chain(names).collect())
}

/// Whether a filter of a call means this flag.
fn is_flag(flag: &Flag, name: &str) -> bool {
    is_named(&flag.name, name)
        || flag.parameter.as_deref().is_some_and(|parameter| is_named(parameter, name))
        || flag.role == Role::Value && is_named(flag.property, name)
}

impl Server {
    /// What to ask the service, and what to look for in its answer.
    fn query(&self, table: &'static EntityTable, arguments: &Arguments) -> Result<(ListQuery, Vec<Search>), ToolError> {
        let mut query = ListQuery {
            page: arguments.number("page", 1, 1_000_000)?,
            size: Some(arguments.number("size", 1, LARGEST)?.unwrap_or(SIZE)),
            ..ListQuery::default()
        };
        if let Some(name) = arguments.text("order_by")? {
            let field = property(table, "order_by", &name)?;
            if self.is_kept(field) {
                return Err(
                    ToolError::refused(format!("{} is hidden, and nothing is sorted by it", field.name)).at("order_by")
                );
            }
            query.order = Some(field.name.to_owned());
        }
        if arguments.flag("descending")? {
            query.order.get_or_insert_with(|| "Id".to_owned());
            query.direction = Direction::Descending;
        }
        let mut searches = Vec::new();
        let flags = filter_flags(table);
        for (name, value) in &arguments.object("filters")?.0 {
            let flag = flags.iter().find(|flag| is_flag(flag, name)).ok_or_else(|| {
                let fault = ToolError::argument("filters", format!("{} has no filter {name:?}", table.name));
                let names: Vec<_> = flags.iter().filter_map(|flag| flag.parameter.as_deref()).collect();
                let mut fault = fault.one_of(name, names.iter().copied());
                if fault.nearest.is_empty() {
                    fault.nearest = flags
                        .iter()
                        .filter(|flag| is_named(flag.property, name))
                        .map(|flag| flag.name.clone())
                        .collect();
                }
                fault
            })?;
            let Some(parameter) = &flag.parameter else { continue };
            if table.is_secret_filter(parameter) || flag.field.is_some_and(Field::is_sensitive) {
                return Err(ToolError::refused(format!(
                    "{} is a secret, and nothing is filtered by it",
                    flag.property
                ))
                .at("filters"));
            }
            let text = query_text(flag.kind, &value.plain())
                .map_err(|what| ToolError::argument("filters", format!("{name}: {what}")))?;
            searches.extend(self.search_of(flag, parameter, &text)?);
            query.filters.push((parameter.clone(), text));
        }
        if let Some(text) = arguments.text("query")? {
            let label = label_field(table).and_then(|field| Some((field, table.filter_name(field)?)));
            let (field, parameter) = label.ok_or_else(|| {
                ToolError::argument("query", format!("{} are not searched by a name; use filters", table.plural))
            })?;
            if self.is_kept(field) {
                searches.push(Search::new(field, &parameter, &text).map_err(|fault| fault.at("query"))?);
            }
            query.filters.push((parameter, text));
        }
        let missing = table.required_filters.iter().find(|name| !query.filters.iter().any(|(given, _)| given == *name));
        if let Some(name) = missing {
            let message = format!("the service lists {} only with the filter {name}", table.plural);
            return Err(ToolError::from(Failure::usage(message)).at("filters"));
        }
        Ok((query, searches))
    }

    /// What is looked for in the records, if a filter is about data that is kept from assistants.
    fn search_of(&self, flag: &Flag, parameter: &str, text: &str) -> Result<Option<Search>, ToolError> {
        let is_personal = match flag.field {
            Some(field) => self.is_kept(field),
            None => self.redactor.is_on() && personal_by_name(last_name(flag.property)).is_some(),
        };
        match flag.field {
            _ if !is_personal => Ok(None),
            Some(field) if flag.role == Role::Value => Search::new(field, parameter, text).map(Some),
            _ => Err(ToolError::refused(format!(
                "{} is personal data, and nothing is filtered by it here",
                flag.property
            ))
            .at("filters")
            .hint("Find the record that it belongs to by its own name, and filter by the id of that record.")),
        }
    }
}

/// A page of records, and what is around it.
struct Page {
    objects: Vec<Object>,
    total: Option<i64>,
    pages: Option<i64>,
    has_next: bool,
}

impl Page {
    /// A page as the service gives it.
    fn of(page: &AnyPage, number: u32, size: u32) -> Result<Self, ToolError> {
        let mut objects = Vec::new();
        for row in page.records.iter() {
            objects.push(object_of(row)?);
        }
        let has_next = page.info.has_next_page.unwrap_or_else(|| {
            let seen =
                i64::from(number.saturating_sub(1)) * i64::from(size) + i64::try_from(objects.len()).unwrap_or(0);
            page.info.total_items.is_some_and(|total| total > seen)
        });
        Ok(Self { objects, total: page.info.total_items, pages: page.info.total_pages, has_next })
    }
}

/// Personal data that records are searched for.
struct Search {
    field: &'static Field,
    /// The filter that the service is asked with.
    parameter: String,
    words: Vec<String>,
}

impl Search {
    fn new(field: &'static Field, parameter: &str, text: &str) -> Result<Self, ToolError> {
        let words = Self::words(field, text);
        if !matches!(field.kind, Kind::Text) || words.is_empty() {
            let message = format!("{} is personal data, and nothing is filtered by it here", field.name);
            return Err(ToolError::refused(message).at("filters"));
        }
        Ok(Self { field, parameter: parameter.to_owned(), words })
    }

    /// What is compared of a value: the words of a name or a text, and everything else as a whole.
    fn words(field: &Field, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let words: Vec<_> = match field.personal() {
            Some(Personal::Name | Personal::Address | Personal::FreeText) => {
                text.split(|character: char| !character.is_alphanumeric()).map(str::to_owned).collect()
            }
            Some(Personal::Phone) => vec![text.chars().filter(char::is_ascii_digit).collect()],
            _ => vec![text.trim().to_owned()],
        };
        words.into_iter().filter(|word| !word.is_empty()).collect()
    }

    fn finds(&self, record: &Object) -> bool {
        let value = record.get(self.field.name).filter(|value| !value.is_null());
        let words = value.map(|value| Self::words(self.field, &value.plain())).unwrap_or_default();
        words.windows(self.words.len()).any(|some| some == self.words)
    }
}

/// The last part of the name of a property of a related record.
fn last_name(property: &str) -> &str {
    property.rsplit(['.', '_']).next().unwrap_or(property)
}
