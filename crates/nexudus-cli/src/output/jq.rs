//! `--jq`: the language of jq over the data of an answer. A number that the expression does not calculate with keeps
//! its digits.
//!
//! The language has recursion, so an expression may have no end. It runs on a thread of its own, whose stack is large,
//! and ends with an error where it goes too deep or on for too long. One step, such as `[range(infinite)]`, has no bound.

use std::cell::Cell;
use std::fmt;
use std::io::Write;
use std::panic::resume_unwind;
use std::ptr::from_ref;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use jaq_core::data::HasLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Lut, Vars, unwrap_valr};
use jaq_json::{Val, read, write};

use crate::failure::{Exit, Failure};
use crate::json::Raw;
use crate::terminal::{Terminal, escape_json};

type Compiled = jaq_core::compile::Filter<jaq_core::Native<Bounded>>;

/// Functions that do more than calculate: they end the process with an exit code of their own, write to standard error,
/// or read the environment, which may hold a token.
const LEFT_OUT: [&str; 7] = ["halt", "halt_error", "debug", "debug_empty", "stderr", "stderr_empty", "env"];

/// The stack of the thread, in bytes. It is address space: only what is used takes memory. Values that are nested as
/// deep as [`STEPS`] allows are freed on it.
const STACK: usize = 1 << 30;

/// How much of it an expression may use.
const USABLE: usize = STACK / 4;

/// Steps that any expression may take, and those for each byte of its input. A step takes some 50 ns.
const STEPS: u64 = 10_000_000;
const STEPS_PER_BYTE: u64 = 100;

/// The longest expression, in bytes: each of its parentheses takes stack when it is compiled.
const LONGEST: usize = 100_000;

/// Results that wait to be printed.
const WAITING: usize = 64;

/// Filters that count what they do.
struct Bounded;

impl DataT for Bounded {
    type V<'a> = Val;
    type Data<'a> = Bounds<'a>;
}

/// What the interpreter asks for its table of terms, once for each step of an expression.
#[derive(Clone)]
struct Bounds<'a> {
    lut: &'a Lut<Bounded>,
    left: &'a Cell<u64>,
    /// Where the stack begins, near enough.
    begin: usize,
}

/// Why an expression was ended.
enum Ended {
    TooDeep,
    TooLong,
}

impl<'a> HasLut<'a, Bounded> for Bounds<'a> {
    fn lut(&self) -> &'a Lut<Bounded> {
        let left = self.left.get();
        // The interpreter has no error for these two. Unwinding ends its thread, and nothing else.
        if self.begin.abs_diff(from_ref(&left).addr()) > USABLE {
            resume_unwind(Box::new(Ended::TooDeep));
        }
        let Some(left) = left.checked_sub(1) else { resume_unwind(Box::new(Ended::TooLong)) };
        self.left.set(left);
        self.lut
    }
}

/// A compiled expression.
#[derive(Clone)]
pub(crate) struct Filter(Arc<Compiled>);

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

impl Filter {
    /// Compiles an expression.
    pub(crate) fn compile(expression: &str) -> Result<Self, Failure> {
        let shown: String = expression.chars().take(200).collect();
        let wrong = |what: &str| Failure::usage(format!("--jq {shown}: {what}"));
        if expression.len() > LONGEST {
            return Err(wrong(&format!("the expression is longer than {LONGEST} bytes")));
        }
        let expression = expression.to_owned();
        let compiled = join(spawn(move || compile(&expression))?)?;
        compiled.map(|compiled| Self(Arc::new(compiled))).map_err(|what| wrong(&what))
    }

    /// Prints what the expression gives for a value, a line each.
    pub(super) fn print(
        &self,
        data: &Raw,
        out: &mut dyn Write,
        raw_strings: bool,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let (compiled, data) = (Arc::clone(&self.0), data.clone());
        let (results, printed) = sync_channel(WAITING);
        let bytes = u64::try_from(data.text().len()).unwrap_or(u64::MAX);
        let steps = STEPS.saturating_add(bytes.saturating_mul(STEPS_PER_BYTE));
        let thread = spawn(move || run(&compiled, &data, steps, &results))?;
        for json in printed {
            let text = json.text();
            let plain = if raw_strings { json.as_str() } else { None };
            // Where nobody reads any more, the thread ends with the process.
            match plain {
                Some(plain) if terminal.output => writeln!(out, "{}", crate::terminal::visible(&plain))?,
                Some(plain) => writeln!(out, "{plain}")?,
                None if terminal.output => writeln!(out, "{}", escape_json(text))?,
                None => writeln!(out, "{text}")?,
            }
        }
        join(thread)?.map_err(|error| failed(&error))
    }
}

fn failed(error: &str) -> Failure {
    Failure::new(Exit::Failure, format!("--jq: {error}"))
}

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, Failure> {
    let thread = thread::Builder::new().name("jq".to_owned()).stack_size(STACK).spawn(work);
    thread.map_err(|error| failed(&format!("can't start: {error}")))
}

fn join<T>(thread: JoinHandle<T>) -> Result<T, Failure> {
    thread.join().map_err(|ended| {
        let what = match ended.downcast_ref() {
            Some(Ended::TooDeep) => "the expression recurses too deep; does its recursion end?",
            Some(Ended::TooLong) => "the expression takes too many steps for this input; does it end?",
            None => "the expression can't be evaluated",
        };
        failed(what)
    })
}

fn compile(expression: &str) -> Result<Compiled, String> {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let definitions = definitions.filter(|definition| !LEFT_OUT.contains(&definition.name));
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let functions = functions.filter(|(name, ..)| !LEFT_OUT.contains(name));
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code: expression, path: () })
        .map_err(|_| "not a valid jq expression".to_owned())?;
    Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
        let names: Vec<_> = errors.iter().flat_map(|(_, errors)| errors).map(|(name, _)| *name).collect();
        format!("there is no {}", names.join(", no "))
    })
}

/// Sends the results on, until there are no more or nobody takes them.
fn run(compiled: &Compiled, data: &Raw, steps: u64, results: &SyncSender<Raw>) -> Result<(), String> {
    let input = read::parse_single(data.text().as_bytes()).map_err(|error| error.to_string())?;
    let left = Cell::new(steps);
    let bounds = Bounds { lut: &compiled.lut, left: &left, begin: from_ref(&left).addr() };
    let context = Ctx::<Bounded>::new(bounds, Vars::new([]));
    for value in compiled.id.run((context, input)).map(unwrap_valr) {
        let value = value.map_err(|error| error.to_string())?;
        let mut text = Vec::new();
        write::write(&mut text, &write::Pp::default(), 0, &value).map_err(|error| error.to_string())?;
        // The language has values that JSON has not: bytes, NaN, keys that are not strings.
        let json = String::from_utf8(text).ok().and_then(|text| Raw::parse(&text).ok());
        let json = json.ok_or_else(|| format!("the result can't be written as JSON: {value}"))?;
        if results.send(json).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of an expression that may take some thousand steps, and how it ended.
    fn eval(expression: &str) -> (Vec<String>, Result<(), String>) {
        let Filter(compiled) = Filter::compile(expression).unwrap();
        let (results, printed) = sync_channel(10_000);
        let thread = spawn(move || run(&compiled, &Raw::from(1_u64), 10_000, &results)).unwrap();
        let ended =
            join(thread).and_then(|done| done.map_err(|error| failed(&error))).map_err(|failure| failure.message);
        (printed.iter().map(|json| json.text().to_owned()).collect(), ended)
    }

    #[test]
    fn an_expression_without_an_end_is_an_error() {
        assert_eq!(eval("[., . + 1]"), (vec!["[1,2]".to_owned()], Ok(())));
        for endless in ["def f: f; f", "[repeat(.)]", "until(false; . + 1)", "repeat(.)"] {
            let message = eval(endless).1.unwrap_err();
            assert_eq!(message, "--jq: the expression takes too many steps for this input; does it end?", "{endless}");
        }
    }

    #[test]
    fn an_expression_that_goes_too_deep_is_an_error() {
        let Filter(compiled) = Filter::compile("def f: 1 + f; f").unwrap();
        let (results, printed) = sync_channel(1);
        let thread = spawn(move || run(&compiled, &Raw::null(), u64::MAX, &results)).unwrap();
        assert_eq!(printed.iter().count(), 0);
        let message = join(thread).unwrap_err().message;
        assert_eq!(message, "--jq: the expression recurses too deep; does its recursion end?");
        for (open, close) in [("(", ")"), ("[", "]"), ("{a:", "}"), ("-", "")] {
            let depth = LONGEST / 5;
            Filter::compile(&format!("{}1{}", open.repeat(depth), close.repeat(depth))).unwrap();
        }
        Filter::compile(&" ".repeat(LONGEST + 1)).unwrap_err();
    }

    #[test]
    fn an_endless_stream_ends_where_nobody_reads() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let filter = Filter::compile("repeat(.)").unwrap();
        let failure = filter.print(&Raw::null(), &mut Closed, false, &Terminal::detect()).unwrap_err();
        assert!(failure.silent, "{failure:?}");
    }
}
