//! One request of a probe, and what its answer says.

use std::cell::Cell;

use nexudus_client::Client;
use nexudus_client::model::core::{EntityTable, service};

use super::report::{Access, Verdict};
use crate::failure::Failure;
use crate::json::{Object, Raw};

/// Asks for the records of one entity.
pub(super) struct Requester<'a> {
    client: &'a Client,
    pub(super) table: &'static EntityTable,
    /// The filters without which the service refuses a list, and a value for each.
    pub(super) required: Vec<(String, String)>,
    requests: Cell<u32>,
}

/// An answer of the service, good or not.
pub(super) struct Response {
    pub(super) status: Option<u16>,
    /// The body of a good answer.
    pub(super) body: Option<Raw>,
}

impl Response {
    /// What the status says.
    pub(super) fn verdict(&self) -> Verdict {
        match self.status {
            Some(200..=299) if self.body.is_some() => Verdict::There,
            Some(401 | 403) => Verdict::RoleMissing,
            Some(404 | 410) => Verdict::NotThere,
            Some(400..=499) => Verdict::Refused,
            _ => Verdict::Failed,
        }
    }

    /// The same for the report.
    pub(super) fn access(&self) -> Access {
        Access { status: self.status, verdict: self.verdict(), ..Access::default() }
    }
}

/// A page of a list.
pub(super) struct Listing {
    pub(super) answer: Response,
    /// The records as they came; empty for an answer that is not a page.
    pub(super) rows: Vec<Raw>,
    /// How many there are in all, if the service says so.
    pub(super) total: Option<usize>,
    /// The size of the page, if the service says so.
    pub(super) size: Option<usize>,
}

impl Listing {
    fn read(answer: Response) -> Self {
        let object = answer.body.as_ref().and_then(Raw::as_object).unwrap_or_default();
        let rows = object.get("Records").and_then(Raw::as_array);
        let number = |name: &str| object.get(name).and_then(|value| value.text().parse().ok());
        let (total, size) = (number("TotalItems"), number("PageSize").or_else(|| number("CurrentPageSize")));
        let is_page = rows.is_some() || object.get("Records").is_some_and(Raw::is_null);
        let body = answer.body.filter(|_| is_page);
        Self { answer: Response { body, ..answer }, rows: rows.unwrap_or_default(), total, size }
    }

    /// The ids of the records.
    pub(super) fn ids(&self) -> Vec<i64> {
        self.rows.iter().filter_map(id_of).collect()
    }
}

/// The id of a record.
pub(super) fn id_of(row: &Raw) -> Option<i64> {
    row.as_object().as_ref().and_then(id_in)
}

/// The id in a record.
pub(super) fn id_in(row: &Object) -> Option<i64> {
    row.get("Id").and_then(|id| id.text().parse().ok())
}

impl<'a> Requester<'a> {
    /// Asks for an entity.
    pub(super) fn new(client: &'a Client, table: &'static EntityTable) -> Self {
        Self { client, table, required: Vec::new(), requests: Cell::new(0) }
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Sends a GET. An answer of the service is not a failure, whatever its status. Neither is the lack of one where the
    /// service answers other requests: a path that closes each connection would end each probe.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, Failure> {
        self.requests.set(self.requests.get().saturating_add(1));
        let request = self.client.request("GET", path);
        let request = query.iter().fold(request, |request, (name, value)| request.query(*name, *value));
        match request.send().await {
            Ok(answer) => {
                let text = std::str::from_utf8(answer.bytes()).ok();
                let body = text.and_then(|text| Raw::parse(text.trim_start_matches('\u{feff}')).ok());
                Ok(Response { status: Some(answer.status().as_u16()), body })
            }
            Err(error) if error.is_throttled() => Err(error.into()),
            Err(error) => match error.status() {
                Some(status) => Ok(Response { status: Some(status.as_u16()), body: None }),
                None if self.is_alive().await => Ok(Response { status: None, body: None }),
                None => Err(error.into()),
            },
        }
    }

    /// Whether the service says who asks, as it did before the first entity.
    async fn is_alive(&self) -> bool {
        self.requests.set(self.requests.get().saturating_add(1));
        self.client.request("GET", "auth/me").send().await.is_ok()
    }

    /// Gets one record. Another one in its place is not an answer.
    pub(super) async fn record(&self, table: &EntityTable, id: i64) -> Result<Response, Failure> {
        let answer = self.get(&format!("{}/{id}", table.path()), &[]).await?;
        let body = answer.body.filter(|body| id_of(body) == Some(id));
        Ok(Response { body, ..answer })
    }

    /// Gets a page of the list.
    pub(super) async fn list(&self, size: usize, query: &[(&str, &str)]) -> Result<Listing, Failure> {
        let size = size.to_string();
        let mut all: Vec<(&str, &str)> = vec![(service::SIZE, &size)];
        let is_given = |name: &str| query.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        let required = self.required.iter().filter(|(name, _)| !is_given(name));
        all.extend(required.map(|(name, value)| (name.as_str(), value.as_str())));
        all.extend(query);
        Ok(Listing::read(self.get(&self.table.path(), &all).await?))
    }
}
