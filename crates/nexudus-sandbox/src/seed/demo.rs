//! A coherent space to look around in: `seed/demo.json`, interpreted.
//!
//! The file says of each entity how many records there are and what stands in each property. A property's value
//! is an expression:
//!
//! | expression | value |
//! |---|---|
//! | `"{first} {last#} {#} {Name}"` | a text: a word of a list at random, the one of this record's turn, the record's number, another property |
//! | `{"one": [..]}`, `{"turn": [..]}` | one of several at random, or in turn |
//! | `{"int": [a, b]}`, `{"money": [a, b]}` | a number between |
//! | `{"chance": 30, "then": x, "else": y}` | `x` in so many of a hundred cases |
//! | `{"id": path}`, with `"turn": true` or `"like": property` | a record of another entity: at random, in turn, or one that has the same value there |
//! | `{"ids": path, "count": [a, b]}` | several of them |
//! | `{"find": path, "by": property, "names": [..]}` | the ids of records by name; `*` stands for anything |
//! | `{"take": property, "from": relation}` | a property of the record that another property points to |
//! | `{"parent": property}` | a property of the record that this one is made for |
//! | `{"time": {"day": [a, b], "hour": [a, b], "minute": [..]}}` | a time near the clock's today; `{"start": a, "every": n}` for a day moves on by one every `n` records |
//! | `{"after": property, "minutes": [..]}` | another property's time and some minutes |
//! | `{"times": [property, ..]}` | a product of properties and numbers |
//! | anything else | itself |
//!
//! Everything comes from one number, so the same number and clock give the same space.

use std::collections::HashMap;

use nexudus_core::Decimal;
use serde_json::Value as Json;
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::seed::records;
use crate::simulation::fault::glob;
use crate::store::change::StoreChange;
use crate::store::memory::Contents;
use crate::value::mix::mix;
use crate::value::raw::of_text;
use crate::value::time::{parse_time, time_text};

const DEMO: &str = include_str!("../../seed/demo.json");

/// The changes that fill a space, or what is wrong with the file.
pub(crate) fn changes(
    catalog: &Catalog,
    contents: &Contents,
    number: u64,
    now: i64,
) -> Result<Vec<StoreChange>, String> {
    let file: Json = serde_json::from_str(DEMO).map_err(|error| error.to_string())?;
    let today = now.div_euclid(DAY).saturating_mul(DAY);
    let mut maker = Maker {
        catalog,
        contents,
        today,
        state: mix(number),
        words: file.get("words").and_then(Json::as_object).cloned().unwrap_or_default(),
        made: HashMap::new(),
    };
    let groups = file.get("records").and_then(Json::as_array).ok_or("has no list `records`")?;
    for group in groups {
        maker.group(group)?;
    }
    let mut records = Map::new();
    for group in groups {
        let path = text(group, "path")?;
        let made = maker.made.remove(path).unwrap_or_default();
        records.entry(path.to_owned()).or_insert_with(|| made.into_iter().map(Value::Object).collect());
    }
    // What the model was built without is left out.
    records.retain(|path, _| catalog.of_path(path).is_some());
    records::changes(catalog, &of_text(Json::Object(records).to_string()), now).map(|loaded| loaded.changes)
}

const DAY: i64 = 86_400_000;

fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str, String> {
    json.get(key).and_then(Json::as_str).ok_or_else(|| format!("{json}: has no text `{key}`"))
}

fn bounds(json: &Json) -> Result<(i64, i64), String> {
    let pair = json.as_array().and_then(|pair| Some((pair.first()?.as_i64()?, pair.get(1)?.as_i64()?)));
    pair.filter(|(low, high)| low <= high).ok_or_else(|| format!("{json}: is not a pair of numbers"))
}

type Record = Map<String, Json>;

struct Maker<'a> {
    catalog: &'a Catalog,
    contents: &'a Contents,
    today: i64,
    state: u64,
    words: Map<String, Json>,
    made: HashMap<String, Vec<Record>>,
}

/// The record that is being made.
struct Making<'a> {
    record: Record,
    /// Counts from one.
    number: usize,
    parent: Option<&'a Record>,
    fields: &'a Record,
}

impl Maker<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(1);
        let drawn = mix(self.state) % (limit.max(1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    fn between(&mut self, (low, high): (i64, i64)) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or_default()
    }

    fn group(&mut self, group: &Json) -> Result<(), String> {
        let path = text(group, "path")?;
        let fields = group.get("fields").and_then(Json::as_object).ok_or_else(|| format!("{path}: has no `fields`"))?;
        let mut id = group.get("first").and_then(Json::as_i64).unwrap_or(1);
        let mut records = Vec::new();
        let mut make = |maker: &mut Self, parent: Option<&Record>| -> Result<Record, String> {
            let number = records.len() + 1;
            let mut making = Making { record: Record::new(), number, parent, fields };
            making.record.insert("Id".into(), id.into());
            id += 1;
            // Properties may build on others, in any order: what can't be made yet is tried again.
            let mut left: Vec<(&String, &Json)> = fields.iter().collect();
            while !left.is_empty() {
                let mut waiting = Vec::new();
                let mut reason = String::new();
                for (name, expression) in &left {
                    match maker.value(expression, &making) {
                        Ok(value) => {
                            making.record.insert((*name).clone(), value);
                        }
                        Err(error) => {
                            waiting.push((*name, *expression));
                            reason = format!("{path} {name}: {error}");
                        }
                    }
                }
                if waiting.len() == left.len() {
                    return Err(reason);
                }
                left = waiting;
            }
            records.push(making.record.clone());
            Ok(making.record)
        };
        if let Some(per) = group.get("per").and_then(Json::as_str) {
            let each = bounds(group.get("each").unwrap_or(&Json::Null))?;
            let mut parents = self.made.remove(per).unwrap_or_default();
            for parent in &mut parents {
                for _ in 0..self.between(each) {
                    let child = make(self, Some(parent))?;
                    for (into, of) in group.get("sum").and_then(Json::as_object).into_iter().flatten() {
                        let of = of.as_str().and_then(|of| child.get(of)).map_or(Decimal::ZERO, amount);
                        let sum = parent.get(into).map_or(Decimal::ZERO, amount) + of;
                        parent.insert(into.clone(), Json::String(sum.to_string()));
                    }
                }
            }
            self.made.insert(per.to_owned(), parents);
        } else {
            for _ in 0..group.get("count").and_then(Json::as_u64).unwrap_or(1) {
                make(self, None)?;
            }
        }
        self.made.entry(path.to_owned()).or_default().extend(records);
        Ok(())
    }

    fn value(&mut self, expression: &Json, making: &Making<'_>) -> Result<Json, String> {
        let object = match expression {
            Json::String(template) => return self.fill(template, making).map(Json::String),
            Json::Array(items) => return items.iter().map(|item| self.value(item, making)).collect(),
            Json::Object(object) => object,
            other => return Ok(other.clone()),
        };
        let get = |key: &str| object.get(key);
        let list = |json: &Json| {
            json.as_array().filter(|list| !list.is_empty()).cloned().ok_or_else(|| format!("{json}: is not a list"))
        };
        let own = |name: &Json| {
            let name = name.as_str().unwrap_or_default();
            making.record.get(name).ok_or_else(|| format!("{name}: is not a property"))
        };
        if let Some(choices) = get("one") {
            let choices = list(choices)?;
            let chosen = &choices[self.below(choices.len())];
            return self.value(chosen, making);
        }
        if let Some(choices) = get("turn").filter(|turn| turn.is_array()) {
            let choices = list(choices)?;
            return self.value(&choices[(making.number - 1) % choices.len()], making);
        }
        if let Some(range) = get("int") {
            return Ok(self.between(bounds(range)?).into());
        }
        if let Some(range) = get("money") {
            let (low, high) = bounds(range)?;
            let halves = self.between((low * 2, high * 2));
            return Ok(Json::String((Decimal::from(halves) / Decimal::TWO).to_string()));
        }
        if let Some(chance) = get("chance").and_then(Json::as_u64) {
            let hit = (self.below(100) as u64) < chance;
            return match get(if hit { "then" } else { "else" }) {
                Some(expression) => self.value(expression, making),
                None => Ok(Json::Null),
            };
        }
        if let Some(path) = get("id").and_then(Json::as_str) {
            let like =
                get("like").map(|name| Ok::<_, String>((name.as_str().unwrap_or_default(), own(name)?))).transpose()?;
            let all = self.made.get(path).ok_or_else(|| format!("{path}: has no records yet"))?;
            let alike = |record: &&Record| like.as_ref().is_none_or(|(name, value)| record.get(*name) == Some(value));
            let ids: Vec<Json> = all.iter().filter(alike).filter_map(|record| record.get("Id").cloned()).collect();
            let count = ids.len();
            let at = if get("turn").is_some() { (making.number - 1) % count.max(1) } else { self.below(count) };
            return ids.into_iter().nth(at).ok_or_else(|| format!("{path}: no record is alike"));
        }
        if let Some(path) = get("ids").and_then(Json::as_str) {
            let count = bounds(get("count").unwrap_or(&Json::Null))?;
            let count = self.between(count);
            let total = self.made.get(path).map_or(0, Vec::len);
            let mut ids: Vec<Json> = Vec::new();
            for _ in 0..count {
                let at = self.below(total);
                let id = self.made.get(path).and_then(|all| all.get(at)).and_then(|record| record.get("Id")).cloned();
                ids.extend(id.filter(|id| !ids.contains(id)));
            }
            return Ok(Json::Array(ids));
        }
        if let Some(path) = get("find").and_then(Json::as_str) {
            return self.find(path, get("by"), get("names"));
        }
        if let Some(property) = get("take").and_then(Json::as_str) {
            let relation = get("from").and_then(Json::as_str).unwrap_or_default();
            let path = making.fields.get(relation).and_then(|relation| relation.get("id")).and_then(Json::as_str);
            let id = own(&Json::String(relation.to_owned()))?;
            let all =
                path.and_then(|path| self.made.get(path)).ok_or_else(|| format!("{relation}: is not a relation"))?;
            let record = all.iter().find(|record| record.get("Id") == Some(id));
            return Ok(record.and_then(|record| record.get(property)).cloned().unwrap_or_default());
        }
        if let Some(property) = get("parent").and_then(Json::as_str) {
            let parent = making.parent.ok_or("is not made for another record")?;
            return Ok(parent.get(property).cloned().unwrap_or_default());
        }
        if let Some(time) = get("time") {
            return self.time(time, making);
        }
        if let Some(property) = get("after") {
            let minutes = list(get("minutes").unwrap_or(&Json::Null))?;
            let minutes = minutes[self.below(minutes.len())].as_i64().unwrap_or_default();
            let from = own(property)?.as_str().and_then(|text| parse_time(text, true));
            return Ok(from.map_or(Json::Null, |from| Json::String(time_text(from + minutes * 60_000))));
        }
        if let Some(factors) = get("times") {
            let mut product = Decimal::ONE;
            for factor in list(factors)? {
                product *= amount(if factor.is_string() { own(&factor)? } else { &factor });
            }
            return Ok(Json::String(product.round_dp(2).to_string()));
        }
        Err(format!("{expression}: is not an expression"))
    }

    fn fill(&mut self, template: &str, making: &Making<'_>) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, after) = after.split_once('}').ok_or_else(|| format!("{template}: has no end to a brace"))?;
            rest = after;
            if name == "#" {
                out.push_str(&making.number.to_string());
                continue;
            }
            if let Some(value) = making.record.get(name) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                out.push_str(&text);
                continue;
            }
            let (list, turn) = name.strip_suffix('#').map_or((name, false), |list| (list, true));
            let (list, lower) = list.strip_suffix('_').map_or((list, false), |list| (list, true));
            let count = self.words.get(list).and_then(Json::as_array).map_or(0, Vec::len);
            let at = if turn { (making.number - 1) % count.max(1) } else { self.below(count) };
            let word = self.words.get(list).and_then(|words| words.get(at)).and_then(Json::as_str);
            let word = word.ok_or_else(|| format!("{{{name}}}: is neither a list of words nor a property"))?;
            if lower { out.push_str(&plain(word)) } else { out.push_str(word) }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn find(&self, path: &str, by: Option<&Json>, names: Option<&Json>) -> Result<Json, String> {
        let Some(entity) = self.catalog.of_path(path) else { return Ok(Json::Null) };
        let by = by.and_then(Json::as_str).unwrap_or("Name");
        let at = entity.field_position(by).ok_or_else(|| format!("{path}: has no property {by}"))?;
        let names = names.and_then(Json::as_array).ok_or("has no list `names`")?;
        let fits = |text: &str| names.iter().filter_map(Json::as_str).any(|pattern| glob(pattern, text));
        let rows = self.contents.table(entity.position).rows().iter();
        Ok(rows.filter(|(_, row)| row.text(at).is_some_and(fits)).map(|(id, _)| Json::from(id)).collect())
    }

    fn time(&mut self, time: &Json, making: &Making<'_>) -> Result<Json, String> {
        let day = time.get("day").unwrap_or(&Json::Null);
        let day = match (day.get("start").and_then(Json::as_i64), day.get("every").and_then(Json::as_u64)) {
            (Some(start), Some(every)) if every > 0 => {
                let steps = (making.number as u64 - 1) / every;
                start + i64::try_from(steps).unwrap_or_default()
            }
            _ => self.between(bounds(day)?),
        };
        let hour = match time.get("hour") {
            Some(hour) => self.between(bounds(hour)?),
            None => 0,
        };
        let minutes = time.get("minute").and_then(Json::as_array).cloned().unwrap_or_default();
        let minute =
            if minutes.is_empty() { 0 } else { minutes[self.below(minutes.len())].as_i64().unwrap_or_default() };
        Ok(Json::String(time_text(self.today + day * DAY + hour * 3_600_000 + minute * 60_000)))
    }
}

/// A number, or a text that holds one.
fn amount(json: &Json) -> Decimal {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    text.parse().unwrap_or_default()
}

/// A word as it stands in an address: lower case, without accents.
fn plain(word: &str) -> String {
    let letter = |c: char| match c {
        'á' | 'à' | 'ä' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ï' => 'i',
        'ó' | 'ö' | 'ô' | 'õ' | 'ø' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    };
    word.to_lowercase().chars().map(letter).filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::account::{ADMIN_EMAIL, Account, PASSWORD};
    use crate::seed::accounts;

    const NOW: i64 = 1_769_850_000_000;

    fn start(catalog: &Catalog) -> Contents {
        let mut contents = Contents::empty(catalog);
        for change in accounts::changes(catalog, &[Account::new(ADMIN_EMAIL, PASSWORD).admin()], NOW) {
            contents.apply(change);
        }
        contents
    }

    fn demo(number: u64) -> Vec<StoreChange> {
        let catalog = Catalog::new(nexudus_model::tables(), &[]);
        let contents = start(&catalog);
        changes(&catalog, &contents, number, NOW).unwrap()
    }

    #[test]
    fn the_same_number_makes_the_same_space() {
        let text = |number| format!("{:?}", demo(number));
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn every_property_of_the_file_exists_and_may_hold_what_it_says() {
        let catalog = Catalog::new(nexudus_model::tables(), &[]);
        let contents = start(&catalog);
        let file: Json = serde_json::from_str(DEMO).unwrap();
        for group in file["records"].as_array().unwrap() {
            let path = group["path"].as_str().unwrap();
            let entity = catalog.of_path(path).unwrap_or_else(|| panic!("{path}"));
            for name in group["fields"].as_object().unwrap().keys() {
                assert!(entity.field_position(name).is_some(), "{path} has no {name}");
            }
        }
        let mut store = contents;
        let all = changes(&catalog, &store, 1, NOW).unwrap();
        for change in all {
            store.apply(change);
        }
        // What is required is there, and what is pointed at exists.
        for group in file["records"].as_array().unwrap() {
            let path = group["path"].as_str().unwrap();
            let entity = catalog.of_path(path).unwrap();
            for (id, row) in store.table(entity.position).rows().iter() {
                for (position, field) in entity.own_fields() {
                    let missing = field.is_required() && row.get(position).is_none() && !field.is_sensitive();
                    let zero = matches!(
                        field.kind,
                        nexudus_core::Kind::Int | nexudus_core::Kind::Bool | nexudus_core::Kind::Decimal
                    );
                    assert!(!missing || zero, "{path} {id} has no {}", field.name);
                    let target = field.kind.target().and_then(|target| catalog.named(target));
                    let ids = row.int(position).into_iter().chain(row.ids(position));
                    for to in target.into_iter().flat_map(|target| ids.clone().map(move |id| (target, id))) {
                        assert!(
                            store.table(to.0.position).get(to.1).is_some(),
                            "{path} {id}: {} points to no {}",
                            field.name,
                            to.1
                        );
                    }
                }
            }
        }
    }
}
