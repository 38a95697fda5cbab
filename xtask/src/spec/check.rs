//! Checks over the whole spec: what one file says of another, and names that must differ across files.

use std::collections::BTreeMap;

use super::diagnostic::DiagnosticKind;
use super::load::{Mention, ReadApi, ReadEntity, ReadEnum};
use super::read::{Diagnostics, SourceLocation};
use crate::names;

/// What could not be read. A name that may be in there is not reported as missing: the file's own error is enough.
pub(super) struct Lost {
    /// Stems of files that gave no entity.
    pub(super) stems: Vec<String>,
    /// Some enumeration could not be read.
    pub(super) enums: bool,
}

impl Lost {
    /// Whether the entity may be in a file that could not be read: `CoworkerDelivery` in `coworkerdeliveries`.
    fn may_hold(&self, entity: &str) -> bool {
        let lower = entity.to_ascii_lowercase();
        let trunk = lower.get(..lower.len().saturating_sub(1)).unwrap_or(&lower);
        self.stems.iter().any(|stem| stem.starts_with(trunk))
    }
}

/// Checks everything that needs more than one file.
pub(super) fn whole(
    api: Option<&ReadApi>,
    enums: &[ReadEnum],
    entities: &[ReadEntity],
    lost: &Lost,
    diagnostics: &mut Diagnostics,
) {
    sections(api, entities, diagnostics);
    entity_names(api, entities, diagnostics);
    enum_names(enums, diagnostics);
    common_names(api, entities, diagnostics);
    mentions(api, enums, entities, lost, diagnostics);
}

fn sections(api: Option<&ReadApi>, entities: &[ReadEntity], diagnostics: &mut Diagnostics) {
    let Some(api) = api else { return };
    let known = || api.spec.sections.iter().map(|section| section.name.as_str());
    for read in entities {
        let section = &read.spec.section;
        if !known().any(|name| name == section) {
            let help = match names::nearest(section, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "spec/api.json lists the sections".to_owned(),
            };
            diagnostics.add_with(
                &read.section_at,
                DiagnosticKind::UnknownSection,
                format!("{} is of the unknown section `{section}`", read.spec.name),
                help,
            );
        }
    }
}

/// Reports names that are taken, and says by whom.
#[derive(Default)]
struct Taken(BTreeMap<String, (String, String)>);

impl Taken {
    /// `Err` with the owner's name and file where the name is taken.
    fn claim(&mut self, name: &str, owner: &str, file: &str) -> Result<(), (String, String)> {
        if let Some(earlier) = self.0.get(name) {
            return Err(earlier.clone());
        }
        self.0.insert(name.to_owned(), (owner.to_owned(), file.to_owned()));
        Ok(())
    }
}

fn entity_names(api: Option<&ReadApi>, entities: &[ReadEntity], diagnostics: &mut Diagnostics) {
    let mut by_name = Taken::default();
    let mut by_plural = Taken::default();
    let mut by_accessor = Taken::default();
    let mut by_module = Taken::default();
    let mut by_type = Taken::default();
    for read in entities {
        let spec = &read.spec;
        let file = read.place.file.as_str();
        if let Err((_, elsewhere)) = by_name.claim(&spec.name, &spec.name, file) {
            diagnostics.add(
                &read.entity_at,
                DiagnosticKind::DuplicateEntity,
                format!("the entity {} stands in {elsewhere} too", spec.name),
            );
            continue;
        }
        if let Err((owner, elsewhere)) = by_plural.claim(&spec.plural, &spec.name, file) {
            diagnostics.add_with(
                &read.plural_at,
                DiagnosticKind::DuplicateEntity,
                format!("the plural `{}` of {} is that of {owner} in {elsewhere}", spec.plural, spec.name),
                "plurals differ across sections too, so that an entity is found by its plural alone",
            );
            continue;
        }
        if let Err((owner, elsewhere)) = by_accessor.claim(&spec.accessor, &spec.name, file) {
            diagnostics.add_with(
                &read.plural_at,
                DiagnosticKind::NameClash,
                format!("{} and {owner} ({elsewhere}) both have the accessor `{}`", spec.name, spec.accessor),
                "give one of them a `rust_plural` of its own",
            );
        }
        let module = format!("{}/{}", spec.section, spec.module);
        if let Err((owner, elsewhere)) = by_module.claim(&module, &spec.name, file) {
            diagnostics.add(
                &read.entity_at,
                DiagnosticKind::NameClash,
                format!("{} and {owner} ({elsewhere}) are both the module `{}` in Rust", spec.name, spec.module),
            );
        }
        // The types generated for an entity stand beside those of its section.
        let types = [
            spec.name.clone(),
            format!("New{}", spec.name),
            format!("{}Required", spec.name),
            format!("{}Properties", spec.name),
        ];
        for name in types {
            if let Err((owner, elsewhere)) = by_type.claim(&format!("{}/{name}", spec.section), &spec.name, file) {
                diagnostics.add(
                    &read.entity_at,
                    DiagnosticKind::NameClash,
                    format!("{} and {owner} ({elsewhere}) both need the type `{name}` in Rust", spec.name),
                );
            }
        }
    }
    let Some(api) = api else { return };
    for (unplaced, place) in api.spec.unplaced.iter().zip(&api.unplaced_at) {
        let taken = [
            by_name.claim(&unplaced.entity, &unplaced.entity, &place.file),
            by_plural.claim(&unplaced.plural, &unplaced.entity, &place.file),
        ];
        if let Some((_, elsewhere)) = taken.into_iter().find_map(Result::err) {
            diagnostics.add_with(
                place,
                DiagnosticKind::DuplicateEntity,
                format!("{} has no section here, but stands in {elsewhere} too", unplaced.entity),
                "an entity either has a file or a reason why not",
            );
        }
    }
}

fn enum_names(enums: &[ReadEnum], diagnostics: &mut Diagnostics) {
    let mut by_name = Taken::default();
    let mut by_type = Taken::default();
    for read in enums {
        let spec = &read.spec;
        if by_name.claim(&spec.name, &spec.name, &read.at.file).is_err() {
            diagnostics.add(
                &read.at,
                DiagnosticKind::Duplicate,
                format!("the enumeration `{}` stands twice", spec.name),
            );
        } else if let Err((owner, _)) = by_type.claim(&spec.rust, &spec.name, &read.at.file) {
            diagnostics.add_with(
                &read.at,
                DiagnosticKind::NameClash,
                format!("the enumerations `{owner}` and `{}` are both `{}` in Rust", spec.name, spec.rust),
                "give one of them a `rust` name of its own",
            );
        }
    }
}

/// A property of an entity may not have the name of one that every entity has, nor its filter.
fn common_names(api: Option<&ReadApi>, entities: &[ReadEntity], diagnostics: &mut Diagnostics) {
    let Some(api) = api else { return };
    for read in entities {
        for common in &api.spec.common {
            let query = common.filter.as_ref().map(|filter| filter.replace("{Entity}", &read.spec.name));
            for (property, place) in read.spec.properties.iter().zip(&read.properties_at) {
                if common.name == property.name {
                    diagnostics.add_with(
                        place,
                        DiagnosticKind::DuplicateProperty,
                        format!("every entity has the property `{}`", property.name),
                        "spec/api.json holds the common properties: drop it here",
                    );
                } else if common.rust == property.rust {
                    diagnostics.add_with(
                        place,
                        DiagnosticKind::NameClash,
                        format!(
                            "`{}` and the common property `{}` are both `{}` in Rust",
                            property.name, common.name, common.rust
                        ),
                        "give it a `rust` name of its own",
                    );
                }
                if query.is_some() && query == property.filter {
                    diagnostics.add(
                        place,
                        DiagnosticKind::Duplicate,
                        format!("the filter of `{}` is that of the common property `{}`", property.name, common.name),
                    );
                }
            }
        }
    }
}

fn mentions(
    api: Option<&ReadApi>,
    enums: &[ReadEnum],
    entities: &[ReadEntity],
    lost: &Lost,
    diagnostics: &mut Diagnostics,
) {
    let Some(api) = api else { return };
    let placed = || entities.iter().map(|read| read.spec.name.as_str());
    let known = || placed().chain(api.spec.unplaced.iter().map(|unplaced| unplaced.entity.as_str()));
    let listed = || enums.iter().map(|read| read.spec.name.as_str());
    for mention in entities.iter().flat_map(|read| &read.mentions).chain(&api.mentions) {
        match mention {
            Mention::Entity(name, place) if !known().any(|known| known == name) && !lost.may_hold(name) => {
                missing(
                    DiagnosticKind::UnknownEntity,
                    format!("nothing describes the entity `{name}`"),
                    name,
                    known(),
                    place,
                    diagnostics,
                );
            }
            Mention::Enum(name, place) if !lost.enums && !listed().any(|known| known == name) => {
                missing(
                    DiagnosticKind::UnknownEnum,
                    format!("spec/enums.json has no `{name}`"),
                    name,
                    listed(),
                    place,
                    diagnostics,
                );
            }
            _ => {}
        }
    }
    for ((part, name), place) in api.spec.well_known.iter().zip(&api.well_known_at) {
        if !placed().any(|known| known == name) && !lost.may_hold(name) {
            missing(
                DiagnosticKind::UnknownEntity,
                format!("the well-known `{part}` is `{name}`, an entity without a file"),
                name,
                placed(),
                place,
                diagnostics,
            );
        }
    }
}

fn missing<'n>(
    kind: DiagnosticKind,
    what: String,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    place: &SourceLocation,
    diagnostics: &mut Diagnostics,
) {
    match names::nearest(name, known) {
        Some(near) => diagnostics.add_with(place, kind, what, format!("did you mean `{near}`?")),
        None => diagnostics.add(place, kind, what),
    }
}
