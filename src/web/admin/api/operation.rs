//! One operation of the API: a route and its description, made of the same types.

use std::{future::Future, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use http::Uri;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    super::{
        Admin,
        access::{Caller, no_token},
    },
    call, document, problem,
};
use crate::admin::{Trouble, TroubleKind};

/// What is said of an operation.
#[derive(Clone, Copy)]
pub(super) struct About {
    /// Its address below `/api/v1`, with `{names}`.
    pub(super) path: &'static str,
    /// Its name in the document.
    pub(super) id: &'static str,
    /// What it does, in a sentence.
    pub(super) summary: &'static str,
}

/// What an operation is called with.
pub(super) struct Call<P, Q, B> {
    pub(super) admin: Arc<Admin>,
    pub(super) path: P,
    pub(super) query: Q,
    pub(super) body: B,
}

/// The operations so far.
pub(super) struct Operations {
    router: Router<Arc<Admin>>,
    pub(super) paths: Map<String, Value>,
    pub(super) takes: SchemaGenerator,
    pub(super) gives: SchemaGenerator,
}

impl Operations {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            router: Router::new(),
            paths: Map::new(),
            takes: settings().for_deserialize().into_generator(),
            gives: settings().for_serialize().into_generator(),
        }
    }

    /// An operation that only looks.
    pub(super) fn get<P, Q, A, F, W>(mut self, about: About, handler: F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + 'static,
        F: Fn(Call<P, Q, ()>) -> W + Clone + Send + Sync + 'static,
        W: Future<Output = Result<A, Trouble>> + Send + 'static,
    {
        let described = document::get::<P, Q, A>(&mut self, about);
        self.describe(about.path, "get", described);
        let answer = move |State(admin): State<Arc<Admin>>,
                           path: Result<Path<P>, PathRejection>,
                           uri: Uri| {
            let handler = handler.clone();
            async move {
                let read = || Ok((call::path(path)?, call::query(&uri)?));
                let (path, query) = match read() {
                    Ok(read) => read,
                    Err(trouble) => return problem(&trouble),
                };
                let call = Call {
                    admin,
                    path,
                    query,
                    body: (),
                };
                answered(handler(call).await)
            }
        };
        self.router = self
            .router
            .route(about.path, MethodRouter::new().get(answer));
        self
    }

    /// An operation with a body of at most `largest` bytes, that changes nothing.
    pub(super) fn post<P, B, A, F, W>(self, about: About, largest: usize, handler: F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + 'static,
        F: Fn(Call<P, (), B>) -> W + Clone + Send + Sync + 'static,
        W: Future<Output = Result<A, Trouble>> + Send + 'static,
    {
        self.with_body(about, largest, false, handler)
    }

    /// An operation that changes something: it takes the token itself.
    pub(super) fn change<P, B, A, F, W>(self, about: About, largest: usize, handler: F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + 'static,
        F: Fn(Call<P, (), B>) -> W + Clone + Send + Sync + 'static,
        W: Future<Output = Result<A, Trouble>> + Send + 'static,
    {
        self.with_body(about, largest, true, handler)
    }

    fn with_body<P, B, A, F, W>(
        mut self,
        about: About,
        largest: usize,
        changes: bool,
        handler: F,
    ) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        A: Serialize + JsonSchema + 'static,
        F: Fn(Call<P, (), B>) -> W + Clone + Send + Sync + 'static,
        W: Future<Output = Result<A, Trouble>> + Send + 'static,
    {
        let described = document::post::<P, B, A>(&mut self, about, changes);
        self.describe(about.path, "post", described);
        let answer = move |State(admin): State<Arc<Admin>>,
                           Extension(caller): Extension<Caller>,
                           path: Result<Path<P>, PathRejection>,
                           request: Request| {
            let handler = handler.clone();
            async move {
                let (parts, body) = request.into_parts();
                let read = || {
                    if changes {
                        may_change(&caller)?;
                    }
                    let call::Nothing {} = call::query(&parts.uri)?;
                    call::path(path)
                };
                let path = match read() {
                    Ok(path) => path,
                    Err(trouble) => return problem(&trouble),
                };
                let body = match call::json(&parts.headers, body, largest).await {
                    Ok(body) => body,
                    Err(trouble) => return problem(&trouble),
                };
                let call = Call {
                    admin,
                    path,
                    query: (),
                    body,
                };
                answered(handler(call).await)
            }
        };
        self.router = self
            .router
            .route(about.path, MethodRouter::new().post(answer));
        self
    }

    fn describe(&mut self, path: &str, method: &str, described: Value) {
        let at = self
            .paths
            .entry(path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(methods) = at.as_object_mut() {
            methods.insert(method.to_owned(), described);
        }
    }

    /// The routes, and the document that describes them.
    pub(super) fn finish(self) -> (Router<Arc<Admin>>, Value) {
        let router = self.router.clone();
        (router, document::document(self))
    }
}

/// A session is a browser's, and any page could make a browser ask: a change takes the token.
fn may_change(caller: &Caller) -> Result<(), Trouble> {
    match caller {
        Caller::Bearer => Ok(()),
        Caller::Session(_) => Err(Trouble::new(
            TroubleKind::Forbidden,
            "admin.token_required",
            "a change takes the token itself, not a session",
            "Send the token of listen.admin_token as “Authorization: Bearer …”.",
        )),
        Caller::Local | Caller::Nobody => Err(no_token()),
    }
}

fn answered<A: Serialize>(answer: Result<A, Trouble>) -> Response {
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(trouble) => problem(&trouble),
    }
}
