//! `cargo xtask import` and `cargo xtask drift`: pages and reports of the probe, taken into the spec or compared with it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::args::{Parsed, counted};
use crate::error::Error;
use crate::import::{Became, Copy, Import, merge, probe, read};
use crate::openapi::json::Json;
use crate::spec;
use crate::workspace::apply::write_whole;
use crate::workspace::read_spec;

/// The largest file that is read, in bytes. A report of a whole account has some ten million.
const MAX_BYTES: u64 = 64 << 20;

/// What is done with what was read.
enum Mode<'a> {
    /// Files are written, below the root or in another folder in the place of `spec/`.
    Write(Option<&'a Path>),
    /// Nothing is written.
    Compare,
}

/// Takes pages and reports into the spec.
pub fn import(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let folder = args.value("out").map(Path::new);
    let mode = if args.has("check") { Mode::Compare } else { Mode::Write(folder) };
    let import = gather(root, folder, &args.texts)?;
    for note in &import.notes {
        writeln!(out, "{note}")?;
    }
    match mode {
        Mode::Compare => {
            for path in import.files.keys() {
                writeln!(out, "import: {path} would change")?;
            }
        }
        Mode::Write(folder) => {
            let files: Vec<_> =
                import.files.iter().map(|(path, text)| (place(root, folder, path), text.as_str())).collect();
            write_whole(&files)?;
            for (file, _) in &files {
                writeln!(out, "import: {} is written", file.display())?;
            }
            if import.files.is_empty() {
                writeln!(out, "import: the spec says all of it")?;
            } else if folder.is_none() {
                writeln!(out, "import: read the diff, then run `cargo xtask codegen` and `cargo xtask openapi`")?;
            }
        }
    }
    if import.notes.iter().any(|note| note.became == Became::Disagree) {
        writeln!(out, "import: sources disagree; nothing of theirs was taken")?;
        return Err(Error::Reported);
    }
    if folder.is_none() { still_loads(root, &import, out) } else { Ok(()) }
}

/// Fails where the spec with the changes can't be loaded: two names of a page may be one in Rust.
fn still_loads(root: &Path, import: &Import, out: &mut dyn Write) -> Result<(), Error> {
    let mut files = read_spec(root)?;
    files.extend(import.files.clone());
    let Err(diagnostics) = spec::load(&files) else { return Ok(()) };
    write!(out, "\n{}", spec::report(&diagnostics))?;
    writeln!(out, "import: the changes need these corrections by hand before `cargo xtask codegen`")?;
    Err(Error::Reported)
}

/// Says how pages and reports differ from the spec; fails where they do.
pub fn drift(root: &Path, args: &Parsed, out: &mut dyn Write) -> Result<(), Error> {
    let import = gather(root, None, &args.texts)?;
    let differences = import.notes.iter().filter(|note| note.became != Became::Words);
    if args.has("json") {
        let items = differences.map(|note| {
            Json::Object(Vec::new())
                .with("of", note.of.as_str())
                .with("subject", note.subject.as_str())
                // The spec would take it, keeps its own, or can't tell.
                .with("import", note.became.word())
                .with("text", note.text.as_str())
        });
        let document = Json::Object(Vec::new()).with("differences", Json::List(items.collect()));
        write!(out, "{}", document.text())?;
    } else {
        let mut count = 0;
        for note in differences {
            count += 1;
            writeln!(out, "{note}")?;
        }
        writeln!(out, "drift: {}", counted(count, "difference"))?;
    }
    if import.has_differences() { Err(Error::Reported) } else { Ok(()) }
}

fn place(root: &Path, folder: Option<&Path>, path: &str) -> std::path::PathBuf {
    match folder {
        Some(folder) => folder.join(path.strip_prefix("spec/").unwrap_or(path)),
        None => root.join(path),
    }
}

/// Reads all files, and merges them into the spec in memory.
fn gather(root: &Path, folder: Option<&Path>, files: &[String]) -> Result<Import, Error> {
    if files.is_empty() {
        return Err("give pages of the reference, or reports of `nexudus probe`".to_owned().into());
    }
    let names = read_spec(root)?;
    let old = match folder {
        Some(folder) => read_folder(folder)?,
        None => names.clone(),
    };
    let (mut copies, mut reports, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let path = Path::new(file);
        let mut bytes = Vec::new();
        let opened = File::open(path).map_err(Error::on(path))?;
        opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(Error::on(path))?;
        if bytes.len() as u64 > MAX_BYTES {
            faults.push(format!("error: {file}: the file is larger than {MAX_BYTES} bytes"));
            continue;
        }
        let Ok(text) = String::from_utf8(bytes) else {
            faults.push(format!("error: {file}: the file is not UTF-8"));
            continue;
        };
        if probe::is_report(&text) {
            match probe::read(&text) {
                // Where it is made, the day may have begun.
                Ok(report) if report.made() > today(1).as_str() => {
                    faults.push(format!("error: {file}: the report was made on {}, which is to come", report.made()));
                }
                Ok(report) => reports.push(report),
                Err(what) => faults.push(format!("error: {file}: {what}")),
            }
            continue;
        }
        match read(&text) {
            Ok(page) => copies.push(Copy { file: file.clone(), saved: saved(path), page }),
            Err(fault) => faults.push(format!("error: {file}:{}: {}", fault.line, fault.what)),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Message(faults.join("\n")));
    }
    let mut import = merge(&names, &old, &copies)?;
    if !reports.is_empty() {
        let mut now = old;
        now.extend(import.files.clone());
        let verdicts = place(root, folder, probe::VERDICTS);
        let verdicts = match fs::read_to_string(&verdicts) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Error::on(&verdicts)(error)),
        };
        let taken = probe::merge(&now, verdicts.as_deref(), &reports)?;
        import.files.extend(taken.files);
        import.notes.extend(taken.notes);
        import.notes.sort();
    }
    Ok(import)
}

/// The spec's files in a folder that stands for `spec/`, which may not be there yet.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut files = BTreeMap::new();
    let mut folders = vec![("spec".to_owned(), folder.to_owned())];
    while let Some((name, folder)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::on(&folder)(error)),
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((path, entry.path()));
            } else if spec::is_read(&path) {
                let text = fs::read_to_string(entry.path()).map_err(Error::on(&entry.path()))?;
                files.insert(path, text);
            }
        }
    }
    Ok(files)
}

/// The day when a file was saved, in UTC.
fn saved(path: &Path) -> String {
    let modified = fs::metadata(path).and_then(|data| data.modified()).ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or_else(|| "on an unknown day".to_owned(), |since| day(since.as_secs() / 86_400))
}

/// This day in UTC, or one so many days later.
fn today(later: u64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    day(since.as_secs() / 86_400 + later)
}

/// A day of the Gregorian calendar from the days since 1970-01-01.
fn day(mut days: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
        if year > 9999 {
            return "on an unknown day".to_owned();
        }
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let days: Vec<String> = [0, 58, 59, 789, 11_016, 20_783].into_iter().map(day).collect();
        assert_eq!(days, ["1970-01-01", "1970-02-28", "1970-03-01", "1972-02-29", "2000-02-29", "2026-11-26"]);
        assert_eq!(day(u64::MAX / 86_400), "on an unknown day");
    }
}
