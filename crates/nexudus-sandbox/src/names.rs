//! The few entities and properties that the service itself has to know: it can't check a password without
//! knowing which records are users. Everything else is interpreted from the tables.

pub(crate) const USER: &str = "User";
pub(crate) const USER_ROLE: &str = "UserRole";
pub(crate) const ROLE: &str = "Role";
pub(crate) const USER_FULL_NAME: &str = "FullName";
pub(crate) const USER_EMAIL: &str = "Email";
pub(crate) const USER_ACTIVE: &str = "Active";
pub(crate) const USER_API_ACCESS: &str = "APIAccess";
pub(crate) const USER_IS_ADMIN: &str = "IsAdmin";
pub(crate) const USER_USER_ROLES: &str = "UserRoles";
/// Either of these sets the password.
pub(crate) const USER_PASSWORDS: [&str; 2] = ["NewPassword", "Password"];
pub(crate) const USER_ROLE_ROLES: &str = "Roles";
pub(crate) const USER_ROLE_NAME: &str = "Name";
pub(crate) const ROLE_NAME: &str = "Name";
