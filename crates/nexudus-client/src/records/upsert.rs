//! Creating a record once, by an id of the caller.
//!
//! This must not create a second record, so the search before the create is strict: a row without its `SystemId` is
//! fetched by its id, a `SystemId` that differs only in case or whitespace counts as equal, and a list that changes
//! during the read is read again.

use futures_util::StreamExt as _;
use nexudus_core::Operation;

use crate::error::{Error, ErrorKind, Subject};
use crate::records::Records;
use crate::records::pages::AnyPages;
use crate::records::pending::Erased;
use crate::records::verify::{contains_text, same_text};

/// Rows without a `SystemId` that are got by their ids to see it. More of them mean that the service ignored the
/// filter.
const MOST_LOOKUPS: usize = 20;

/// Times that a list is read, where it changes while it is read.
const MOST_SEARCHES: usize = 3;

/// What was found of a `SystemId`.
#[derive(Default)]
struct Found {
    exact: Vec<i64>,
    /// Those that differ in case or blanks alone.
    alike: Vec<i64>,
    /// Rows that do not show theirs.
    untold: Vec<i64>,
}

impl Found {
    fn note(&mut self, wanted: &str, id: i64, found: &str) {
        if found == wanted {
            self.exact.push(id);
        } else if same_text(found, wanted) {
            self.alike.push(id);
        }
    }
}

impl Records {
    /// Gives the id of the record with this `SystemId`, which these filters list, and whether it was created.
    pub(crate) fn upsert(
        &self,
        system_id: String,
        filters: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Erased<(i64, bool)> {
        let records = self.clone();
        let subject = Subject { operation: "upsert", ..Subject::of(Operation::Create, self.table, None) };
        Box::pin(async move {
            if system_id.trim().is_empty() {
                let what = "the SystemId is empty; nothing was sent";
                return Err(Error::new(subject, ErrorKind::Usage).with_message(what));
            }
            // A filter does not find it then where the service trims the values of filters, and the record would be
            // created again.
            if system_id.trim() != system_id {
                let what = "the SystemId begins or ends with whitespace, so a filter may not find it; nothing was sent";
                return Err(Error::new(subject, ErrorKind::Usage).with_message(what));
            }
            let deadline = records.deadline();
            let found = records.find_system_id(&system_id, &filters, subject).await;
            if let Some(id) = found.map_err(|error| error.in_step(subject, "look for the SystemId"))? {
                return Ok((id, false));
            }
            let id = records.until(deadline).create_from(body).await;
            Ok((id.map_err(|error| error.in_step(subject, "create the record"))?, true))
        })
    }

    async fn find_system_id(
        &self,
        system_id: &str,
        filters: &[(String, String)],
        subject: Subject,
    ) -> Result<Option<i64>, Error> {
        let fail = |kind, what: String| Err(Error::new(subject, kind).with_message(what));
        for _ in 0..MOST_SEARCHES {
            let (mut found, mut drifted) = self.search(system_id, filters, subject).await?;
            if found.exact.is_empty() && found.alike.is_empty() {
                if found.untold.len() > MOST_LOOKUPS || (!found.untold.is_empty() && !self.table.allows(Operation::Get))
                {
                    let what = format!(
                        "{} listed records do not show their SystemId, so it is not certain whether the record exists",
                        found.untold.len()
                    );
                    return fail(ErrorKind::Unexpected, what);
                }
                for id in std::mem::take(&mut found.untold) {
                    let Some(record) = self.get_opt(id).await? else {
                        // It was listed a moment ago.
                        drifted = true;
                        continue;
                    };
                    let what = match (record.common().system_id.as_deref(), record.property("SystemId")) {
                        (Some(text), _) => {
                            found.note(system_id, id, text);
                            continue;
                        }
                        (None, Some(other)) if other.is_null() => continue,
                        (None, Some(_)) => format!("the SystemId of record {id} is not a text"),
                        (None, None) => format!("record {id} does not show its SystemId"),
                    };
                    let what = format!("{what}, so it is not certain whether it is the record");
                    return fail(ErrorKind::Unexpected, what);
                }
            }
            match (found.exact.iter().min(), &found.alike[..]) {
                (Some(id), _) | (None, [id]) => return Ok(Some(*id)),
                (None, []) if drifted => {}
                (None, []) => return Ok(None),
                (None, several) => {
                    let what = format!("the records {several:?} have a SystemId that differs in case or blanks alone");
                    return fail(ErrorKind::Refused, what);
                }
            }
        }
        fail(
            ErrorKind::Conflict,
            "the list changed each time that it was read, so a record may have been missed".to_owned(),
        )
    }

    /// Reads the whole list. Also says whether it changed meanwhile.
    async fn search(
        &self,
        system_id: &str,
        filters: &[(String, String)],
        subject: Subject,
    ) -> Result<(Found, bool), Error> {
        let mut found = Found::default();
        let mut pages = AnyPages::filtered(self, filters.to_vec());
        while let Some(page) = pages.next().await.transpose()? {
            for record in page.records.iter() {
                let common = record.common();
                match (common.id, common.system_id.as_deref()) {
                    // No source says whether the filter wants the whole text, so a part of it is kept to as well.
                    (id, Some(text)) if !text.trim().is_empty() => {
                        if !contains_text(text, system_id) {
                            let filter = filters.first().map_or("SystemId", |(name, _)| name);
                            let id = id.unwrap_or_default();
                            let what =
                                format!("the service ignored the filter {filter}: record {id} does not match it");
                            return Err(Error::new(subject, ErrorKind::Ignored).with_message(what));
                        }
                        match id {
                            Some(id) => found.note(system_id, id, text),
                            None if same_text(text, system_id) => return Err(without_id(subject)),
                            None => {}
                        }
                    }
                    (Some(id), _) => found.untold.push(id),
                    (None, _) => return Err(without_id(subject)),
                }
            }
            if !found.exact.is_empty() {
                break;
            }
        }
        Ok((found, pages.drift().has_drifted()))
    }
}

fn without_id(subject: Subject) -> Error {
    let what = "a listed record has no Id that can be read, so it is not certain whether it is the record";
    Error::new(subject, ErrorKind::Unexpected).with_message(what)
}
