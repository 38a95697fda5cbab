//! The common properties that the sandbox itself reads or sets.

use nexudus_core::Common;

/// The position of a common property among the common properties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommonField(usize);

pub(crate) const ID: CommonField = CommonField::named("Id");
pub(crate) const UPDATED_ON: CommonField = CommonField::named("UpdatedOn");
pub(crate) const CREATED_ON: CommonField = CommonField::named("CreatedOn");
pub(crate) const UNIQUE_ID: CommonField = CommonField::named("UniqueId");
pub(crate) const UPDATED_BY: CommonField = CommonField::named("UpdatedBy");
pub(crate) const SYSTEM_ID: CommonField = CommonField::named("SystemId");
pub(crate) const TO_STRING_TEXT: CommonField = CommonField::named("ToStringText");
pub(crate) const CUSTOM_FIELDS: CommonField = CommonField::named("CustomFields");

impl CommonField {
    /// Does not compile if the spec has no common property of this name.
    const fn named(name: &str) -> Self {
        let mut index = 0;
        while !same(Common::FIELDS[index].name.as_bytes(), name.as_bytes()) {
            index += 1;
        }
        Self(index)
    }

    pub(crate) const fn index(self) -> usize {
        self.0
    }
}

/// `==` for byte strings, which a constant cannot use.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}
