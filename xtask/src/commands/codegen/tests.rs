//! The task on small repositories in a folder of their own.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use insta::assert_snapshot;

use super::*;

const API: &str = r#"{
  "$schema": "schema/api.json", "service": "Nexudus", "base": "https://example.com/api",
  "sections": [{"name": "crm", "doc": "Sales."}, {"name": "sys", "doc": "System."}],
  "roles": {"list": "List", "get": "Read", "create": "Create", "update": "Edit", "delete": "Delete"},
  "common": [{"name": "Id", "type": "int", "from": "reference"}],
  "paging": {"page": "page", "size": "size", "order": "orderBy", "direction": "dir", "ascending": 1, "descending": -1, "default_size": 25, "max_size": 1000},
  "envelopes": {"page": ["Records"], "write": ["Status"], "error": ["Message"]},
  "unplaced": [], "well_known": {}
}"#;

fn entity(section: &str, name: &str, plural: &str) -> String {
    format!(
        "{{\"$schema\": \"../schema/entity.json\", \"entity\": \"{name}\", \"plural\": \"{plural}\", \"section\": \"{section}\",\n\"doc\": \"A {name}.\", \"operations\": [\"list\", \"get\"],\n\"properties\": [{{\"name\": \"Text\", \"type\": \"text\", \"from\": \"reference\"}}]}}\n"
    )
}

/// Numbers of two digits and more change with the generator, and are none of what is tested here, but for places.
fn without_large_numbers(text: &str) -> String {
    let number = |word: &str| {
        let digits = word.trim_end_matches([',', '.']);
        digits.len() > 1 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let word = |word: &str| if number(word.trim_start_matches('(')) { "N".to_owned() } else { word.to_owned() };
    text.split('\n').map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

/// A repository in a folder that goes away with it.
struct Repository {
    root: PathBuf,
}

impl Drop for Repository {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.root).ok();
    }
}

impl Repository {
    /// With a spec of two entities, and nothing generated.
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = env::temp_dir().join(format!("xtask-codegen-{}-{number}", std::process::id()));
        let repository = Self { root };
        repository.write("spec/api.json", API);
        repository.write("spec/enums.json", r#"{"$schema": "schema/enums.json", "enums": []}"#);
        repository.write("spec/sys/notes.json", &entity("sys", "Note", "notes"));
        repository.write("spec/crm/deals.json", &entity("crm", "Deal", "deals"));
        repository.write("README.md", "# Read\n<!-- coverage:begin -->\n<!-- coverage:end -->\nmore\n");
        repository
    }

    /// With everything generated.
    fn generated() -> Self {
        let repository = Self::new();
        repository.run(&Options::default()).0.unwrap();
        repository
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    fn edit(&self, path: &str, was: &str, now: &str) {
        let text = self.read(path);
        assert!(text.contains(was));
        self.write(path, &text.replace(was, now));
    }

    fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    fn run(&self, options: &Options) -> (Result<(), Error>, String) {
        let mut out = Vec::new();
        let done = codegen(&self.root, options, &mut out);
        (done, String::from_utf8(out).unwrap())
    }

    /// What was printed, or the error's message, without times.
    fn output(&self, options: &Options) -> String {
        let (done, mut text) = self.run(options);
        match done {
            Ok(()) => {}
            Err(Error::Reported) => text.push_str("(failed)\n"),
            Err(Error::Message(message)) => text = text + &message + "\n(failed)\n",
            Err(Error::Io(error)) => panic!("{error}"),
        }
        let text = match text.split_once(" (0.") {
            Some((before, after)) => format!("{before}{}", after.split_once(')').unwrap().1),
            None => text,
        };
        without_large_numbers(&text)
    }

    fn check(&self) -> String {
        self.output(&Options { check: true, ..Options::default() })
    }

    /// Puts a file's time into the past, so that a write shows.
    fn age(&self, path: &str) -> SystemTime {
        let past = SystemTime::now() - Duration::from_secs(1000);
        let file = fs::File::options().write(true).open(self.root.join(path)).unwrap();
        file.set_modified(past).unwrap();
        self.modified(path)
    }

    fn modified(&self, path: &str) -> SystemTime {
        fs::metadata(self.root.join(path)).unwrap().modified().unwrap()
    }

    fn git(&self, args: &[&str]) {
        let done = Command::new("git").arg("-C").arg(&self.root).args(args).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }
}

const NOTE: &str = "crates/nexudus-model/src/generated/sys/note.rs";
const DEAL: &str = "crates/nexudus-model/src/generated/crm/deal.rs";

#[test]
fn a_first_run_writes_everything_and_a_second_nothing() {
    let repository = Repository::new();
    assert_snapshot!(repository.output(&Options::default()), @"codegen: N written, 0 removed, 2 unchanged");
    assert!(repository.has(NOTE) && repository.has(DEAL));
    let readme = repository.read("README.md");
    assert!(readme.starts_with("# Read\n<!-- coverage:begin -->\n| section |"), "{readme}");
    assert!(readme.ends_with("\n<!-- coverage:end -->\nmore\n"), "{readme}");
    let old = repository.age(NOTE);
    assert_snapshot!(repository.output(&Options::default()), @"codegen: 0 written, 0 removed, N unchanged");
    assert_eq!(repository.modified(NOTE), old);
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
}

#[test]
fn only_what_changed_is_written() {
    let repository = Repository::generated();
    let (note, deal) = (repository.age(NOTE), repository.age(DEAL));
    repository.edit("spec/crm/deals.json", "A Deal.", "A sale.");
    assert_snapshot!(repository.check(), @r"
    the spec has changed since the code was generated
      crates/nexudus-client/src/generated/crm.rs: changed (spec)
      crates/nexudus-model/src/generated/crm/deal.rs: changed (spec)
    2 files are not up to date; run `cargo xtask codegen` and commit what it writes
    (failed)
    ");
    assert_eq!(repository.modified(DEAL), deal, "a check writes nothing");
    assert_snapshot!(repository.output(&Options::default()), @"codegen: 2 written, 0 removed, N unchanged");
    assert_eq!(repository.modified(NOTE), note);
    assert_ne!(repository.modified(DEAL), deal);
    assert!(repository.read(DEAL).contains("/// A sale."));
}

#[test]
fn files_that_nothing_makes_are_removed() {
    let repository = Repository::generated();
    repository.write("crates/nexudus-model/src/generated/sys/old.rs", "// old\n");
    repository.write("crates/nexudus-model/src/lib.rs", "// by hand\n");
    fs::remove_file(repository.root.join("spec/crm/deals.json")).unwrap();
    assert_snapshot!(repository.check(), @r"
    the spec has changed since the code was generated
      crates/nexudus-client/src/generated/crm.rs: orphan (nothing in the spec makes it)
      crates/nexudus-client/src/generated/mod.rs: changed (spec)
      crates/nexudus-client/src/generated/off.rs: changed (spec)
      crates/nexudus-model/src/generated/crm/deal.rs: orphan (nothing in the spec makes it)
      crates/nexudus-model/src/generated/crm/mod.rs: orphan (nothing in the spec makes it)
      crates/nexudus-model/src/generated/facts.rs: changed (spec)
      crates/nexudus-model/src/generated/mod.rs: changed (spec)
      crates/nexudus-model/src/generated/placeholders.rs: changed (spec)
      crates/nexudus-model/src/generated/sys/old.rs: orphan (nothing in the spec makes it)
      crates/nexudus-model/src/generated/tables.rs: changed (spec)
      crates/nexudus-model/tests/it/generated/each_entity.rs: changed (spec)
      README.md: changed (generated block)
    N files are not up to date; run `cargo xtask codegen` and commit what it writes
    (failed)
    ");
    assert_snapshot!(repository.output(&Options::default()), @"codegen: 8 written, 4 removed, N unchanged");
    assert!(!repository.has(DEAL) && !repository.has("crates/nexudus-model/src/generated/crm"));
    assert!(repository.has("crates/nexudus-model/src/lib.rs"), "only generated folders are touched");
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
}

#[test]
fn a_check_finds_every_kind_of_drift() {
    let repository = Repository::generated();
    repository.edit(NOTE, "text: String", "texts: String");
    fs::remove_file(repository.root.join("crates/nexudus-model/src/generated/enums.rs")).unwrap();
    repository.write("crates/nexudus-core/src/generated/notes.txt", "");
    repository.edit("README.md", "| all | 2 |", "| all | 3 |");
    assert_snapshot!(repository.check(), @r"
      crates/nexudus-core/src/generated/notes.txt: orphan (nothing in the spec makes it)
      crates/nexudus-model/src/generated/enums.rs: missing
      crates/nexudus-model/src/generated/sys/note.rs: changed (edited by hand, or the generator has changed)
      README.md: changed (generated block)
    4 files are not up to date; run `cargo xtask codegen` and commit what it writes
    (failed)
    ");
    repository.write("README.md", "# Read\n");
    assert_snapshot!(repository.output(&Options::default()), @r"
    README.md has no place for what is generated into it; put this there:

    <!-- coverage:begin -->
    | section | entities | list | get | create | update | delete | properties | filters | files |
    |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
    | crm | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |
    | sys | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |
    | all | 2 | 2 | 2 | 0 | 0 | 0 | 2 | 0 | 0 |

    | source | property names | filter names |
    |---|--:|--:|
    | records of the live service |  |  |
    | current reference | 2 |  |
    | a public client |  |  |
    | reference of January N |  |  |
    | derived from a command-line flag |  |  |
    | naming rule only |  |  |

    4 operations on 2 entities; 0 enumerations with 0 values; 0 entities are known by name only.
    <!-- coverage:end -->

    (failed)
    ");
    // Where there is no README, nobody misses its table.
    fs::remove_file(repository.root.join("README.md")).unwrap();
    repository.run(&Options::default()).0.unwrap();
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
}

#[test]
fn files_that_git_does_not_know() {
    let repository = Repository::generated();
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
    repository.git(&["rm", "-q", "--cached", NOTE]);
    // Ignored is untracked too: what is ignored is not in the repository.
    repository.write(".gitignore", "deal.rs\n");
    repository.git(&["rm", "-q", "--cached", DEAL]);
    assert_snapshot!(repository.check(), @r"
      crates/nexudus-model/src/generated/crm/deal.rs: untracked
      crates/nexudus-model/src/generated/sys/note.rs: untracked
    2 not known to git; run `git add` on what belongs to the change
    (failed)
    ");
}

/// What file managers and editors leave behind is neither untracked nor an orphan, whatever git is told to ignore.
#[test]
fn hidden_files_do_not_count() {
    let repository = Repository::generated();
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    for path in ["spec/.DS_Store", "spec/sys/.notes.json.swp", "crates/nexudus-model/src/generated/.DS_Store"] {
        repository.write(path, "binary");
    }
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
    repository.output(&Options::default());
    assert!(repository.has("crates/nexudus-model/src/generated/.DS_Store"));
    // Other files count, unless the person excludes them.
    repository.write("spec/notes.txt", "notes");
    repository.write("spec/schema/new.json", "{}");
    assert_snapshot!(repository.check(), @r"
      spec/notes.txt: untracked
      spec/schema/new.json: untracked
    2 not known to git; run `git add` on what belongs to the change
    (failed)
    ");
    repository.write(".git/info/exclude", "*.txt\n/spec/schema\n");
    assert_snapshot!(repository.check(), @"codegen: N files up to date");
}

#[test]
fn a_repository_that_git_cannot_read_fails_the_check() {
    let repository = Repository::generated();
    repository.write(".git", "gitdir: /nowhere\n");
    assert_snapshot!(repository.check(), @r"
    error: git can't tell which files are tracked. It said:
    fatal: not a git repository: /nowhere
    (failed)
    ");
}

#[test]
fn a_diff_shows_and_writes_nothing() {
    let repository = Repository::generated();
    let diff = Options { diff: true, ..Options::default() };
    assert_eq!(repository.output(&diff), "");
    repository.edit("spec/sys/notes.json", "\"text\"", "\"bool\"");
    repository.write("crates/nexudus-core/src/generated/old.rs", "old\n");
    let printed = repository.output(&diff);
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    assert_snapshot!(printed.join("\n"), @r#"
    --- a/crates/nexudus-core/src/generated/old.rs
    +++ /dev/null
    @@ -1 +0,0 @@
    -old
    --- a/crates/nexudus-model/src/generated/sys/note.rs
    +++ b/crates/nexudus-model/src/generated/sys/note.rs
    @@ -1,5 +1,5 @@
     // Generated by `cargo xtask codegen` from spec/sys/notes.json. Do not edit.
    -// spec ca50508bb9d55cd4
    +// spec 61d8bede7a3e8d65

     use crate::prelude::*;

    @@ -13,7 +13,7 @@
         positions [0] 1;
         properties {
             /// `Text`, read-only.
    -        text: String = "Text", READ_ONLY, {}, {};
    +        text: bool = "Text", READ_ONLY, {}, {};
         }
         related {}
         files {}
    "#);
    assert!(repository.read(NOTE).contains("String"));
}

#[test]
fn one_entity_alone() {
    let repository = Repository::generated();
    repository.edit("spec/sys/notes.json", "A Note.", "A memo.");
    repository.edit("spec/crm/deals.json", "A Deal.", "A sale.");
    let only = |name: &str| Options { only: Some(name.to_owned()), ..Options::default() };
    assert_snapshot!(repository.output(&only("sys/NOTES")), @"codegen: 2 written, 0 removed, 0 unchanged");
    assert!(repository.read(NOTE).contains("A memo.") && repository.read(DEAL).contains("A Deal."));
    assert_snapshot!(repository.output(&Options { check: true, ..only("Deal") }), @r"
    the spec has changed since the code was generated
      crates/nexudus-client/src/generated/crm.rs: changed (spec)
      crates/nexudus-model/src/generated/crm/deal.rs: changed (spec)
    2 files are not up to date; run `cargo xtask codegen` and commit what it writes
    (failed)
    ");
    assert_snapshot!(repository.output(&only("Dael")), @r"
    error: the spec has no entity `Dael`; did you mean `Deal`?
    (failed)
    ");
    assert_snapshot!(repository.output(&only("Xyz")), @r"
    error: the spec has no entity `Xyz`
    (failed)
    ");
}

#[test]
fn faults_of_the_spec_stop_everything() {
    let repository = Repository::generated();
    repository.edit("spec/sys/notes.json", "\"text\"", "\"txet\"");
    repository.write("spec/crm/deals.json", "{");
    assert_snapshot!(repository.output(&Options::default()), @r"
    error[malformed]: malformed JSON: expected a key in quotes, found the end of the file
      --> spec/crm/deals.json:1:2

    error[unknown-type]: the property `Text` is of the unknown type `txet`
      --> spec/sys/notes.json:3:41 at /properties/0/type
      help: did you mean `text`?

    2 errors in the spec

    (failed)
    ");
    fs::write(repository.root.join("spec/crm/deals.json"), b"\xff").unwrap();
    assert_snapshot!(repository.output(&Options::default()), @r"
    error[unreadable]: the file is not UTF-8
      --> spec/crm/deals.json

    1 error in the spec

    (failed)
    ");
}

#[test]
fn stats_count() {
    let repository = Repository::new();
    assert_snapshot!(repository.output(&Options { stats: true, ..Options::default() }), @r"
    entities                     2 (0 deprecated, 0 known by name only)
    operations                   4
    properties                   2 (0 of them companions)
      required, read-only, secret 0, 2, 0
      relations                  0
    filters, ranges, files       0, 0, 0
    enumerations                 0 with 0 values
    patches                      0
    doubts                       none
    generated files              N
    generated lines              N N an operation)
    lines an entity              N (median), N (largest)
    generated bytes              N

    | section | entities | list | get | create | update | delete | properties | filters | files |
    |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
    | crm | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |
    | sys | 1 | 1 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |
    | all | 2 | 2 | 2 | 0 | 0 | 0 | 2 | 0 | 0 |

    | source | property names | filter names |
    |---|--:|--:|
    | records of the live service |  |  |
    | current reference | 2 |  |
    | a public client |  |  |
    | reference of January N |  |  |
    | derived from a command-line flag |  |  |
    | naming rule only |  |  |

    4 operations on 2 entities; 0 enumerations with 0 values; 0 entities are known by name only.
    ");
    assert!(!repository.has(NOTE));
    assert_snapshot!(repository.output(&Options { stats: true, check: true, ..Options::default() }), @r"
    error: `--stats` goes with no other flag
    (failed)
    ");
}

/// With a stamp, a run that has nothing to do says so without making anything; whatever changes, it looks again.
#[test]
fn stamps() {
    let repository = Repository::new();
    let stamped = Options { stamps: Some(repository.root.clone()), ..Options::default() };
    let run = || repository.output(&stamped);
    assert!(run().contains("written"));
    assert_snapshot!(run(), @"codegen: N files up to date");
    assert_snapshot!(repository.output(&Options { check: true, ..stamped.clone() }), @"codegen: N files up to date");
    let changes: [&dyn Fn(); 5] = [
        &|| repository.edit("spec/sys/notes.json", "A Note.", "A memo."),
        &|| repository.edit(NOTE, "text: String", "texts: String"),
        &|| fs::remove_file(repository.root.join(DEAL)).unwrap(),
        &|| repository.write("crates/nexudus-client/src/generated/old.rs", ""),
        &|| repository.edit("README.md", "| all |", "| none |"),
    ];
    for change in changes {
        change();
        assert!(repository.output(&Options { check: true, ..stamped.clone() }).contains("(failed)"));
        let printed = run();
        assert!(printed.contains("written"), "{printed}");
        assert!(run().contains("up to date"));
    }
}
