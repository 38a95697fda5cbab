//! The envelope of a list.

use serde_json::Value;

use crate::decode::{self, Context, DecodeError, Leniency, Slotted};
use crate::record::Entity;
use crate::slot::Slot;

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
    pub direction: Option<Value>,
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

/// One page of a list. Its records are summaries: properties that come only with a get are left out or empty.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<E> {
    /// The records of this page.
    pub records: Vec<E>,
    /// Where this page stands in the whole.
    pub info: PageInfo,
}

impl<E: Entity> Page<E> {
    /// Decodes the answer to a list.
    pub fn decode(json: &[u8]) -> Result<Self, DecodeError> {
        let mut records = Vec::new();
        let info = decode::page(json, &mut records, &mut Context::lenient(E::table()))?;
        Ok(Self { records, info })
    }

    /// Decodes the answer to a list and reports every leniency that was taken, with its JSON path.
    pub fn decode_strict(json: &[u8]) -> Result<(Self, Vec<Leniency>), DecodeError> {
        let mut context = Context::strict(E::table());
        let mut records = Vec::new();
        let info = decode::page(json, &mut records, &mut context)?;
        Ok((Self { records, info }, context.into_leniencies()))
    }
}

impl<E> Page<E> {
    /// The records of this page.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.records.iter()
    }

    /// Whether a page follows, by the envelope, or by its numbers where it does not say.
    pub fn has_next(&self) -> bool {
        let info = &self.info;
        let by_number = matches!((info.current_page, info.total_pages), (Some(page), Some(pages)) if page < pages);
        info.has_next_page.unwrap_or(by_number)
    }
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
pub fn decode_rows<E: Entity>(json: &[u8]) -> Result<Vec<E>, DecodeError> {
    let mut records = Vec::new();
    decode::rows(json, &mut records, &mut Context::lenient(E::table()))?;
    Ok(records)
}
