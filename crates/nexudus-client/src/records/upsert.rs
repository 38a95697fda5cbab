//! Creating a record once, by an id of the caller's.

use futures_util::StreamExt as _;
use nexudus_core::Record;

use crate::records::Records;
use crate::records::pages::AnyPages;
use crate::records::pending::Untyped;

impl Records {
    /// Gives the id of the record with this `SystemId`, which these filters list, and whether it was created.
    pub(crate) fn upsert(
        &self,
        system_id: String,
        filters: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Untyped<(i64, bool)> {
        let records = self.clone();
        Box::pin(async move {
            let mut pages = AnyPages::filtered(&records, filters);
            // No source says whether the filter wants the whole text, so each record is compared.
            let is_it = |record: &&dyn Record| record.common().system_id.as_deref() == Some(system_id.as_str());
            while let Some(page) = pages.next().await.transpose()? {
                if let Some(id) = page.records.iter().filter(is_it).find_map(|record| record.common().id) {
                    return Ok((id, false));
                }
            }
            Ok((records.create(body).await?, true))
        })
    }
}
