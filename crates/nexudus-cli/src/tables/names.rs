//! Names that a person types: case, dashes, spaces and number are forgiven; a guess is printed and never run.

use nexudus_client::model;
use nexudus_client::model::core::EntityTable;

/// Letters and digits alone, in lower case: `--u-r-l`, `--url` and `URL` are one name.
pub(crate) fn squash(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The singular that a squashed plural may have come from, and itself.
fn forms(squashed: &str) -> Vec<String> {
    let mut forms = vec![squashed.to_owned()];
    if let Some(stem) = squashed.strip_suffix("ies") {
        forms.push(format!("{stem}y"));
    }
    if let Some(stem) = squashed.strip_suffix("es") {
        forms.push(stem.to_owned());
    }
    if let Some(stem) = squashed.strip_suffix('s') {
        forms.push(stem.to_owned());
    }
    forms
}

/// What a typed name may mean.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// This entity.
    Found(&'static EntityTable),
    /// No entity; these have similar names.
    Unknown(Vec<&'static str>),
}

/// The entity of a name: its own (`UserMessage`), its plural, or its path (`sys/usermessages`), in any case, with or
/// without dashes, in the singular or the plural.
pub(crate) fn look_up(name: &str) -> Lookup {
    if let Some(table) = model::find(name) {
        return Lookup::Found(table);
    }
    let (section, name) = match name.split_once('/') {
        Some((section, name)) => (Some(squash(section)), name),
        None => (None, name),
    };
    let squashed = squash(name);
    let wanted = forms(&squashed);
    let is_it = |table: &&&'static EntityTable| {
        let named = [squash(table.name), squash(table.plural)];
        section.as_ref().is_none_or(|section| section == table.section)
            && wanted.iter().any(|form| named.contains(form))
    };
    match model::tables().iter().find(is_it) {
        Some(table) => Lookup::Found(table),
        None => Lookup::Unknown(suggest(&squashed, model::tables().iter().map(|table| table.plural))),
    }
}

/// Bytes of a name for which similar ones are looked for.
const LONGEST_NAME: usize = 120;

/// Those of the known names that a typed one may be a slip of, best first, five at most.
pub(crate) fn suggest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // Nobody slips so often, and comparing takes as long as the text.
    if typed.len() > LONGEST_NAME {
        return Vec::new();
    }
    let typed = squash(typed);
    let score = |name: &'a str| {
        let squashed = squash(name);
        let similar = strsim::jaro_winkler(&typed, &squashed);
        let holds = typed.len() > 2 && squashed.contains(&typed);
        (similar > 0.86 || holds).then_some((if holds { similar + 0.5 } else { similar }, name))
    };
    let mut scored: Vec<_> = known.filter_map(score).collect();
    scored.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    scored.dedup_by(|(_, one), (_, other)| one == other);
    scored.into_iter().take(5).map(|(_, name)| name).collect()
}

/// A wire name in kebab case: a run of capitals is one word, `NewLogoURL` is `new-logo-url`.
pub(crate) fn kebab(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(at + 1);
        let starts_word = character.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()));
        if starts_word && !out.ends_with('-') {
            out.push('-');
        }
        out.extend(character.to_lowercase());
    }
    out.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn found(name: &str) -> &'static str {
        match look_up(name) {
            Lookup::Found(table) => table.plural,
            Lookup::Unknown(guesses) => panic!("{name}: {guesses:?}"),
        }
    }

    #[test]
    fn names_forgive_case_number_and_dashes() {
        for name in
            ["usermessages", "UserMessage", "user-messages", "USER_MESSAGE", "sys/usermessages", "Sys/UserMessage"]
        {
            assert_eq!(found(name), "usermessages");
        }
        assert_eq!(found("business"), "businesses");
        assert_eq!(found("currency"), "currencies");
        assert_eq!(found("tax-rate"), "taxrates");
    }

    #[test]
    fn every_entity_is_found_by_each_form_of_its_name_and_no_two_collide() {
        let mut owners: HashMap<String, &str> = HashMap::new();
        for table in model::tables() {
            for form in forms(&squash(table.plural)).into_iter().chain(forms(&squash(table.name))) {
                let owner = owners.entry(form.clone()).or_insert(table.plural);
                assert_eq!(*owner, table.plural, "{form} is a form of both");
            }
            for name in [
                table.name.to_owned(),
                table.plural.to_owned(),
                kebab(table.name),
                table.path(),
                table.name.to_uppercase(),
            ] {
                assert_eq!(found(&name), table.plural);
            }
        }
    }

    #[test]
    fn a_slip_is_guessed_and_not_taken() {
        for (typed, guess) in
            [("coworkrs", "coworkers"), ("bookigns", "bookings"), ("invoice-lines", "coworkerinvoicelines")]
        {
            match look_up(typed) {
                Lookup::Found(table) => panic!("{typed} ran {}", table.plural),
                Lookup::Unknown(guesses) => assert!(guesses.contains(&guess), "{typed}: {guesses:?}"),
            }
        }
    }

    #[test]
    fn kebab_case() {
        for (wire, flag) in [
            ("FullName", "full-name"),
            ("NewLogoURL", "new-logo-url"),
            ("URL", "url"),
            ("TaxIDNumber", "tax-id-number"),
            ("Custom1", "custom1"),
            ("StripeACHBankToken", "stripe-ach-bank-token"),
        ] {
            assert_eq!(kebab(wire), flag);
        }
    }
}
