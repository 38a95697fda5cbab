//! The envelope of a list.

use std::fmt;

use super::typed::Entity;
use crate::codec::{self, Context, Leniency, Slotted};
use crate::json::{DecodeError, Json, JsonRef};
use crate::record::{AsRecords, EntityTable, Rows};
use crate::value::Slot;

/// What a list says besides its records. Sources disagree on which of these the service sends, so each may be
/// missing.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PageInfo {
    /// Records asked for on a page.
    pub page_size: Option<i64>,
    /// Records on this page.
    pub current_page_size: Option<i64>,
    /// The number of this page, counted from 1.
    pub current_page: Option<i64>,
    /// The property that the list is sorted by.
    pub order: Option<String>,
    /// The direction of the sort: 1 and -1, or a text, as the sources disagree.
    pub direction: Option<Json>,
    /// The position of the first record of this page among all, counted from 1.
    pub first_item: Option<i64>,
    /// The position of the last record of this page among all, counted from 1.
    pub last_item: Option<i64>,
    /// Whether a page follows.
    pub has_next_page: Option<bool>,
    /// Whether a page goes before.
    pub has_previous_page: Option<bool>,
    /// Records on all pages.
    pub total_items: Option<i64>,
    /// The number of pages.
    pub total_pages: Option<i64>,
}

impl Slotted for PageInfo {
    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "PageSize" => &mut self.page_size,
            "CurrentPageSize" => &mut self.current_page_size,
            "CurrentPage" | "PageNumber" => &mut self.current_page,
            "CurrentOrderField" => &mut self.order,
            "CurrentSortDirection" => &mut self.direction,
            "FirstItem" => &mut self.first_item,
            "LastItem" => &mut self.last_item,
            "HasNextPage" => &mut self.has_next_page,
            "HasPreviousPage" => &mut self.has_previous_page,
            "TotalItems" => &mut self.total_items,
            "TotalPages" => &mut self.total_pages,
            _ => return None,
        })
    }
}

impl PageInfo {
    /// Whether a page follows, by what the envelope says, or by its numbers where it does not say.
    pub fn has_next(&self) -> bool {
        let by_number = matches!((self.current_page, self.total_pages), (Some(page), Some(pages)) if page < pages);
        self.has_next_page.unwrap_or(by_number)
    }
}

/// A row of a list that is not a record, since it is not an object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UnreadableRow {
    /// Its position in the list as it came, counted from 0.
    pub row: usize,
    /// What stands there.
    pub json: Json,
}

/// One page of a list of an entity that is known only by its table.
#[derive(Debug)]
#[non_exhaustive]
pub struct AnyPage {
    /// The records of this page.
    pub records: Rows,
    /// What came in the place of records and is none.
    pub unreadable: Vec<UnreadableRow>,
    /// Where this page stands in the whole.
    pub info: PageInfo,
}

impl AnyPage {
    /// Decodes the answer to a list. How many records there may be depends on the length of the body, so that a
    /// hostile one takes no more memory than it is worth: no real page comes near.
    pub fn decode(table: &'static EntityTable, json: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_in(&mut Context::lenient(table), table, json)
    }

    /// The same with at most so many rows; fails where there are more.
    pub fn decode_at_most(table: &'static EntityTable, json: &[u8], rows: usize) -> Result<Self, DecodeError> {
        Self::decode_in(&mut Context::lenient(table).at_most(rows), table, json)
    }

    fn decode_in(context: &mut Context, table: &'static EntityTable, json: &[u8]) -> Result<Self, DecodeError> {
        let mut page = Self { records: Rows::new(table), unreadable: Vec::new(), info: PageInfo::default() };
        let unreadable = &mut page.unreadable;
        let mut other = |row, json: JsonRef<'_>| unreadable.push(UnreadableRow { row, json: json.to_owned() });
        codec::page(json, &mut page.records, &mut page.info, &mut other, context)?;
        Ok(page)
    }

    /// The same with the type of its entity. Fails if it is another's.
    pub fn typed<E: Entity>(self) -> Result<Page<E>, DecodeError> {
        Page::from_untyped(Ok(self), |error| error)
    }

    /// What is left of the page when its records are taken out.
    fn without_records<X>(
        untyped: Result<Self, X>,
        typed: &mut dyn AsRecords,
        other: fn(DecodeError) -> X,
    ) -> Result<(Vec<UnreadableRow>, PageInfo), X> {
        let Self { records, unreadable, info } = untyped?;
        records.move_to(typed).map_err(other)?;
        Ok((unreadable, info))
    }
}

/// One page of a list. Its records are summaries: properties that come only with a get are left out or empty.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<E> {
    /// The records of this page.
    pub records: Vec<E>,
    /// What came in the place of records and is none.
    pub unreadable: Vec<UnreadableRow>,
    /// Where this page stands in the whole.
    pub info: PageInfo,
}

impl<E: Entity> Page<E> {
    /// The same page with the type of its entity. What depends on the entity is compiled for each, in the programs
    /// that list it, so it is as little as can be.
    #[doc(hidden)]
    pub fn from_untyped<X>(untyped: Result<AnyPage, X>, other: fn(DecodeError) -> X) -> Result<Self, X> {
        let mut records = Vec::new();
        match AnyPage::without_records(untyped, &mut records, other) {
            Ok((unreadable, info)) => Ok(Self { records, unreadable, info }),
            Err(error) => Err(error),
        }
    }

    /// Decodes the answer to a list.
    pub fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        AnyPage::decode(E::table(), json)?.typed()
    }

    /// Decodes the answer to a list and reports every leniency that was taken, with its JSON path.
    pub fn decode_strict(json: &[u8]) -> Result<(Self, Vec<Leniency>), DecodeError> {
        let mut context = Context::strict(E::table());
        let page = AnyPage::decode_in(&mut context, E::table(), json)?.typed()?;
        Ok((page, context.into_leniencies()))
    }
}

impl<E> Page<E> {
    /// The records of this page.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.records.iter()
    }

    /// Whether a page follows, by the envelope, or by its numbers where it does not say.
    pub fn has_next(&self) -> bool {
        self.info.has_next()
    }
}

impl<E: Entity> fmt::Debug for Page<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.records, &self.unreadable, &self.info, f)
    }
}

fn show(
    records: &dyn AsRecords,
    unreadable: &[UnreadableRow],
    info: &PageInfo,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut page = f.debug_struct("Page");
    page.field("records", &records).field("unreadable", &unreadable).field("info", info).finish()
}

impl<E> IntoIterator for Page<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Page<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}

/// Decodes the bare array that a fetch of several ids gives. Its records are summaries.
pub fn decode_rows(table: &'static EntityTable, json: &[u8]) -> Result<Rows, DecodeError> {
    decode_rows_at_most(table, json, usize::MAX)
}

/// The same with at most so many records; fails where there are more.
pub fn decode_rows_at_most(table: &'static EntityTable, json: &[u8], rows: usize) -> Result<Rows, DecodeError> {
    let mut records = Rows::new(table);
    codec::rows(json, &mut records, &mut Context::lenient(table).at_most(rows))?;
    Ok(records)
}
