//! Paths and pages of one's own: `[routes]` leads paths that a front end already has to rooms,
//! `[pages]` serves its folder, and what is left is our own page.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, Request, StatusCode};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::ask::{Ask, room_name};
use super::links::room_path;
use super::negotiate::{self, Form};
use super::problem::{Code, Problem};
use super::room::{other_method, serve};
use super::stream::Target;
use super::{Doors, assets};

/// The paths that are ours already.
const OURS: [&str; 10] =
    ["/rooms", "/stream", "/me", "/session", "/links", "/join", "/people", "/bots", "/health", "/assets"];

/// Where a path of one's own leads.
#[derive(Debug, Clone)]
pub struct Route {
    target: Target,
    ask: Ask,
}

/// All paths of one's own.
#[derive(Debug, Clone, Default)]
pub struct Routes(BTreeMap<String, Route>);

impl Routes {
    /// Reads what `[routes]` says: `"/events" = "lobby?only=data&since=all"`.
    pub fn read(written: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut routes = BTreeMap::new();
        for (path, leads) in written {
            let is_ours = OURS.iter().any(|ours| path == ours || path.starts_with(&format!("{ours}/")));
            if is_ours || !path.starts_with('/') {
                return Err(format!("routes: {path:?} cannot be a path of your own"));
            }
            let route =
                Route::read(leads).map_err(|why| format!("routes: {path:?} leads to {leads:?}: {why}"))?;
            routes.insert(path.clone(), route);
        }
        Ok(Routes(routes))
    }
}

impl Route {
    fn read(leads: &str) -> Result<Self, String> {
        let (name, query) = leads.split_once('?').unwrap_or((leads, ""));
        let plainly =
            |problem: Problem| problem.to_json(super::words::Language::English)["title"].to_string();
        let mut ask = Ask::parse(query).map_err(plainly)?;
        let mut rooms = std::mem::take(&mut ask.rooms);
        if !name.is_empty() {
            rooms.push(room_name(name).map_err(plainly)?);
        }
        let target = if rooms.is_empty() { Target::Everything } else { Target::Rooms(rooms) };
        Ok(Route { target, ask })
    }
}

/// Every path that is not one of ours.
pub async fn other(State(doors): State<Arc<Doors>>, request: Request<Body>) -> Result<Response, Problem> {
    let path = request.uri().path().to_owned();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(route) = doors.routes.0.get(&path) else {
        return if is_read { file(&doors, request).await } else { Err(Problem::new(Code::NoSuchPage)) };
    };
    let mut ask = route.ask.clone();
    ask.read(request.uri().query().unwrap_or_default())?;
    let form = negotiate::form(request.method(), request.headers(), ask.live);
    let is_page = is_read && !matches!(form, Some(Form::Sse | Form::WebSocket | Form::Ndjson));
    if is_page && (path == "/" || form == Some(Form::Html)) {
        return match (file(&doors, request).await, &route.target) {
            (Err(_), Target::Rooms(rooms)) if rooms.len() == 1 => {
                Ok(Redirect::to(&room_path(&rooms[0])).into_response())
            }
            (found, _) => found,
        };
    }
    let (parts, body) = request.into_parts();
    serve(&doors, parts, body, &route.target, &ask).await
}

/// A file of one's own pages, or of ours.
async fn file(doors: &Doors, request: Request<Body>) -> Result<Response, Problem> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let headers = request.headers().clone();
    if let Some(pages) = &doors.pages {
        let found = pages.serve(request).await;
        if found.status() != StatusCode::NOT_FOUND {
            return Ok(found);
        }
    }
    let path = if path.is_empty() { "index.html" } else { &path };
    assets::file(path, &headers).ok_or(Problem::new(Code::NoSuchPage))
}

/// A folder of one's own.
#[derive(Debug, Clone)]
pub struct Pages(ServeDir);

impl Pages {
    /// Serves this folder; `index.html` stands for the folder itself.
    pub fn new(folder: &Path) -> Self {
        Pages(ServeDir::new(folder).append_index_html_on_directories(true))
    }

    async fn serve(&self, request: Request<Body>) -> Response {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return other_method(request.method(), "GET, HEAD, OPTIONS");
        }
        match self.0.clone().oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }
}
