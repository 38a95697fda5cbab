//! `--jq`: the language of jq over the data of an answer. A number that the expression does not calculate with keeps
//! its digits.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read, write};

use crate::failure::{Exit, Failure};
use crate::json::Raw;
use crate::terminal::{Terminal, escape_json};

type Compiled = jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>;

/// Functions that do more than calculate: they end the process with an exit code of their own, write to standard error,
/// or read the environment, which may hold a token.
const LEFT_OUT: [&str; 7] = ["halt", "halt_error", "debug", "debug_empty", "stderr", "stderr_empty", "env"];

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
        let wrong = |what: &str| Failure::usage(format!("--jq {expression}: {what}"));
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let definitions = definitions.filter(|definition| !LEFT_OUT.contains(&definition.name));
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let functions = functions.filter(|(name, ..)| !LEFT_OUT.contains(name));
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code: expression, path: () })
            .map_err(|_| wrong("not a valid jq expression"))?;
        let filter = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
            let names: Vec<_> = errors.iter().flat_map(|(_, errors)| errors).map(|(name, _)| *name).collect();
            wrong(&format!("there is no {}", names.join(", no ")))
        })?;
        Ok(Self(Arc::new(filter)))
    }

    /// Prints what the expression gives for a value, a line each.
    pub(super) fn print(
        &self,
        data: &Raw,
        out: &mut dyn Write,
        raw_strings: bool,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let failed = |error: String| Failure::new(Exit::Failure, format!("--jq: {error}"));
        let input = read::parse_single(data.text().as_bytes()).map_err(|error| failed(error.to_string()))?;
        let context = Ctx::<data::JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        for value in self.0.id.run((context, input)).map(unwrap_valr) {
            let value = value.map_err(|error| failed(error.to_string()))?;
            let mut text = Vec::new();
            write::write(&mut text, &write::Pp::default(), 0, &value)?;
            // The language has values that JSON has not: bytes, NaN, keys that are no strings.
            let json = String::from_utf8(text).ok().and_then(|text| Raw::parse(&text).ok());
            let json = json.ok_or_else(|| failed(format!("the result can't be written as JSON: {value}")))?;
            let text = json.text();
            let plain = if raw_strings { json.as_str() } else { None };
            match plain {
                Some(plain) if terminal.output => writeln!(out, "{}", crate::terminal::visible(&plain))?,
                Some(plain) => writeln!(out, "{plain}")?,
                None if terminal.output => writeln!(out, "{}", escape_json(text))?,
                None => writeln!(out, "{text}")?,
            }
        }
        Ok(())
    }
}
