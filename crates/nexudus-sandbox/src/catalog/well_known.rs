//! The few entities and properties that the service itself has to know: it can't check a password without
//! knowing which records are users. Everything else is interpreted from the tables.
//!
//! Which entity plays which part stands in the spec; here are the names of the properties.

use nexudus_core::EntityTable;
use nexudus_model::well_known;

/// A part that an entity plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    User,
    UserRole,
    Role,
    Business,
    Webhook,
    Coworker,
    Checkin,
}

/// The table of each part, unless its section is switched off; in the order of the parts.
pub(crate) const PARTS: [Option<&EntityTable>; 7] = [
    well_known::USER,
    well_known::USER_ROLE,
    well_known::ROLE,
    well_known::BUSINESS,
    well_known::WEBHOOK,
    well_known::COWORKER,
    well_known::CHECKIN,
];

pub(crate) const USER_FULL_NAME: &str = "FullName";
pub(crate) const USER_EMAIL: &str = "Email";
pub(crate) const USER_ACTIVE: &str = "Active";
pub(crate) const USER_API_ACCESS: &str = "APIAccess";
pub(crate) const USER_IS_ADMIN: &str = "IsAdmin";
pub(crate) const USER_USER_ROLES: &str = "UserRoles";
pub(crate) const USER_DEFAULT_BUSINESS: &str = "DefaultBusinessId";
/// Either of these sets the password.
pub(crate) const USER_PASSWORDS: [&str; 2] = ["Password", "NewPassword"];
/// Sets the secret for one-time codes.
pub(crate) const USER_TOTP: &str = "TwoFactorSecret";
pub(crate) const USER_ROLE_ROLES: &str = "Roles";
pub(crate) const USER_ROLE_NAME: &str = "Name";
pub(crate) const ROLE_NAME: &str = "Name";
pub(crate) const WEBHOOK_BUSINESS: &str = "BusinessId";
pub(crate) const WEBHOOK_ACTION: &str = "Action";
pub(crate) const WEBHOOK_URL: &str = "URL";
pub(crate) const WEBHOOK_ACTIVE: &str = "Active";
pub(crate) const WEBHOOK_ERROR_COUNT: &str = "ErrorCount";
pub(crate) const WEBHOOK_LAST_ERROR: &str = "LastError";
pub(crate) const WEBHOOK_LAST_TRIGGER: &str = "LastTrigger";
pub(crate) const COWORKER_EMAIL: &str = "Email";
pub(crate) const COWORKER_ACCESS_CARD: &str = "AccessCardId";
/// The list of locations of a member and of a user.
pub(crate) const LOCATIONS: &str = "Businesses";
pub(crate) const CHECKIN_COWORKER: &str = "CoworkerId";
pub(crate) const CHECKIN_BUSINESS: &str = "BusinessId";
pub(crate) const CHECKIN_FROM: &str = "FromTime";
pub(crate) const CHECKIN_TO: &str = "ToTime";
pub(crate) const CHECKIN_MAC: &str = "MacAddresses";
/// What the record of the caller says of their location besides its own properties, and where it comes from.
pub(crate) const DEFAULTS: [(&str, &str); 5] = [
    ("DefaultCurrencyId", "CurrencyId"),
    ("DefaultCurrencyCode", "CurrencyCode"),
    ("DefaultCountryId", "CountryId"),
    ("DefaultSimpleTimeZoneId", "SimpleTimeZoneId"),
    ("DefaultSimpleTimeZoneNameIana", "SimpleTimeZoneNameIana"),
];
