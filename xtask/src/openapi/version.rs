//! The versions of OpenAPI that are written.

/// A version of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.0, for tools that know no newer one.
    V30,
    /// 3.1.
    V31,
}
