//! Calls that do not follow the common pattern, as the tables describe them.

use http::Method;
use nexudus_core::{Action, ActionBody, Json, ResponseContent};

use crate::call::{Call, Raw};
use crate::error::{Error, ErrorKind, Subject};
use crate::http::{encode_into, with_query};
use crate::records::Records;
use crate::records::pending::Erased;

/// What an action is sent.
#[derive(Clone, Default)]
pub(crate) struct ActionParts {
    /// Values of the variable segments of its path, by their names.
    pub(crate) segments: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    /// A record as JSON.
    pub(crate) record: Option<Vec<u8>>,
    /// Values of an object, by their names.
    pub(crate) values: Vec<(String, Json)>,
}

impl Records {
    pub(crate) fn run_action(&self, action: &'static Action, parts: &ActionParts) -> Erased<Raw> {
        let subject = Subject { operation: action.name, needs: None, table: Some(self.table), id: None };
        let call = self.action_call(action, parts, subject);
        let client = self.client.clone();
        Box::pin(async move {
            let mut raw = client.run(call?).await?;
            if action.answer != ResponseContent::Object || raw.reports_failure() {
                raw.envelope()?;
            }
            raw.subject = subject;
            Ok(raw)
        })
    }

    fn action_call(&self, action: &Action, parts: &ActionParts, subject: Subject) -> Result<Call, Error> {
        let refuse =
            |what: String| Error::new(subject, ErrorKind::Usage).with_message(format!("{what}; nothing was sent"));
        let method = Method::from_bytes(action.method.as_bytes());
        let method = method.map_err(|_| refuse("the table has no method for this action".to_owned()))?;
        let path = with_query(self.action_path(action, parts).map_err(refuse)?, parts.query_pairs());
        let mut call = Call::new(subject, method, path);
        call.body = match (action.body, &parts.record) {
            (ActionBody::Nothing, None) if parts.values.is_empty() => None,
            (ActionBody::Nothing, _) => return Err(refuse("this action takes no body".to_owned())),
            (ActionBody::Record, Some(record)) => Some(record.clone().into()),
            (ActionBody::Record, None) => return Err(refuse("this action takes a record".to_owned())),
            (_, Some(_)) => return Err(refuse("this action takes values and no record".to_owned())),
            (_, None) => {
                if let ActionBody::Object(known) = action.body
                    && let Some((name, _)) = parts.values.iter().find(|(name, _)| !known.contains(&name.as_str()))
                {
                    return Err(refuse(format!("this action takes no {name}, but {}", known.join(", "))));
                }
                Some(Json::object(parts.values.iter().cloned()).into_text().into())
            }
        };
        Ok(call)
    }

    /// The path with the values of its variable segments.
    fn action_path(&self, action: &Action, parts: &ActionParts) -> Result<String, String> {
        let mut path = self.table.path();
        for segment in action.path.split('/').filter(|segment| !segment.is_empty()) {
            path.push('/');
            let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) else {
                path.push_str(segment);
                continue;
            };
            match parts.segments.iter().rfind(|(given, value)| given == name && !value.is_empty()) {
                Some((_, value)) if matches!(value.as_str(), "." | "..") => {
                    return Err(format!("{value} can't be the segment {name} of a path"));
                }
                Some((_, value)) => encode_into(&mut path, value),
                None => return Err(format!("the path {} needs a value for {name}", action.path)),
            }
        }
        let is_known = |name: &str| action.path.split('/').any(|segment| segment == format!("{{{name}}}"));
        match parts.segments.iter().find(|(name, _)| !is_known(name)) {
            Some((name, _)) => Err(format!("the path {} has no segment {name}", action.path)),
            None => Ok(path),
        }
    }
}

impl ActionParts {
    fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
