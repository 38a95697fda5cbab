//! The tools that write: a plan first, then a yes, then the write, which the service may answer, refuse, or leave
//! unanswered.

use nexudus_client::model::core::{EntityTable, Json, Operation};

use super::answer::{LIMIT, LONG_IN_RECORD, LONG_IN_ROWS, NOTICE, shortened};
use super::arguments::{Arguments, property, value_for};
use super::audit::Entry;
use super::plan::{LIFETIME, Plan, Work};
use super::policy::Confirm;
use super::text::{clean_line, visible};
use super::tool_error::ToolError;
use super::{Approval, NoApproval, Reply, Server};
use crate::failure::{Exit, Failure};
use crate::json::{Object, Raw};
use crate::records::{Values, apply, change_object, object_of, title, without_secrets};
use crate::redact::{Redactor, refuse_tokens};
use crate::tables::label_field;

/// Lines of a question; what is beyond them is named.
const SHOWN: usize = 30;

/// Characters of a value in a question.
const VALUE: usize = 120;

/// Characters of the beginning and of the end of a longer value.
const ENDS: (usize, usize) = (70, 40);

/// Characters of the list of what is beyond the lines.
const BEYOND: usize = 2000;

impl Server {
    pub(super) async fn write(
        &self,
        tool: &'static str,
        arguments: &Arguments,
        approval: Approval<'_>,
    ) -> Result<Reply, ToolError> {
        let text = arguments.text_without("plan");
        match approval {
            Approval::Given(id) => return self.carry_out(self.plans.take(id, tool, &text)?).await,
            Approval::Declined(id, answer) => {
                self.plans.take(id, tool, &text)?;
                let why = match answer {
                    NoApproval::No => "the person who was asked said no",
                    NoApproval::None => "nobody answered the question",
                    NoApproval::Unclear => "the answer to the question was neither a yes nor a no",
                };
                return Err(ToolError::refused(format!("{why}; nothing was done"))
                    .hint("Do not try again unless the person asks for it."));
            }
            Approval::MayAsk | Approval::Nobody => {}
        }
        let by_client = matches!(approval, Approval::Nobody) && self.policy.confirm == Confirm::Client;
        if let Some(id) = arguments.text("plan")? {
            if by_client {
                return self.carry_out(self.plans.take(&id, tool, &text)?).await;
            }
            return Err(ToolError::argument("plan", "here a person confirms each write; call without plan"));
        }
        if matches!(approval, Approval::Nobody) && !by_client {
            return Err(ToolError::refused(
                "nothing was done: each write is confirmed by a person, and this client can't ask one",
            )
            .hint("Only the person who starts the server can let the client confirm, with --confirm client."));
        }
        let plan = match self.plan(tool, arguments, text).await? {
            Planned::Plan(plan) => *plan,
            Planned::Nothing(answer) => return Ok(Reply::answer(answer.to_raw().text())),
        };
        let (question, mut shown) = (plan.question.clone(), shortened_object(&plan.shown));
        let id = self.plans.keep(plan);
        if !by_client {
            return Ok(Reply::Ask { plan: id, question });
        }
        shown.set("outcome", Raw::string("not done"));
        shown.set("question", Raw::string(&question));
        shown.set("plan", Raw::string(&id));
        let minutes = LIFETIME.as_secs() / 60;
        let next = format!(
            "Show the question to the person. If they say yes, call {tool} again with the same arguments and this \
             plan, within {minutes} minutes."
        );
        shown.set("next", Raw::string(&next));
        Ok(Reply::answer(shown.to_raw().text()))
    }

    async fn plan(&self, tool: &'static str, arguments: &Arguments, text: String) -> Result<Planned, ToolError> {
        let table = arguments.entity(&self.policy)?;
        self.policy.check_write(table)?;
        refuse_tokens(arguments.all())?;
        let (work, before, question, shown) = match tool {
            "nexudus_create" => self.plan_create(table, arguments).await?,
            "nexudus_update" => match self.plan_update(table, arguments).await? {
                Ok(parts) => parts,
                Err(nothing) => return Ok(Planned::Nothing(nothing)),
            },
            "nexudus_delete" => self.plan_delete(table, arguments).await?,
            _ => self.plan_run(table, arguments).await?,
        };
        Ok(Planned::Plan(Box::new(Plan { tool, arguments: text, table, work, before, question, shown })))
    }

    /// The values of a write, each as the service takes it.
    fn values(table: &'static EntityTable, arguments: &Arguments, operation: Operation) -> Result<Values, ToolError> {
        let given = arguments.object("values")?;
        if given.0.is_empty() {
            return Err(ToolError::argument("values", "values is missing: an object of properties"));
        }
        let mut values = Values::new();
        for (name, value) in &given.0 {
            let field = property(table, "values", name)?;
            let may = match operation {
                Operation::Create => field.is_creatable(),
                _ => field.is_updatable(),
            };
            if !may {
                let word = format!("{operation:?}").to_lowercase();
                return Err(ToolError::argument(field.name, format!("{} is not set by {word}", field.name)));
            }
            if values.iter().any(|(known, _)| known == field.name) {
                return Err(ToolError::argument(field.name, format!("{} is given twice", field.name)));
            }
            values.push((field.name.to_owned(), value_for(field, value)?));
        }
        Ok(values)
    }

    async fn plan_create(&self, table: &'static EntityTable, arguments: &Arguments) -> Result<Parts, ToolError> {
        allowed(table, Operation::Create)?;
        let mut values = Self::values(table, arguments, Operation::Create)?;
        self.policy.place(table, &mut values);
        self.check_lists(table, None, &values)?;
        let missing = table.fields.iter().find(|field| {
            field.is_required() && values.iter().all(|(name, value)| name != field.name || value.is_null())
        });
        if let Some(field) = missing {
            let message = format!("{} needs {}", table.name, field.name);
            return Err(ToolError::argument(field.name, message).hint("nexudus_describe_entity says what is required."));
        }
        // What the record can't hold is refused before anybody is asked.
        apply(&mut *table.make(), &values)?;
        self.check_location(table, None, &values).await?;
        let shown = without_secrets(table, Object(values.clone()));
        let lines = shown.0.iter().map(|(name, value)| format!("{name}: {}", quoted(value)));
        let question = question(&format!("Create a {}", table.name), &lines.collect::<Vec<_>>());
        let data = Object(vec![("entity".to_owned(), Raw::string(table.name)), ("values".to_owned(), shown.to_raw())]);
        Ok((Work::Create(values), Vec::new(), question, data))
    }

    async fn plan_update(
        &self,
        table: &'static EntityTable,
        arguments: &Arguments,
    ) -> Result<Result<Parts, Object>, ToolError> {
        allowed(table, Operation::Update)?;
        allowed(table, Operation::Get)?;
        let id = one(arguments)?;
        let values = Self::values(table, arguments, Operation::Update)?;
        let mut record = self.client.dynamic_of(table).get(id).await?;
        let before = object_of(&*record)?;
        self.check_lists(table, Some(&before), &values)?;
        apply(&mut *record, &values)?;
        self.check_location(table, Some(&before), &values).await?;
        let mut changes: Vec<_> = record.changes().iter().map(|change| change_object(table, change)).collect();
        // A value that is there already would tell that it is: personal data and secrets could be guessed.
        for (name, value) in &values {
            let is_kept = |name: &str| table.all_fields().any(|field| field.name == name && self.is_kept(field));
            if is_kept(name)
                && !changes.iter().any(|change| change.get("property").is_some_and(|it| it.plain() == *name))
            {
                let names = ["property", "before", "after"].map(str::to_owned);
                let hidden = without_secrets(table, Object(vec![(name.clone(), value.clone())]));
                let value = hidden.get(name).cloned().unwrap_or_else(Raw::null);
                changes.push(Object(names.into_iter().zip([Raw::string(name), value.clone(), value]).collect()));
            }
        }
        let mut data = Object::default();
        data.set("entity", Raw::string(table.name));
        data.set("id", Raw::from(id));
        if changes.is_empty() {
            data.set("outcome", Raw::string("not done"));
            data.set("reason", Raw::string("the record has these values already"));
            return Ok(Err(data));
        }
        let changes: Vec<_> = changes.iter().map(|change| self.change(table, change)).collect();
        let lines = changes.iter().map(|change| {
            let of = |name: &str| change.get(name).map_or_else(String::new, quoted);
            let name = change.get("property").map(|name| name.plain().into_owned()).unwrap_or_default();
            format!("{name}: {} -> {}", of("before"), of("after"))
        });
        let question = question(&format!("Change {}", self.label(table, id, &before)), &lines.collect::<Vec<_>>());
        data.set("changes", Raw::array(changes.iter().map(Object::to_raw)));
        Ok(Ok((Work::Update(id, values), vec![(id, before)], question, data)))
    }

    /// A change as it is shown: what was there redacted, what is to be there as it was given.
    fn change(&self, table: &'static EntityTable, change: &Object) -> Object {
        let mut shown = self.redactor.change(table, change);
        if let Some(after) = change.get("after") {
            shown.set("after", after.clone());
        }
        shown
    }

    async fn plan_delete(&self, table: &'static EntityTable, arguments: &Arguments) -> Result<Parts, ToolError> {
        allowed(table, Operation::Delete)?;
        allowed(table, Operation::Get)?;
        let ids = arguments.ids("id", self.policy.max_ids)?;
        if ids.is_empty() {
            return Err(ToolError::argument("id", "id is missing"));
        }
        let before = self.read_here(table, &ids).await?;
        let lines: Vec<_> = before.iter().map(|(id, record)| self.label(table, *id, record)).collect();
        let question = question(&format!("Delete {}", counted(table, before.len())), &lines);
        Ok((Work::Delete, before, question, ids_data(table, &ids)))
    }

    async fn plan_run(&self, table: &'static EntityTable, arguments: &Arguments) -> Result<Parts, ToolError> {
        let key = arguments.required("key")?;
        let ids = arguments.ids("id", self.policy.max_ids)?;
        let parameters = arguments.parameters("parameters")?;
        let offered = self.client.dynamic_of(table).commands().await?;
        let known: Vec<&str> = offered
            .iter()
            .map(|command| command.key.as_str())
            .chain(table.known_commands.iter().map(|command| command.key))
            .collect();
        if !known.contains(&key.as_str()) {
            let fault = ToolError::argument("key", format!("{} has no command {key:?}", table.name));
            return Err(fault.one_of(&key, known.iter().copied()));
        }
        let before = self.read_here(table, &ids).await?;
        if before.is_empty() && self.policy.business.is_some() {
            return Err(ToolError::refused("this server writes to one location alone: name the records"));
        }
        let on = if before.is_empty() { "no record in particular".to_owned() } else { counted(table, before.len()) };
        let records = before.iter().map(|(id, record)| self.label(table, *id, record));
        let values = parameters.0.iter().map(|(name, value)| format!("{}: {}", clean_line(name, 80), quoted(value)));
        let lines: Vec<_> = records.chain(values).collect();
        let question = question(&format!("Run {} on {on}", clean_line(&key, 80)), &lines);
        let mut data = ids_data(table, &ids);
        data.set("key", Raw::string(&key));
        data.set("parameters", parameters.to_raw());
        Ok((Work::Run { key, parameters }, before, question, data))
    }

    /// The records of these ids, each of which this server may write.
    async fn read_here(&self, table: &'static EntityTable, ids: &[i64]) -> Result<Vec<(i64, Object)>, ToolError> {
        let records = self.read(table, ids).await?;
        for (_, record) in &records {
            self.check_location(table, Some(record), &Values::new()).await?;
        }
        Ok(records)
    }

    async fn read(&self, table: &'static EntityTable, ids: &[i64]) -> Result<Vec<(i64, Object)>, ToolError> {
        let records = self.client.dynamic_of(table);
        let mut found = Vec::new();
        for id in ids {
            found.push((*id, object_of(&*records.get(*id).await?)?));
        }
        Ok(found)
    }

    /// What a record is called in a question.
    fn label(&self, table: &'static EntityTable, id: i64, record: &Object) -> String {
        let shown = self.seen(table, record.clone());
        let name = label_field(table).and_then(|field| shown.get(field.name)).filter(|name| !name.is_null());
        match name {
            Some(name) => format!("{} ({})", title(table, id), quoted(name)),
            None => title(table, id),
        }
    }

    async fn carry_out(&self, plan: Plan) -> Result<Reply, ToolError> {
        let ids: Vec<_> = plan.before.iter().map(|(id, _)| *id).collect();
        if self.read(plan.table, &ids).await? != plan.before {
            return Err(ToolError::refused("a record has changed since the plan was made; nothing was done")
                .hint("Look at the record, and call again to make a new plan."));
        }
        let before =
            Raw::array(plan.before.iter().map(|(_, record)| without_secrets(plan.table, record.clone()).to_raw()));
        let entry = Entry::begin(self.audit.as_ref(), plan.tool, plan.table.name, &plan.shown, before);
        let done = match &plan.work {
            Work::Create(values) => self.create(plan.table, values).await,
            Work::Update(id, values) => self.update(plan.table, *id, values, &plan.before).await,
            Work::Delete => self.delete(plan.table, &ids).await,
            Work::Run { key, parameters } => self.run(plan.table, key, &ids, parameters).await,
        };
        let known = Known::of(plan.table, &plan.before, &self.redactor);
        let mut answer = shortened_object(&plan.shown);
        answer.set("notice", Raw::string(NOTICE));
        let (is_error, kept) = match done {
            Ok(Done { outcome, after, said }) => {
                answer.set("outcome", Raw::string(outcome));
                answer.0.extend(known.replaced(said).0);
                (outcome != "done", entry.end(outcome, after, None))
            }
            Err(fault) => {
                let told = fault.to_object(&self.redactor, true);
                let outcome = told.get("outcome").map(|word| word.plain().into_owned()).unwrap_or_default();
                let kept = entry.end(&outcome, Raw::null(), Some(&fault.failure.message));
                answer.0.extend(known.replaced(told).0);
                if outcome == "unknown" {
                    let hint = "Whether the write was carried out is not known. Read the records before anything else.";
                    answer.set("hint", Raw::string(hint));
                }
                (true, kept)
            }
        };
        if let Some(message) = kept {
            answer.set("audit", Raw::string(&message));
        }
        Ok(Reply::Result { text: answer.to_raw().text().to_owned(), is_error })
    }

    async fn create(&self, table: &'static EntityTable, values: &Values) -> Result<Done, ToolError> {
        let mut draft = table.make();
        apply(&mut *draft, values)?;
        let id = self.client.dynamic_of(table).create(&*draft).await?;
        let after = self.after(table, id).await;
        let said = Object(vec![("id".to_owned(), Raw::from(id))]);
        Ok(Done { outcome: "done", after, said })
    }

    async fn update(
        &self,
        table: &'static EntityTable,
        id: i64,
        values: &Values,
        before: &[(i64, Object)],
    ) -> Result<Done, ToolError> {
        let records = self.client.dynamic_of(table);
        let mut record = records.get(id).await?;
        if before.iter().all(|(_, known)| object_of(&*record).ok().as_ref() != Some(known)) {
            return Err(ToolError::refused("the record has changed since the plan was made; nothing was done"));
        }
        apply(&mut *record, values)?;
        records.replace(&record).await?;
        let after = without_secrets(table, object_of(&*record)?).to_raw();
        Ok(Done { outcome: "done", after, said: Object::default() })
    }

    async fn delete(&self, table: &'static EntityTable, ids: &[i64]) -> Result<Done, ToolError> {
        let records = self.client.dynamic_of(table);
        let mut outcomes = Vec::new();
        let mut failed = None;
        for id in ids {
            let outcome = match records.delete(*id).await.map_err(Failure::from) {
                Ok(()) => "done",
                Err(failure) => {
                    let is_unknown = failure.exit == Exit::OutcomeUnknown;
                    failed = Some(failure);
                    if is_unknown { "unknown" } else { "not done" }
                }
            };
            outcomes.push((*id, outcome));
            if failed.is_some() {
                break;
            }
        }
        let Some(failure) = failed else {
            return Ok(Done { outcome: "done", after: Raw::null(), said: Object::default() });
        };
        if ids.len() == 1 {
            return Err(failure.into());
        }
        let is_unknown = failure.exit == Exit::OutcomeUnknown;
        outcomes.extend(ids.iter().skip(outcomes.len()).map(|id| (*id, "not tried")));
        let rows = outcomes.iter().map(|(id, outcome)| Raw::array([Raw::from(*id), Raw::string(outcome)]));
        let mut said = Object::default();
        said.set("error", Raw::string(&self.redactor.text(&failure.message)));
        said.set("outcomes", Raw::array(rows));
        let after = said.to_raw();
        Ok(Done { outcome: if is_unknown { "unknown" } else { "partly done" }, after, said })
    }

    async fn run(
        &self,
        table: &'static EntityTable,
        key: &str,
        ids: &[i64],
        parameters: &Object,
    ) -> Result<Done, ToolError> {
        let mut command = self.client.dynamic_of(table).command(key).on(ids.iter().copied());
        for (name, value) in &parameters.0 {
            let json: Json = value.text().parse().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            command = command.parameter(name, json);
        }
        let envelope = command.run().await?;
        let mut said = Object::default();
        if let Some(message) = &envelope.message {
            said.set("message", shortened(&Raw::string(&self.redactor.text(message)), LONG_IN_RECORD));
        }
        let value = envelope.value.as_ref().and_then(|value| Raw::parse(&value.to_string()).ok());
        if let Some(value) = value.filter(|value| !value.is_null()) {
            // Nothing is known of what a command answers with: it may hold anything.
            let value = shortened(&self.redactor.unknown(&value), LONG_IN_RECORD);
            let is_short = value.text().len() < LIMIT / 2;
            said.set("value", if is_short { value } else { Raw::string("[too long to be shown]") });
        }
        let after = said.to_raw();
        Ok(Done { outcome: "done", after, said })
    }

    /// A record after a write, for the audit file. That it can't be read changes nothing about the write.
    async fn after(&self, table: &'static EntityTable, id: i64) -> Raw {
        if self.audit.is_none() || !table.allows(Operation::Get) {
            return Raw::null();
        }
        let record = self.client.dynamic_of(table).get(id).await.ok();
        let object = record.and_then(|record| object_of(&*record).ok());
        object.map_or_else(Raw::null, |object| without_secrets(table, object).to_raw())
    }
}

/// What a plan consists of: the work, the records, the question, and the same as data.
type Parts = (Work, Vec<(i64, Object)>, String, Object);

enum Planned {
    Plan(Box<Plan>),
    Nothing(Object),
}

/// What an answer repeats of a plan: each value shortened, and all of them only if they are not too many.
fn shortened_object(shown: &Object) -> Object {
    let mut most = LONG_IN_ROWS;
    loop {
        let object = Object(shown.0.iter().map(|(name, value)| (name.clone(), shortened(value, most))).collect());
        if object.to_raw().text().len() < LIMIT / 2 {
            return object;
        }
        if most < 8 {
            let is_short = |(_, value): &(String, Raw)| !value.is_nested();
            return Object(object.0.into_iter().filter(is_short).collect());
        }
        most /= 4;
    }
}

/// The personal data of the records of a write, which a message of the service may repeat.
struct Known(Vec<(String, String)>);

impl Known {
    fn of(table: &'static EntityTable, records: &[(i64, Object)], redactor: &Redactor) -> Self {
        let mut known = Vec::new();
        for (name, value) in records.iter().flat_map(|(_, record)| &record.0) {
            let seen = redactor.record(table, &Object(vec![(name.clone(), value.clone())]));
            let (Some(text), Some(token)) = (value.as_str(), seen.get(name).and_then(Raw::as_str)) else { continue };
            if text.trim().chars().count() > 2 && text != token {
                known.push((text.trim().to_owned(), token.into_owned()));
            }
        }
        // The longest first: a name may be a part of another.
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self(known)
    }

    fn replaced(&self, object: Object) -> Object {
        Object(object.0.into_iter().map(|(name, value)| (name, self.inside(value))).collect())
    }

    fn inside(&self, value: Raw) -> Raw {
        if let Some(items) = value.as_array() {
            Raw::array(items.into_iter().map(|item| self.inside(item)))
        } else if let Some(object) = value.as_object() {
            self.replaced(object).to_raw()
        } else if let Some(text) = value.as_str() {
            Raw::string(&self.0.iter().fold(text.into_owned(), |text, (known, token)| text.replace(known, token)))
        } else {
            value
        }
    }
}

/// What came of a write.
struct Done {
    outcome: &'static str,
    after: Raw,
    said: Object,
}

fn allowed(table: &'static EntityTable, operation: Operation) -> Result<(), ToolError> {
    if table.allows(operation) {
        return Ok(());
    }
    let word = format!("{operation:?}").to_lowercase();
    Err(ToolError::argument("entity", format!("the service has no {word} for {}", table.plural)))
}

fn one(arguments: &Arguments) -> Result<i64, ToolError> {
    arguments.ids("id", 1)?.first().copied().ok_or_else(|| ToolError::argument("id", "id is missing"))
}

fn counted(table: &EntityTable, records: usize) -> String {
    match records {
        1 => format!("1 record of {}", table.name),
        records => format!("{records} records of {}", table.name),
    }
}

fn ids_data(table: &EntityTable, ids: &[i64]) -> Object {
    let ids = Raw::array(ids.iter().map(|id| Raw::from(*id)));
    Object(vec![("entity".to_owned(), Raw::string(table.name)), ("ids".to_owned(), ids)])
}

/// A value in a question: on one line, its texts in quotes, so that no text passes for the question. A long one shows
/// both its ends and its length.
fn quoted(value: &Raw) -> String {
    let text = match value.as_str() {
        None if value.is_null() => return "nothing".to_owned(),
        Some(text) => text.replace(['“', '”'], "\""),
        None => value.text().to_owned(),
    };
    let all = text.chars().count();
    let text = visible(&text);
    let shown = if text.chars().count() > VALUE {
        let (first, last) = ENDS;
        let end: String = text.chars().skip(text.chars().count() - last).collect();
        format!("{} ... {}", clean_line(&text, first).trim_end_matches("..."), clean_line(&end, last))
    } else {
        clean_line(&text, VALUE)
    };
    let shown = if value.is_string() { format!("“{shown}”") } else { shown };
    if all > VALUE { format!("{shown} ({all} characters)") } else { shown }
}

/// A question: a line for each thing that would be done, and the beginnings of the lines beyond the first ones.
fn question(heading: &str, lines: &[String]) -> String {
    let mut text = format!("{heading}?");
    for line in lines.iter().take(SHOWN) {
        text.push_str("\n- ");
        text.push_str(line);
    }
    if let Some(beyond) = lines.get(SHOWN..).filter(|beyond| !beyond.is_empty()) {
        let names: Vec<_> =
            beyond.iter().map(|line| line.split([':', '(']).next().unwrap_or_default().trim()).collect();
        text.push_str(&format!("\n- and {} more: {}", beyond.len(), clean_line(&names.join(", "), BEYOND)));
    }
    text
}
