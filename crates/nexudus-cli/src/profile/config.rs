//! The file of settings: profiles and aliases, as JSON that a person may edit.

use nexudus_client::model::core::service;

use super::home::{self, Home};
use crate::failure::Failure;
use crate::json::{Object, Raw};
use crate::output::Format;
use crate::tables::suggest;

/// A setting of a profile: its key, what it does, and what it takes.
pub(crate) struct Setting {
    /// The key.
    pub(crate) key: &'static str,
    /// What it does.
    pub(crate) doc: &'static str,
    check: fn(&str) -> Result<(), String>,
}

/// All settings of a profile.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting { key: "base-url", doc: "The base address of the service", check: check_base },
    Setting {
        key: "business",
        doc: "The id of the location that lists and new records are for, where none is given",
        check: |text| match text.parse::<i64>() {
            Ok(id) if id > 0 => Ok(()),
            _ => Err("give the id of a location".to_owned()),
        },
    },
    Setting { key: "output", doc: "The form of the output", check: |text| text.parse::<Format>().map(drop) },
    Setting {
        key: "redaction",
        doc: "Whether agent output redacts personal data: on (default) or off",
        check: |text| if matches!(text, "on" | "off") { Ok(()) } else { Err("give on or off".to_owned()) },
    },
    Setting { key: "token-command", doc: "A command of the shell that prints a bearer token", check: |_| Ok(()) },
    Setting {
        key: "read-only",
        doc: "Whether writes are refused: on or off (default)",
        check: |text| if matches!(text, "on" | "off") { Ok(()) } else { Err("give on or off".to_owned()) },
    },
];

/// The client checks the rest; a password would be kept and shown here before it does.
fn check_base(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err("give an address such as https://spaces.nexudus.com/api, without a user or a password".to_owned());
    }
    Ok(())
}

/// The profile that is used where nobody names one.
const DEFAULT: &str = "default";

/// Everything in the file of settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    file: Object,
}

/// The settings of one profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings(Object);

impl Settings {
    /// A setting's value.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).map(|value| value.plain().into_owned()).filter(|text| !text.is_empty())
    }

    /// All settings that are set.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.0.iter().map(|(key, value)| (key.as_str(), value.plain().into_owned()))
    }
}

impl Config {
    /// Reads the file. A damaged one is an error that says where, and one that others may write is refused: it names
    /// the program that prints the token, and the address that it is sent to.
    pub(crate) fn load(home: &Home) -> Result<Self, Failure> {
        let path = home.config();
        let Some(text) = home::read_guarded(&path, home::WRITE)? else { return Ok(Self::default()) };
        let wrong = |what: String| Failure::usage(format!("{}: {what}", path.display()));
        let file = Object::parse(&text).map_err(|error| wrong(error.to_string()))?;
        let config = Self { file };
        for name in ["profiles", "aliases"] {
            if config.file.get(name).is_some_and(|value| value.as_object().is_none()) {
                return Err(wrong(format!("{name} is not an object")));
            }
        }
        for profile in config.profiles() {
            for (key, value) in config.settings(&profile).all() {
                setting(key)
                    .and_then(|setting| (setting.check)(&value))
                    .map_err(|what| wrong(format!("profile {profile}: {key}: {what}")))?;
            }
        }
        Ok(config)
    }

    /// Writes the file.
    pub(crate) fn save(&self, home: &Home) -> Result<(), Failure> {
        home::write_private(&home.config(), &format!("{}\n", self.file.to_raw().pretty()))
    }

    fn section(&self, name: &str) -> Object {
        self.file.get(name).and_then(Raw::as_object).unwrap_or_default()
    }

    /// The profile that is used where nobody names one.
    pub(crate) fn current(&self) -> String {
        self.file.get("profile").and_then(Raw::as_str).map_or_else(|| DEFAULT.to_owned(), std::borrow::Cow::into_owned)
    }

    /// Makes a profile the one that is used where nobody names one.
    pub(crate) fn set_current(&mut self, profile: &str) {
        self.file.set("profile", Raw::string(profile));
    }

    /// The names of all profiles that have settings.
    pub(crate) fn profiles(&self) -> Vec<String> {
        self.section("profiles").0.into_iter().map(|(name, _)| name).collect()
    }

    /// The settings of a profile; none if there is no such profile.
    pub(crate) fn settings(&self, profile: &str) -> Settings {
        Settings(self.section("profiles").get(profile).and_then(Raw::as_object).unwrap_or_default())
    }

    /// Sets a setting of a profile, or unsets it.
    pub(crate) fn set(&mut self, profile: &str, key: &str, value: Option<&str>) -> Result<(), Failure> {
        check_profile_name(profile)?;
        let setting = setting(key).map_err(Failure::usage)?;
        let mut profiles = self.section("profiles");
        let mut settings = self.settings(profile).0;
        match value {
            Some(value) => {
                (setting.check)(value).map_err(|what| Failure::usage(format!("{key}: {what}")))?;
                settings.set(key, Raw::string(value));
            }
            None => settings.0.retain(|(known, _)| known != key),
        }
        profiles.set(profile, settings.to_raw());
        self.file.set("profiles", profiles.to_raw());
        Ok(())
    }

    /// Drops a profile's settings. Whether there were any.
    pub(crate) fn remove(&mut self, profile: &str) -> bool {
        let mut profiles = self.section("profiles");
        let before = profiles.0.len();
        profiles.0.retain(|(name, _)| name != profile);
        self.file.set("profiles", profiles.to_raw());
        before != profiles.0.len()
    }

    /// All aliases with what they stand for.
    pub(crate) fn aliases(&self) -> Vec<(String, String)> {
        self.section("aliases").0.into_iter().map(|(name, value)| (name, value.plain().into_owned())).collect()
    }

    /// Sets an alias, or drops it.
    pub(crate) fn set_alias(&mut self, name: &str, value: Option<&str>) {
        let mut aliases = self.section("aliases");
        match value {
            Some(value) => aliases.set(name, Raw::string(value)),
            None => aliases.0.retain(|(known, _)| known != name),
        }
        self.file.set("aliases", aliases.to_raw());
    }
}

fn setting(key: &str) -> Result<&'static Setting, String> {
    SETTINGS.iter().find(|setting| setting.key == key).ok_or_else(|| {
        let near = suggest(key, SETTINGS.iter().map(|setting| setting.key));
        let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        match near.first() {
            Some(near) => format!("no such setting as {key}; did you mean {near}?"),
            None => format!("no such setting as {key}; there are {}", keys.join(", ")),
        }
    })
}

/// Refuses names that would be no plain file names.
pub(crate) fn check_profile_name(name: &str) -> Result<(), Failure> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{name:?} is not a name for a profile: use letters, digits, dots, dashes and underscores"
    )))
}

/// The service's own base address.
pub(crate) const SERVICE: &str = service::BASE_URL;
