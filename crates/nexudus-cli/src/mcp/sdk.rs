//! The protocol, by its Rust SDK: which requests there are, in both eras, and how a person is asked.

use std::sync::Arc;
use std::time::Duration;

use nexudus_client::model;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, DiscoverResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema, ErrorData, Implementation,
    InitializeRequestParams, InitializeResult, InputRequest, InputRequiredResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ServerCapabilities, ServerConfig, Tool,
    ToolAnnotations,
};
use rmcp::service::{RequestContext, ServiceError};
use rmcp::{RoleServer, ServerHandler};

use super::catalog::{ToolFacts, instructions};
use super::plan::LIFETIME;
use super::{Approval, CALLS, NoApproval, Reply, Server, catalog, describe, framing};
use crate::failure::{Exit, Failure};

/// How long a client may keep what does not change while the server runs.
const FRESH: Duration = Duration::from_hours(1);

/// Resources on a page.
const PAGE: usize = 100;

/// Characters of an unknown address that are repeated.
const LONGEST_ADDRESS: usize = 500;

/// The name of the question in an answer that requires input, and of the box that a person ticks.
const QUESTION: &str = "confirm";

fn fresh() -> u64 {
    u64::try_from(FRESH.as_millis()).unwrap_or(u64::MAX)
}

/// Serves on standard input and output until the input ends.
pub(crate) async fn serve(server: Server) -> Result<(), Failure> {
    let (input, output) = rmcp::transport::stdio_pipes();
    let transport = (framing::keep_arguments(input, server.is_open.subscribe()), output);
    let running = match rmcp::service::serve_server(Handler(Arc::new(server)), transport).await {
        Ok(running) => running,
        // The input ended before the first request: there was nothing to do.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            let message: String = error.to_string().chars().take(200).collect();
            return Err(Failure::new(Exit::Failure, format!("the client does not speak the protocol: {message}")));
        }
    };
    running.waiting().await.map(|_| ()).map_err(|error| Failure::new(Exit::Failure, error.to_string()))
}

/// The server as the SDK sees it.
#[derive(Clone, Debug)]
pub(crate) struct Handler(pub(crate) Arc<Server>);

fn tool(facts: &'static ToolFacts) -> Tool {
    let schema = serde_json::from_str::<serde_json::Map<_, _>>(&facts.schema()).unwrap_or_default();
    let hints = ToolAnnotations::new()
        .read_only(!facts.is_write)
        .destructive(facts.is_destructive)
        .idempotent(facts.is_idempotent)
        .open_world(facts.is_open);
    Tool::new(facts.name, facts.description, schema).with_title(facts.title).with_annotations(hints)
}

fn result(text: String, is_error: bool) -> CallToolResult {
    let content = vec![ContentBlock::text(text)];
    if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) }
}

fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// Whether the client can put a form to a person. A client that names no way means forms.
fn can_ask(context: &RequestContext<RoleServer>) -> bool {
    let capability = context.client_capabilities().and_then(|client| client.elicitation);
    capability.is_some_and(|ways| ways.form.is_some() || ways.url.is_none())
}

fn question(message: String) -> Result<ElicitRequestParams, ErrorData> {
    let schema = ElicitationSchema::builder().required_bool(QUESTION).title("Do this?").build();
    let requested_schema = schema.map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema })
}

/// What an answer says of a plan. A yes is accepted, with the box ticked.
fn approval<'p>(plan: &'p str, answer: &ElicitResult) -> Approval<'p> {
    let ticked = answer.content.as_ref().and_then(|content| content.get(QUESTION));
    match (&answer.action, ticked) {
        (ElicitationAction::Accept, Some(serde_json::Value::Bool(true))) => Approval::Given(plan),
        (ElicitationAction::Accept, Some(serde_json::Value::Bool(false))) | (ElicitationAction::Decline, _) => {
            Approval::Declined(plan, NoApproval::No)
        }
        (ElicitationAction::Cancel, _) => Approval::Declined(plan, NoApproval::None),
        _ => Approval::Declined(plan, NoApproval::Unclear),
    }
}

impl Handler {
    async fn call(&self, name: &str, arguments: &str, approval: Approval<'_>) -> Result<Reply, ErrorData> {
        self.0.call(name, arguments, approval).await.ok_or_else(|| {
            let message = match catalog::find(name) {
                Some(_) => format!("{name} writes, and this server only reads"),
                None => format!("there is no tool {}", super::text::clean_line(name, 80)),
            };
            ErrorData::invalid_params(message, None)
        })
    }

    async fn answer(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = framing::arguments_text(request.arguments.as_ref());
        let name = request.name.as_ref();
        let reply = match &request.request_state {
            // A client that can't ask was not asked, and has no answer.
            Some(plan) if !can_ask(context) => {
                self.call(name, &arguments, Approval::Declined(plan, NoApproval::None)).await?
            }
            Some(plan) => {
                let answer = request.input_responses.as_ref().and_then(|answers| answers.get(QUESTION));
                let approval = match answer.map(|answer| serde_json::from_value::<ElicitResult>(answer.clone())) {
                    None => Approval::Declined(plan, NoApproval::None),
                    Some(Ok(answer)) => approval(plan, &answer),
                    Some(Err(_)) => Approval::Declined(plan, NoApproval::Unclear),
                };
                self.call(name, &arguments, approval).await?
            }
            None if can_ask(context) => self.call(name, &arguments, Approval::MayAsk).await?,
            None => self.call(name, &arguments, Approval::Nobody).await?,
        };
        let (plan, message) = match reply {
            Reply::Result { text, is_error } => return Ok(result(text, is_error).into()),
            Reply::Ask { plan, question } => (plan, question),
        };
        let question = question(message)?;
        if is_stateless(context) {
            let requests = [(QUESTION.to_owned(), InputRequest::Elicitation(ElicitRequest::new(question)))];
            return Ok(InputRequiredResult::new(Some(requests.into()), Some(plan)).into());
        }
        let answer = context.peer.create_elicitation_with_timeout(question, Some(LIFETIME)).await;
        let approval = match &answer {
            Ok(answer) => approval(&plan, answer),
            Err(ServiceError::UnexpectedResponse) => Approval::Declined(&plan, NoApproval::Unclear),
            Err(_) => Approval::Declined(&plan, NoApproval::None),
        };
        match self.call(name, &arguments, approval).await? {
            Reply::Result { text, is_error } => Ok(result(text, is_error).into()),
            Reply::Ask { .. } => Err(ErrorData::internal_error("a plan that was confirmed was asked for again", None)),
        }
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let server = Implementation::new("nexudus", env!("CARGO_PKG_VERSION")).with_title("Nexudus");
        ServerConfig::new(capabilities)
            .with_server_info(server)
            .with_instructions(instructions(self.0.policy.may_write_at_all()))
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let answer = self.negotiate_initialize(&request);
        context.peer.set_peer_info(request);
        self.0.opened();
        answer
    }

    // This one opens no session.
    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        let result = DiscoverResult::from_server_info(versions, self.get_info());
        Ok(result.with_ttl_ms(fresh()).with_cache_scope(CacheScope::Private))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.0.opened();
        let tools = self.0.tools().map(tool).collect();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(fresh()).with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.0.tools().find(|facts| facts.name == name).map(tool)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.opened();
        let id = format!("{:?}", context.id);
        let Some(_running) = self.0.begin(&id) else {
            // The SDK sends the first answer for an id and drops the second, so the answer of the call that runs comes
            // first.
            self.0.ended(&id).await;
            return Err(ErrorData::invalid_request("a call with this id was running; nothing was done", None));
        };
        let Ok(_turn) = self.0.calls.try_acquire() else {
            let text = format!("{{\"error\":\"busy: at most {CALLS} calls at once; nothing was done\"}}");
            return Ok(result(text, true).into());
        };
        tokio::select! {
            answer = self.answer(request, &context) => answer,
            // What is dropped here takes its request to the service with it.
            () = context.ct.cancelled() => Err(ErrorData::internal_error("the call was cancelled", None)),
        }
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.0.opened();
        let cursor = request.and_then(|request| request.cursor);
        let wrong = |_| ErrorData::invalid_params("this cursor was not given by this server", None);
        let skip = cursor.map_or(Ok(0), |cursor| cursor.parse::<usize>()).map_err(wrong)?;
        let seen: Vec<_> = model::tables().iter().filter(|table| self.0.policy.may_see(table)).collect();
        let resources = seen.iter().skip(skip).take(PAGE).map(|table| {
            Resource::new(describe::address(table), table.name)
                .with_description(super::text::clean_line(table.doc, 120))
                .with_mime_type("application/json")
        });
        let mut result = ListResourcesResult::with_all_items(resources.collect());
        let next = skip.saturating_add(PAGE);
        result.next_cursor = (next < seen.len()).then(|| next.to_string());
        Ok(result.with_ttl_ms(fresh()).with_cache_scope(CacheScope::Private))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.0.opened();
        let result = ListResourceTemplatesResult::with_all_items(Vec::new());
        Ok(result.with_ttl_ms(fresh()).with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.0.opened();
        let table = describe::at(&request.uri).filter(|table| self.0.policy.may_see(table));
        let table = table.ok_or_else(|| {
            let message = format!("there is no resource {}", super::text::clean_line(&request.uri, 120));
            let uri = super::text::clean_line(&request.uri, LONGEST_ADDRESS);
            ErrorData::resource_not_found(message, Some(serde_json::json!({ "uri": uri })))
        })?;
        let text = describe::describe(table, true, 0);
        let contents = ResourceContents::text(text, request.uri).with_mime_type("application/json");
        let result = ReadResourceResult::new(vec![contents]);
        Ok(result.with_ttl_ms(fresh()).with_cache_scope(CacheScope::Private).into())
    }
}
