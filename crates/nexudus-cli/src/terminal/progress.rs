//! A line on standard error that says how far a long command has come.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::streams::Terminal;

/// How far a command has come. It is shown only where standard error is a terminal and standard output is not: a
/// person who watches the records go by needs no second sign of life.
#[derive(Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Progress of something that is counted in `noun`.
    pub(crate) fn new(terminal: &Terminal, quiet: bool, noun: &str) -> Self {
        if quiet || !terminal.error || terminal.output {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {{human_pos}} {noun} {{msg}}")) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    /// So many are done, of so many where that is known.
    pub(crate) fn set(&self, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.0 {
            bar.set_position(done);
            bar.set_message(total.map(|total| format!("of {total}")).unwrap_or_default());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
