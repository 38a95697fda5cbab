//! `nexudus login`, `logout` and `whoami`.

use std::sync::Arc;

use clap::ArgMatches;
use nexudus_client::model::core::Entity as _;
use nexudus_client::model::well_known::User;
use nexudus_client::{Client, Credentials, FileStore};

use super::branch::{CommandFuture, is_on, switch, text, value};
use super::command::Command;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input::resolve_secret;
use crate::json::{Object, Raw};
use crate::output::CommandOutput;
use crate::profile::{LoginKind, Stored, base_url, client, is_service_address};
use crate::terminal::PromptError;

/// `login`
pub(crate) const LOGIN: Command = Command {
    name: "login",
    about: "Log in, and keep the credentials in this profile",
    build: |command| {
        command
            .arg(value("token", "TOKEN", "A bearer token: @FILE, or - for standard input"))
            .arg(value("email", "EMAIL", "The user's e-mail address"))
            .arg(value("password", "PASSWORD", "The user's password: @FILE, or - for standard input"))
            .arg(value("totp", "CODE", "The code of the second factor"))
            .arg(switch("basic", "Keep the password and send it with each request, instead of tokens"))
    },
    run: |context, matches| Box::pin(login(context, matches)),
};

/// `logout`
pub(crate) const LOGOUT: Command =
    Command { name: "logout", about: "Remove the credentials of this profile", build: |command| command, run: logout };

/// `whoami`
pub(crate) const WHOAMI: Command = Command {
    name: "whoami",
    about: "Show who the credentials belong to, and their defaults",
    build: |command| command,
    run: |context, _| Box::pin(whoami(context)),
};

/// A secret of the command line.
fn secret(context: &Context, matches: &ArgMatches, name: &str) -> Result<Option<String>, Failure> {
    let Some(text) = text(matches, name) else { return Ok(None) };
    if !text.starts_with('@') && text != "-" {
        context.warn(&format!(
            "--{name} is visible to other users of this machine on the command line; use @FILE or - instead"
        ));
    }
    match resolve_secret(text)? {
        secret if secret.trim().is_empty() => Err(Failure::usage(format!("--{name} is empty"))),
        secret => Ok(Some(secret)),
    }
}

fn asked(result: Result<String, PromptError>) -> Result<String, Failure> {
    result.map_err(|error| match error {
        PromptError::NobodyThere => {
            Failure::new(Exit::Declined, "not logged in: there is no terminal to ask for credentials")
                .hint("Give --token -, or --email and --password -.")
        }
        PromptError::Ended => Failure::new(Exit::Declined, "not logged in"),
        PromptError::Interrupted => Failure::interrupted(),
        PromptError::Io(error) => Failure::new(Exit::Failure, format!("can't ask: {error}")),
    })
}

async fn login(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let (home, profile) = (context.home()?, context.profile()?);
    let settings = context.config()?.settings(&profile);
    let options = context.session_options();
    let base = base_url(&options, &settings);
    let prompt = context.prompt();
    let token = secret(context, matches, "token")?;
    let mut email = text(matches, "email").map(str::to_owned);
    if token.is_none() && email.is_none() {
        context.note(&format!("Logging in to {base}, profile {profile}."));
        email = Some(asked(prompt.line("E-mail (empty to give a token): "))?).filter(|email| !email.trim().is_empty());
    }
    let stored = match (token, email) {
        (Some(_), Some(_)) => return Err(Failure::usage("give --token or --email, not both")),
        (Some(token), None) => stored(&base, LoginKind::Token, None, Some(token)),
        (None, None) => stored(&base, LoginKind::Token, None, Some(asked(prompt.secret("Token: "))?)),
        (None, Some(email)) => {
            let password = match secret(context, matches, "password")? {
                Some(password) => password,
                None => asked(prompt.secret("Password: "))?,
            };
            let kind = if is_on(matches, "basic") { LoginKind::Basic } else { LoginKind::Login };
            stored(&base, kind, Some(email), Some(password))
        }
    };
    let tokens = home.tokens(&profile);
    let fresh = tokens.with_extension("new");
    let credentials = match stored.kind {
        LoginKind::Login => {
            crate::profile::make_folder_of(&fresh)?;
            let (email, password) = (stored.email.clone(), stored.secret.clone());
            let login = Credentials::login(email.unwrap_or_default(), password.unwrap_or_default())
                .store(Arc::new(FileStore::new(&fresh)))
                .client_id(stored.client_id.clone().unwrap_or_default());
            match text(matches, "totp") {
                Some(code) => login.totp(code).into(),
                None => login.into(),
            }
        }
        _ => stored.credentials(home, &profile)?,
    };
    let result = me(&client(&base, credentials, &options, &settings)?).await;
    let user = match result {
        Ok(user) => user,
        Err(failure) => {
            crate::profile::remove_with_lock(&fresh)?;
            return Err(failure);
        }
    };
    let stored = match stored.kind {
        LoginKind::Login => {
            std::fs::rename(&fresh, &tokens)
                .map_err(|error| Failure::usage(format!("can't write {}: {error}", tokens.display())))?;
            crate::profile::remove_with_lock(&fresh)?;
            // The password is not kept: the tokens are renewed without it.
            Stored { secret: None, ..stored }
        }
        _ => stored,
    };
    stored.save(home, &profile)?;
    if !is_service_address(&base) || settings.get("base-url").is_some() {
        let mut config = context.config()?.clone();
        config.set(&profile, "base-url", Some(&base))?;
        config.save(home)?;
    }
    let name = user.get("FullName").or(user.get("Email")).map(|name| name.plain().into_owned()).unwrap_or_default();
    let name = context.redactor()?.record(User::table(), &Object(vec![("FullName".to_owned(), Raw::string(&name))]));
    let name = name.get("FullName").map(|name| name.plain().into_owned()).unwrap_or_default();
    let mut data = Object::default();
    data.set("profile", Raw::string(&profile));
    data.set("baseUrl", Raw::string(&base));
    data.set("kind", Raw::string(stored.kind.name()));
    let text = format!("Logged in to {base} as {} (profile {profile}).", crate::terminal::visible(&name));
    context.answer(&CommandOutput::Text(text.clone(), data.to_raw()), text)
}

fn stored(base: &str, kind: LoginKind, email: Option<String>, secret: Option<String>) -> Stored {
    // A name of its own: another login of the same name would end this one's tokens.
    let client_id = (kind == LoginKind::Login).then(|| format!("nexudus-cli.{:016x}", fastrand::u64(..)));
    Stored { base_url: base.to_owned(), kind, email, secret, client_id }
}

/// The record of the user behind a client.
async fn me(client: &Client) -> Result<Object, Failure> {
    let answer = client.request("GET", "auth/me").send().await?;
    let wrong = || Failure::new(Exit::Failure, "the service did not return the user; check the base address");
    let text = std::str::from_utf8(answer.bytes()).map_err(|_| wrong())?;
    Object::parse(text).map_err(|_| wrong())
}

fn logout<'a>(context: &'a Context, _: &'a ArgMatches) -> CommandFuture<'a> {
    Box::pin(async move {
        let profile = context.profile()?;
        let had = Stored::remove(context.home()?, &profile)?;
        let text = match had {
            true => format!("Removed the credentials of profile {profile}."),
            false => format!("Profile {profile} has no credentials."),
        };
        let data = Raw::object([("profile", Raw::string(&profile)), ("removed", Raw::from(had))]);
        context.answer(&CommandOutput::Text(text.clone(), data), text)
    })
}

/// The defaults of a user that others ask for.
const DEFAULTS: &str = "Default";

async fn whoami(context: &Context) -> Result<(), Failure> {
    let session = context.session().await?;
    let user = context.redactor()?.record(User::table(), &me(&session.client).await?);
    let mut shown = Object::default();
    shown.set("Profile", Raw::string(&session.profile));
    shown.set("BaseUrl", Raw::string(session.client.base_url()));
    shown.set("Credentials", Raw::string(session.source.name()));
    let is_shown = |name: &str| matches!(name, "Id" | "FullName" | "Email" | "IsAdmin") || name.starts_with(DEFAULTS);
    for (name, value) in user.0.iter().filter(|(name, _)| is_shown(name)) {
        shown.set(name, value.clone());
    }
    let mut data = shown.clone();
    if context.format().has_envelope() {
        for (name, value) in &user.0 {
            data.set(name, value.clone());
        }
    }
    context.answer(&CommandOutput::Record(data), "Logged in")
}
