//! The known facts of an enumeration.

/// The values of one enumeration, as the spec lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumTable {
    /// The service's own name, for example `eBookingRepeatCycle`.
    pub name: &'static str,
    /// Number and name of each value, in the spec's order.
    pub values: &'static [(i64, &'static str)],
}

impl EnumTable {
    /// The name of a value, if it is listed.
    pub fn name_of(&self, value: i64) -> Option<&'static str> {
        self.position(value).map(|at| self.values[at].1)
    }

    /// The position of a value, if it is listed.
    pub(crate) fn position(&self, value: i64) -> Option<usize> {
        self.values.iter().position(|(number, _)| *number == value)
    }

    /// The number behind a name, compared without regard to ASCII case.
    pub fn value_of(&self, name: &str) -> Option<i64> {
        self.values.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(number, _)| *number)
    }
}
