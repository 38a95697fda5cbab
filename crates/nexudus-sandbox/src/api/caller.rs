//! Who calls.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use crate::access::account::{ADMIN_EMAIL, TOKEN};
use crate::access::credentials::Credentials;
use crate::access::digest::app_password;
use crate::access::user::User;
use crate::message::reply::Reply;
use crate::state::State;

/// The caller; a refusal where there is none or they may not use the API.
pub(crate) fn user(state: &State, request: &Request<Bytes>) -> Result<Arc<User>, Reply> {
    let user = login(state, request)?;
    if !user.api_access {
        return Err(Reply::unauthorized("the user has no API access"));
    }
    Ok(user)
}

/// The caller, whatever they may do.
pub(crate) fn login(state: &State, request: &Request<Bytes>) -> Result<Arc<User>, Reply> {
    let credentials = Credentials::read(request.headers()).map_err(Reply::unauthorized)?;
    let users = state.users();
    let user = match &credentials {
        Credentials::Bearer(token) => {
            let fixed = (state.default_credentials && token == TOKEN).then(|| ADMIN_EMAIL.to_owned());
            let email = fixed.or_else(|| state.tokens.email_of(token, state.clock.now()));
            let user = email.and_then(|email| users.by_email(&email).cloned());
            user.ok_or_else(|| Reply::unauthorized("the bearer token is not known or has expired"))?
        }
        Credentials::Basic { user, password } => {
            let by_password = users.by_email(user).filter(|user| user.has_password(password)).cloned();
            let app =
                || state.apps.iter().find(|app| app.key == *user && app_password(&app.token, &app.secret) == *password);
            let user = by_password.or_else(|| app().map(|app| Arc::new(User::of_app(app))));
            user.ok_or_else(|| Reply::unauthorized("no user has this e-mail address and password"))?
        }
    };
    if !user.active {
        return Err(Reply::unauthorized("the user is not active"));
    }
    Ok(user)
}
