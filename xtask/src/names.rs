//! Rust names for wire names, by rule.
//!
//! heck does nearly all of it: `TaxIDNumber`, `APIAccess` and `StripeACHBankToken` come out right. What it
//! can't know stands in `WORDS`. A name that is still wrong gets a `rust` override in the spec; the rules
//! here never guess at meaning, so that the same wire name has the same Rust name wherever it stands.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Spellings that break at the wrong place: as written on the wire, and as one Rust word.
///
/// An entry counts only as a whole word: nothing in lower case may follow it, and no capital or digit of the
/// same run may stand before it, so that `3D` is found in `Images3D` and not in `Net3Door`.
const WORDS: &[(&str, &str)] = &[
    ("OAuth", "oauth"),
    ("IPv4", "ipv4"),
    ("IPv6", "ipv6"),
    ("WiFi", "wifi"),
    ("2D", "2d"),
    ("3D", "3d"),
    ("2FA", "2fa"),
];

/// What Rust keeps for itself, in any edition: such a name gets a trailing underscore.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Whether Rust keeps this word for itself.
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

/// Whether this can stand as a Rust name without further ado (ASCII only, no keyword, not `_` alone).
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().any(|b| b != b'_')
        && !is_keyword(name)
}

/// Splits a wire name into Rust words, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut i = 0;
    let plain = |text: &str, out: &mut Vec<String>| {
        out.extend(text.to_snake_case().split('_').filter(|word| !word.is_empty()).map(str::to_owned));
    };
    while i < name.len() {
        if let Some((length, word)) = special(name, i) {
            plain(name.get(start..i).unwrap_or_default(), &mut out);
            out.push(word);
            i += length;
            start = i;
        } else {
            i += name.get(i..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        }
    }
    plain(name.get(start..).unwrap_or_default(), &mut out);
    out
}

/// A word of the list, or the plural of an acronym (`IPs`, `URLs`), at this place.
fn special(name: &str, at: usize) -> Option<(usize, String)> {
    let bytes = name.as_bytes();
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    let ends = |end: usize| !bytes.get(end).is_some_and(u8::is_ascii_lowercase);
    let first = bytes.get(at)?;
    if first.is_ascii_digit() && before.is_some_and(u8::is_ascii_digit)
        || first.is_ascii_uppercase() && before.is_some_and(u8::is_ascii_uppercase)
    {
        return None;
    }
    for (wire, rust) in WORDS {
        if name.get(at..).is_some_and(|rest| rest.starts_with(wire)) && ends(at + wire.len()) {
            return Some((wire.len(), (*rust).to_owned()));
        }
    }
    let capitals = bytes.iter().skip(at).take_while(|b| b.is_ascii_uppercase()).count();
    let end = at + capitals + 1;
    if capitals >= 2 && bytes.get(end - 1) == Some(&b's') && ends(end) {
        return name.get(at..end).map(|text| (capitals + 1, text.to_ascii_lowercase()));
    }
    None
}

/// `TaxIDNumber` -> `tax_id_number`; keywords get a trailing underscore, a leading digit an `n`.
pub fn snake(name: &str) -> String {
    let mut snake = words(name).join("_");
    if snake.starts_with(|c: char| c.is_ascii_digit()) {
        snake.insert(0, 'n');
    }
    if is_keyword(&snake) {
        snake.push('_');
    }
    snake
}

/// `TaxIDNumber` -> `TAX_ID_NUMBER`.
pub fn shout(name: &str) -> String {
    snake(name).trim_end_matches('_').to_ascii_uppercase()
}

/// The variant for a value's name: `Ruckus_Virtual_SZ` -> `RuckusVirtualSz`, `3DSecure` -> `N3dSecure`.
pub fn variant(name: &str) -> String {
    let mut camel = words(name).join("_").to_upper_camel_case();
    if camel.starts_with(|c: char| c.is_ascii_digit()) {
        camel.insert(0, 'N');
    }
    if is_keyword(&camel) {
        camel.push('_');
    }
    camel
}

/// The Rust type for an enumeration: Nexudus puts an `e` before most of them.
pub fn enum_type(name: &str) -> String {
    match name.strip_prefix('e') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => rest.to_owned(),
        _ => variant(name),
    }
}

/// The module (and file) of an entity: `ChatUserMessage` -> `chat_user_message`.
pub fn module(entity: &str) -> String {
    snake(entity)
}

/// The accessor: the words of the entity, the ending of the plural.
///
/// The plural in a path has no word breaks (`coworkerdeliveries`), the entity has (`CoworkerDelivery`): the longest
/// beginning that both share is broken as the entity is, and the rest of the plural follows.
pub fn accessor(entity: &str, plural: &str) -> String {
    let shared =
        entity.bytes().zip(plural.bytes()).take_while(|(a, b)| a.is_ascii() && a.to_ascii_lowercase() == *b).count();
    let (Some(head), Some(tail)) = (entity.get(..shared), plural.get(shared..)) else {
        return snake(plural);
    };
    let mut name = words(head).join("_");
    name.push_str(&tail.to_snake_case());
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, 'n');
    }
    if is_keyword(&name) {
        name.push('_');
    }
    name
}

/// The constant for a property's filter, from the property's Rust name: `type_` -> `TYPE`.
pub fn filter(rust: &str) -> String {
    rust.trim_end_matches('_').to_ascii_uppercase()
}

/// The constant for a file, from the file's Rust name: `logo` -> `LOGO_FILE`.
pub fn file(rust: &str) -> String {
    format!("{}_FILE", filter(rust))
}

/// The constant for a command: its key.
pub fn command(key: &str) -> String {
    key.trim_matches('_').to_owned()
}

/// The constant for an action, from its name: `get_by_host` -> `GET_BY_HOST_ACTION`.
pub fn action(name: &str) -> String {
    format!("{}_ACTION", filter(name))
}

/// The constant for a filter on a related record: `Proposal_Coworker_CoworkerType` -> `COWORKER_COWORKER_TYPE`.
pub fn related_filter(entity: &str, name: &str) -> String {
    let own = name.strip_prefix(entity).and_then(|rest| rest.strip_prefix('_')).unwrap_or(name);
    own.split('_').map(shout).collect::<Vec<_>>().join("_")
}

/// The name meant by a misspelt one, if one is near enough to be worth saying: a slip or two away, or one the beginning
/// of the other (`date` for `datetime`).
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let limit = (name.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let distance = strsim::osa_distance(&lower, &other);
            let begins = other.starts_with(&lower) || lower.starts_with(&other);
            let near = distance <= limit || begins && lower.len().min(other.len()) >= 3;
            near.then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties() {
        for (wire, rust) in [
            ("Type", "type_"),
            ("Override", "override_"),
            ("Self", "self_"),
            ("Id", "id"),
            ("URL", "url"),
            ("CCTV", "cctv"),
            ("SourceURL", "source_url"),
            ("APIAccess", "api_access"),
            ("TaxIDNumber", "tax_id_number"),
            ("BillToTaxIDNumber", "bill_to_tax_id_number"),
            ("StripeACHBankToken", "stripe_ach_bank_token"),
            ("HasAcceptedStripeACHAgreement", "has_accepted_stripe_ach_agreement"),
            ("StripeBacsDDMandateId", "stripe_bacs_dd_mandate_id"),
            ("IncomingServerSSL", "incoming_server_ssl"),
            ("OAuthToken", "oauth_token"),
            ("GoogleOAuthToken", "google_oauth_token"),
            ("GoogleOAuth", "google_oauth"),
            ("AllowedIPs", "allowed_ips"),
            ("IPs", "ips"),
            ("IPsAllowed", "ips_allowed"),
            ("CallbackURLsAllowed", "callback_urls_allowed"),
            ("IsOpen", "is_open"),
            ("ACHSettled", "ach_settled"),
            ("IPv4Range", "ipv4_range"),
            ("GuestWiFiCode", "guest_wifi_code"),
            ("Images2D", "images_2d"),
            ("Images3D", "images_3d"),
            ("3DSecure", "n3d_secure"),
            ("Attempt3dSecure", "attempt3d_secure"),
            ("Enable2FA", "enable_2fa"),
            ("Net2Door", "net2_door"),
            ("Custom10", "custom10"),
            ("Last4Digits", "last4_digits"),
            ("Testimonial1Author", "testimonial1_author"),
            ("Office365AccessToken", "office365_access_token"),
            ("SaltoV2AccessToken", "salto_v2_access_token"),
            ("NewNexIoBannerImageUrl", "new_nex_io_banner_image_url"),
            ("CCOEmails", "cco_emails"),
            ("UnPublishOn", "un_publish_on"),
            ("Delievered", "delievered"),
            ("lower_with_underscores", "lower_with_underscores"),
        ] {
            assert_eq!(snake(wire), rust, "{wire}");
            assert!(is_identifier(&snake(wire)), "{wire}");
        }
    }

    #[test]
    fn variants() {
        for (wire, rust) in [
            ("Daily", "Daily"),
            ("Self", "Self_"),
            ("StripeACH", "StripeAch"),
            ("ICC", "Icc"),
            ("CO2", "Co2"),
            ("NEXUSCard", "NexusCard"),
            ("pfSense", "PfSense"),
            ("s5", "S5"),
            ("authorize_net", "AuthorizeNet"),
            ("first_data_e4_v27", "FirstDataE4V27"),
            ("flo2cash_simple", "Flo2cashSimple"),
            ("latitude19", "Latitude19"),
            ("Ruckus_Virtual_SZ", "RuckusVirtualSz"),
            ("Meraki_ClickThrough", "MerakiClickThrough"),
            ("TP_Link_EAP", "TpLinkEap"),
            ("Every12Months", "Every12Months"),
            ("24Hours", "N24hours"),
            ("3DSecure", "N3dSecure"),
            ("EnglishUK", "EnglishUk"),
        ] {
            assert_eq!(variant(wire), rust, "{wire}");
            assert!(is_identifier(&variant(wire)), "{wire}");
        }
    }

    #[test]
    fn enums() {
        for (wire, rust) in [
            ("eBookingRepeatCycle", "BookingRepeatCycle"),
            ("DayOfWeek", "DayOfWeek"),
            ("eMailKind", "MailKind"),
            ("event", "Event"),
            ("AiChannelSessionEscalationStatus", "AiChannelSessionEscalationStatus"),
        ] {
            assert_eq!(enum_type(wire), rust, "{wire}");
        }
    }

    #[test]
    fn accessors() {
        for (entity, plural, rust) in [
            ("UserMessage", "usermessages", "user_messages"),
            ("CoworkerDelivery", "coworkerdeliveries", "coworker_deliveries"),
            ("CoworkerInvoiceHistory", "coworkerinvoicehistories", "coworker_invoice_histories"),
            ("Business", "businesses", "businesses"),
            ("Currency", "currencies", "currencies"),
            ("TimePass", "timepasses", "time_passes"),
            ("FloorplanLayoutTransition", "floorplanlayouttransitions", "floorplan_layout_transitions"),
            ("OpenAiChatMessage", "openaichatmessages", "open_ai_chat_messages"),
            ("Person", "people", "people"),
            ("News", "news", "news"),
            ("Match", "match", "match_"),
        ] {
            assert_eq!(accessor(entity, plural), rust, "{entity}");
        }
    }

    #[test]
    fn filters() {
        assert_eq!(filter("business_id"), "BUSINESS_ID");
        assert_eq!(filter("type_"), "TYPE");
        assert_eq!(related_filter("Proposal", "Proposal_Coworker_CoworkerType"), "COWORKER_COWORKER_TYPE");
        assert_eq!(related_filter("Proposal", "Proposal_Type"), "TYPE");
    }

    #[test]
    fn nothing_panics() {
        for name in ["", "_", "__", "é", "éÉs", "ÀÉs2D", "2", "a b", "\u{0}", "ßSS", "IPé"] {
            let _ = (snake(name), shout(name), variant(name), enum_type(name), accessor(name, name));
            let _ = (accessor(name, "x"), accessor("x", name), related_filter(name, name), nearest(name, [name]));
        }
    }

    #[test]
    fn keywords_are_sorted_and_those_of_syn() {
        assert!(KEYWORDS.is_sorted());
        for word in KEYWORDS {
            let known_to_syn = syn::parse_str::<syn::Ident>(word).is_err();
            assert!(known_to_syn || *word == "gen", "{word}");
        }
        // Words that only look reserved: they may stand as names.
        for word in ["union", "raw", "default", "auto", "record"] {
            assert!(syn::parse_str::<syn::Ident>(word).is_ok() && is_identifier(word));
        }
    }

    #[test]
    fn nearest_is_near() {
        let known = ["filter", "filter_from", "from", "type"];
        assert_eq!(nearest("fliter", known), Some("filter"));
        assert_eq!(nearest("Type", known), Some("type"));
        assert_eq!(nearest("filterfrom", known), Some("filter_from"));
        assert_eq!(nearest("types", known), Some("type"));
        assert_eq!(nearest("date", ["datetime", "decimal"]), Some("datetime"));
        assert_eq!(nearest("operations", known), None);
        assert_eq!(nearest("x", known), None);
    }
}
