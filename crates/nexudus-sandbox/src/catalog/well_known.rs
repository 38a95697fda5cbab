//! The few entities and properties that the service itself reads and writes: it cannot check a password without
//! knowing which records are users. Everything else is interpreted from the tables.
//!
//! The spec says which entity plays which part; this file names the properties. Their positions are looked up once,
//! when the catalog is made.

use nexudus_core::EntityTable;
use nexudus_model::well_known;

use crate::catalog::entity::Entity;
use crate::catalog::position::EntityPosition;
use crate::value::position::FieldPosition;

/// A type with the position of an entity and of some of its properties.
macro_rules! well_known {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $property:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name {
            pub(crate) entity: EntityPosition,
            $($(#[$field_doc])* pub(crate) $field: FieldPosition,)*
        }

        impl $name {
            fn find(entities: &[Entity], table: Option<&EntityTable>) -> Option<Self> {
                let name = table?.name;
                let entity = entities.iter().find(|entity| entity.table.name == name)?;
                Some(Self { entity: entity.position, $($field: entity.field_position($property)?,)* })
            }
        }
    };
}

well_known! {
    /// Those who log in.
    UserFields {
        full_name: "FullName",
        email: "Email",
        active: "Active",
        api_access: "APIAccess",
        is_admin: "IsAdmin",
        user_roles: "UserRoles",
        default_business: "DefaultBusinessId",
        businesses: "Businesses",
        /// Write-only, as are the next two.
        password: "Password",
        new_password: "NewPassword",
        /// The secret for one-time codes.
        two_factor_secret: "TwoFactorSecret",
    }
}

well_known! {
    /// Groups of roles.
    UserRoleFields {
        name: "Name",
        roles: "Roles",
    }
}

well_known! {
    RoleFields {
        name: "Name",
    }
}

well_known! {
    /// Locations.
    BusinessFields {}
}

well_known! {
    WebhookFields {
        business: "BusinessId",
        action: "Action",
        url: "URL",
        active: "Active",
        error_count: "ErrorCount",
        last_error: "LastError",
        last_trigger: "LastTrigger",
    }
}

well_known! {
    /// Members and contacts.
    CoworkerFields {
        email: "Email",
        access_card: "AccessCardId",
        businesses: "Businesses",
    }
}

well_known! {
    CheckinFields {
        coworker: "CoworkerId",
        business: "BusinessId",
        from: "FromTime",
        to: "ToTime",
        mac_addresses: "MacAddresses",
    }
}

/// All of them. An entity whose section is switched off is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WellKnown {
    pub(crate) users: Option<UserFields>,
    pub(crate) user_roles: Option<UserRoleFields>,
    pub(crate) roles: Option<RoleFields>,
    pub(crate) businesses: Option<BusinessFields>,
    pub(crate) webhooks: Option<WebhookFields>,
    pub(crate) coworkers: Option<CoworkerFields>,
    pub(crate) checkins: Option<CheckinFields>,
}

impl WellKnown {
    pub(crate) fn find(entities: &[Entity]) -> Self {
        Self {
            users: UserFields::find(entities, well_known::USER),
            user_roles: UserRoleFields::find(entities, well_known::USER_ROLE),
            roles: RoleFields::find(entities, well_known::ROLE),
            businesses: BusinessFields::find(entities, well_known::BUSINESS),
            webhooks: WebhookFields::find(entities, well_known::WEBHOOK),
            coworkers: CoworkerFields::find(entities, well_known::COWORKER),
            checkins: CheckinFields::find(entities, well_known::CHECKIN),
        }
    }
}

/// The location of the caller, in the record of the caller.
pub(crate) const DEFAULT_LOCATION: &str = "DefaultBusinessId";

/// What the record of the caller says of their location besides its own properties: the name there, and the property
/// of the location.
pub(crate) const LOCATION_DEFAULTS: [(&str, &str); 5] = [
    ("DefaultCurrencyId", "CurrencyId"),
    ("DefaultCurrencyCode", "CurrencyCode"),
    ("DefaultCountryId", "CountryId"),
    ("DefaultSimpleTimeZoneId", "SimpleTimeZoneId"),
    ("DefaultSimpleTimeZoneNameIana", "SimpleTimeZoneNameIana"),
];

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    /// A misspelt property would switch a part of the sandbox off.
    #[test]
    fn every_well_known_entity_of_the_model_is_found() {
        let known = Catalog::new(nexudus_model::tables(), &[]).well_known;
        let found = [
            (known.users.is_some(), nexudus_model::well_known::USER),
            (known.user_roles.is_some(), nexudus_model::well_known::USER_ROLE),
            (known.roles.is_some(), nexudus_model::well_known::ROLE),
            (known.businesses.is_some(), nexudus_model::well_known::BUSINESS),
            (known.webhooks.is_some(), nexudus_model::well_known::WEBHOOK),
            (known.coworkers.is_some(), nexudus_model::well_known::COWORKER),
            (known.checkins.is_some(), nexudus_model::well_known::CHECKIN),
        ];
        for (found, table) in found {
            assert_eq!(found, table.is_some(), "{:?}", table.map(|table| table.name));
        }
    }
}
