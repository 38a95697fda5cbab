//! Writes that wait for a yes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nexudus_client::model::core::EntityTable;

use super::tool_error::ToolError;
use crate::json::Object;
use crate::records::Values;

/// How long a plan can be used.
pub(super) const LIFETIME: Duration = Duration::from_mins(5);

/// Plans that wait at once; the oldest goes when there are more.
const MOST: usize = 32;

/// What a plan will do.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Makes a record.
    Create(Values),
    /// Sets these values in a record.
    Update(i64, Values),
    /// Deletes the records.
    Delete,
    /// Runs a command on the records.
    Run { key: String, parameters: Object },
}

/// A write that waits for a yes.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) tool: &'static str,
    /// The arguments that it was made from.
    pub(super) arguments: String,
    pub(super) table: &'static EntityTable,
    pub(super) work: Work,
    /// The records that it is about, as they were when it was made.
    pub(super) before: Vec<(i64, Object)>,
    /// What it does, in words.
    pub(super) question: String,
    /// What it does, as data.
    pub(super) shown: Object,
}

/// The plans that wait. Each is used once, by the call that it was made for.
#[derive(Debug)]
pub(super) struct Plans {
    waiting: Mutex<VecDeque<(String, Instant, Plan)>>,
    lifetime: Duration,
}

impl Plans {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { waiting: Mutex::new(VecDeque::new()), lifetime }
    }

    /// Keeps a plan, and gives its id.
    pub(super) fn keep(&self, plan: Plan) -> String {
        let id = format!("plan-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|(_, made, _)| made.elapsed() < self.lifetime);
        while waiting.len() >= MOST {
            waiting.pop_front();
        }
        waiting.push_back((id.clone(), Instant::now(), plan));
        id
    }

    /// Takes a plan out. Whatever comes of it, the plan can't be used again.
    pub(super) fn take(&self, id: &str, tool: &str, arguments: &str) -> Result<Plan, ToolError> {
        let found = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let at = waiting.iter().position(|(known, _, _)| known == id);
            at.and_then(|at| waiting.remove(at))
        };
        let again = "Call without `plan` to make a new one.";
        let Some((_, made, plan)) = found else {
            return Err(ToolError::argument("plan", "there is no such plan: it was used, or it is too old").hint(again));
        };
        if made.elapsed() >= self.lifetime {
            return Err(ToolError::argument("plan", "the plan is too old, and nothing was done").hint(again));
        }
        if plan.tool != tool || plan.arguments != arguments {
            let message = "the plan was made for other arguments; nothing was done, and the plan is void";
            return Err(ToolError::argument("plan", message).hint(again));
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use nexudus_client::model;

    use super::*;

    fn plan() -> Plan {
        Plan {
            tool: "nexudus_delete",
            arguments: "{}".to_owned(),
            table: model::tables()[0],
            work: Work::Delete,
            before: Vec::new(),
            question: String::new(),
            shown: Object::default(),
        }
    }

    #[test]
    fn a_plan_is_used_once_by_its_own_call_and_in_time() {
        let plans = Plans::new(LIFETIME);
        let id = plans.keep(plan());
        plans.take(&id, "nexudus_delete", "{}").unwrap();
        assert!(plans.take(&id, "nexudus_delete", "{}").is_err());
        for (tool, arguments) in [("nexudus_update", "{}"), ("nexudus_delete", "{\"ids\":[1]}")] {
            let id = plans.keep(plan());
            assert!(plans.take(&id, tool, arguments).is_err());
            assert!(plans.take(&id, "nexudus_delete", "{}").is_err(), "a wrong call voids the plan");
        }
        let old = Plans::new(Duration::ZERO);
        let id = old.keep(plan());
        assert!(old.take(&id, "nexudus_delete", "{}").is_err());
    }

    #[test]
    fn plans_are_bounded() {
        let plans = Plans::new(LIFETIME);
        let first = plans.keep(plan());
        for _ in 0..MOST {
            plans.keep(plan());
        }
        assert!(plans.take(&first, "nexudus_delete", "{}").is_err());
        assert_eq!(plans.waiting.lock().unwrap().len(), MOST);
    }
}
