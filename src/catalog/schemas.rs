//! The schema on demand: loaded once per client and workspace, and failing once.

use super::{Catalog, Scope, disk};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Ref;
use crate::schema::Schema;
use crate::session::Options;
use crate::wire::SchemaAnswer;
use once_cell::sync::OnceCell;
use std::sync::Arc;

/// Kept by the scope's workspace as written, and by its reference. Failures are kept, so that a program does not
/// repeat a failing request for each row.
pub(super) type Kept = Result<Loaded, Failure>;

/// What went wrong, and the options of the request: with more time or another header it may succeed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    error: Error,
    options: Options,
}

#[derive(Clone, Debug)]
pub(super) struct Loaded {
    schema: Arc<Schema>,
    /// The server's hash of this version of the schema; `None` if it sends none.
    hash: Option<String>,
}

fn key_of(scope: &Scope) -> &str {
    scope.workspace.as_deref().unwrap_or("")
}

impl Catalog {
    /// Returns the schema if it is loaded. Sends nothing and never blocks.
    pub(crate) fn schema_here(&self, scope: &Scope) -> Option<Arc<Schema>> {
        let key = key_of(scope);
        // Rows refer to their workspace by reference, under which every load is kept, too.
        let by_reference = || self.known.schemas.there(Ref::parse(key).ok()?.key());
        let cell = self.known.schemas.there(key).or_else(by_reference)?;
        cell.get()?.as_ref().ok().map(|loaded| loaded.schema.clone())
    }

    /// Returns the schema, loading it if necessary; `None` if that fails, which is logged once.
    pub(crate) fn schema_if_any(&self, scope: &Scope, wanted: &str) -> Option<Arc<Schema>> {
        let key = key_of(scope);
        if let Some(refused) = self.session.options().refused() {
            let here = self.schema_here(scope);
            if here.is_none() {
                refused.add("GET /schema: the workspace's schema says what some names mean".to_owned());
            }
            return here;
        }
        let is_over = |kept: &Kept| {
            kept.as_ref().err().is_some_and(|kept| !self.session.options().fails_like(&kept.options))
        };
        let cell = self.known.schemas.cell(key, is_over);
        let loaded = cell.get_or_init(|| {
            let loaded = self.shared(scope);
            if let Err(Failure { error, .. }) = &loaded {
                log::warn!(
                    "the schema, wanted for {wanted}, cannot be loaded; names go as they are: {error}"
                );
            }
            loaded
        });
        loaded.as_ref().ok().map(|loaded| loaded.schema.clone())
    }

    /// Returns the schema for a caller who asks for it: retries after an earlier failure.
    pub(crate) fn schema(&self, scope: &Scope) -> Result<Arc<Schema>> {
        let cell = self.known.schemas.cell(key_of(scope), Kept::is_err);
        let loaded = cell.get_or_init(|| self.shared(scope)).as_ref();
        loaded.map(|l| l.schema.clone()).map_err(|failure| failure.error.clone())
    }

    /// Asks the server whether the schema changed, and reloads it if so. A failure leaves the loaded one in place.
    pub(crate) fn refresh_schema(&self, scope: &Scope) -> Result<Arc<Schema>> {
        self.known.choices.clear();
        self.known.prefixes.clear();
        let workspace = self.workspace_of(scope)?;
        let known = self.known.schemas.there(workspace.key());
        let known = known.and_then(|cell| cell.get()?.as_ref().ok().cloned());
        let loaded = self.load(&workspace, known)?;
        for key in [key_of(scope), workspace.key()] {
            let cell = OnceCell::with_value(Ok(loaded.clone()));
            self.known.schemas.all().insert(key.to_owned(), Arc::new(cell));
        }
        Ok(loaded.schema)
    }

    /// One load per workspace, whatever name scopes use for it.
    fn shared(&self, scope: &Scope) -> Kept {
        let failure = |error| Failure { error, options: self.session.options().clone() };
        let workspace = self.workspace_of(scope).map_err(failure)?;
        let load = || self.load(&workspace, None).map_err(failure);
        let key = workspace.key();
        if key == key_of(scope) {
            return load();
        }
        self.known.schemas.cell(key, Kept::is_err).get_or_init(load).clone()
    }

    /// The server redirects to an address that ends in the schema's hash: if that is known, nothing more is
    /// requested.
    fn load(&self, workspace: &Ref, known: Option<Loaded>) -> Result<Loaded> {
        let path = format!("/schema/v2.0/workspace/{}", workspace.id());
        let folder = self.session.config.schema_cache();
        let place = folder.map(|f| disk::ScopeName::new(f, self.session.config.base_url(), workspace.id()));
        let (body, hash) = match self.session.schema(&Call::new(&path))? {
            SchemaAnswer::Body(body) => (body, None),
            SchemaAnswer::Moved(target) => {
                let hash = target.rsplit('/').next().unwrap_or_default().to_owned();
                if let Some(same) = known.filter(|l| l.hash.as_ref() == Some(&hash)) {
                    return Ok(same);
                }
                if let Some(schema) = place.as_ref().and_then(|p| p.read(&hash)) {
                    return Ok(Loaded { schema: Arc::new(schema), hash: Some(hash) });
                }
                let SchemaAnswer::Body(body) = self.session.schema(&Call::new(&target))? else {
                    return Err(Error::new(
                        ErrorKind::NotWsapi { status: 302, cut: false },
                        "the server redirects from one schema to another and gives none",
                    )
                    .asked(format!("GET {target}"))
                    .remedy("try again later"));
                };
                (body, Some(hash))
            }
        };
        let schema = Schema::parse(&body).map_err(|e| e.asked(format!("GET {path}")))?;
        if let (Some(place), Some(hash)) = (place, &hash) {
            place.write(hash, &body);
        }
        Ok(Loaded { schema: Arc::new(schema), hash })
    }
}
