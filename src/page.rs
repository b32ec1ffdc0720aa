//! A page as its rows know it, and how it is asked for again when its rows lack something.
//!
//! The names of a fetch hold at every depth. So the page's own query with the steps of a path as its fetch
//! brings whatever lies on that path, for all rows, for any number of targets of any type, in one request.

use crate::catalog::{Catalog, Scope};
use crate::error::Result;
use crate::path::Segments;
use crate::plan::Plan;
use crate::record::Record;
use crate::row;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Known to every row of a page, for what concerns the whole page.
#[derive(Debug)]
pub(crate) struct PageOrigin {
    pub(crate) plan: Plan,
    pub(crate) start: u64,
    pub(crate) len: usize,
    /// `None` where the page is not to be asked for again.
    chase: Option<Chase>,
}

#[derive(Debug)]
struct Chase {
    paths: Mutex<HashMap<Box<str>, Path>>,
    wanted: Arc<Wanted>,
    /// Whether there may be rows to give back; saves rows that are dropped the lock.
    replayed: AtomicBool,
}

/// What is known of a path that led out of the page.
#[derive(Clone, Debug)]
enum Path {
    /// One row has followed it alone.
    Walked,
    /// Brought for all rows, or on its way.
    Replayed(Arc<Overlay>),
}

impl PageOrigin {
    /// `wanted` is shared by the pages of one iteration; without it rows are left to themselves.
    pub(crate) fn new(plan: Plan, start: u64, len: usize, wanted: Option<Arc<Wanted>>) -> PageOrigin {
        // A page of one row has nothing to share.
        let wanted = wanted.filter(|_| len > 1);
        let chase = wanted.map(|wanted| Chase { paths: Mutex::default(), wanted, replayed: false.into() });
        PageOrigin { plan, start, len, chase }
    }

    /// Whether rows are served together.
    pub(crate) fn is_shared(&self) -> bool {
        self.chase.is_some()
    }

    /// A row of type `kind` went out of the page on this path.
    pub(crate) fn note(&self, path: &str, kind: &str) {
        if let Some(chase) = &self.chase {
            let mut paths = chase.paths();
            if !paths.contains_key(path) {
                chase.walked(&mut paths, path, kind);
            }
        }
    }

    /// The path led nowhere: other rows need not be asked for it.
    pub(crate) fn mistaken(&self, path: &str) {
        if let Some(chase) = &self.chase {
            let mut paths = chase.paths();
            if matches!(paths.get(path), Some(Path::Walked)) {
                paths.remove(path);
                chase.wanted.remove(path);
            }
        }
    }

    /// What serves this path for all rows. The first row that asks goes alone and gets nothing here; the
    /// second makes the page be asked for again, with all that rows have wanted so far.
    ///
    /// `names_on` tells what to fetch for a path of such a row.
    pub(crate) fn overlay(
        &self,
        path: &str,
        kind: &str,
        names_on: impl Fn(&str) -> Vec<String>,
    ) -> Option<Arc<Overlay>> {
        let chase = self.chase.as_ref()?;
        let mut paths = chase.paths();
        match paths.get(path) {
            Some(Path::Replayed(overlay)) => return Some(overlay.clone()),
            Some(Path::Walked) => {}
            None => {
                chase.walked(&mut paths, path, kind);
                return None;
            }
        }
        let mut names: Vec<String> = Vec::new();
        let walked = |known: &Path| matches!(known, Path::Walked);
        for (path, _) in paths.iter().filter(|(_, known)| walked(known)) {
            names.extend(names_on(path));
        }
        if names.is_empty() {
            return None;
        }
        names.sort();
        names.dedup();
        let mut plan = self.plan.clone();
        plan.set("fetch", names.join(","));
        let overlay = Arc::new(Overlay { plan, names, rows: OnceCell::new(), nowhere: Mutex::default() });
        for known in paths.values_mut().filter(|known| walked(known)) {
            *known = Path::Replayed(overlay.clone());
        }
        chase.replayed.store(true, Ordering::Relaxed);
        Some(overlay)
    }

    /// A row is dropped: nobody will ask for its part any more.
    pub(crate) fn release(&self, key: &str) {
        let Some(chase) = self.chase.as_ref().filter(|c| c.replayed.load(Ordering::Relaxed)) else { return };
        for known in chase.paths().values() {
            if let Path::Replayed(overlay) = known {
                overlay.take(key);
            }
        }
    }
}

impl Chase {
    fn paths(&self) -> MutexGuard<'_, HashMap<Box<str>, Path>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn walked(&self, paths: &mut HashMap<Box<str>, Path>, path: &str, kind: &str) {
        // More paths than this are made by a program; each would cost every row a look.
        const MOST: usize = 1_000;
        if paths.len() < MOST {
            paths.insert(path.into(), Path::Walked);
            self.wanted.add(path, kind);
        }
    }
}

/// What the page brought when it was asked for again. A row takes its part out, so that it holds no more
/// than that.
pub(crate) struct Overlay {
    plan: Plan,
    names: Vec<String>,
    /// Raw rows by key; `None` where the request failed.
    rows: OnceCell<Option<Mutex<HashMap<Box<str>, Box<str>>>>>,
    /// Attributes that the page did not bring and that whole objects did not have either.
    nowhere: Mutex<HashSet<(String, String)>>,
}

impl Overlay {
    /// The row of this key, by one request for all of them. `None` where it did not come back: it moved,
    /// or the request failed, which is nobody's error: each row is then read alone, with an error of its own.
    pub(crate) fn row(&self, key: &str, ask: impl FnOnce(&Plan) -> Result<RawPage>) -> Option<Arc<Record>> {
        self.rows.get_or_init(|| match ask(&self.plan) {
            Ok(page) => Some(Mutex::new(page.keyed())),
            Err(error) => {
                log::info!("a page could not be asked for again, its rows are read one by one: {error}");
                None
            }
        });
        let fields = row::read(&self.take(key)?).ok()?;
        Some(Arc::new(Record::new(fields, false)))
    }

    fn take(&self, key: &str) -> Option<Box<str>> {
        self.rows.get()?.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }

    /// Whether an object without this attribute has none: the server was asked for it by its right name, and
    /// of another object that came without it the whole had none. One alone proves nothing: servers differ.
    pub(crate) fn settles(&self, kind: &str, name: &str) -> bool {
        let known = self.nowhere.lock().unwrap_or_else(PoisonError::into_inner);
        !known.is_empty() && known.contains(&(kind.to_owned(), name.to_owned()))
    }

    /// An object came without what `name` stands for, the attribute `element`, and the whole object has none.
    pub(crate) fn confirm(&self, kind: &str, name: &str, element: &str) {
        if self.names.iter().any(|n| n == element) {
            let mut known = self.nowhere.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert((kind.to_owned(), name.to_owned()));
        }
    }

    /// What the rows keep their parts under; two overlays of one page never ask for the same.
    pub(crate) fn key(&self) -> String {
        format!("?{}", self.names.join(","))
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay").field("names", &self.names).finish_non_exhaustive()
    }
}

/// The paths that rows of an iteration had to go out for: later pages bring along what lies on them.
#[derive(Debug, Default)]
pub(crate) struct Wanted(Mutex<Vec<(Box<str>, Box<str>)>>);

impl Wanted {
    fn paths(&self) -> MutexGuard<'_, Vec<(Box<str>, Box<str>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, path: &str, kind: &str) {
        let mut paths = self.paths();
        if !paths.iter().any(|(known, _)| **known == *path) {
            paths.push((path.into(), kind.into()));
        }
    }

    fn remove(&self, path: &str) {
        self.paths().retain(|(known, _)| **known != *path);
    }

    /// The names to fetch. A list without end would cost every row more than it saves.
    pub(crate) fn names(&self, catalog: &Catalog, scope: &Scope) -> Vec<String> {
        const MOST: usize = 100;
        let mut names: Vec<String> = Vec::new();
        for name in self.paths().iter().flat_map(|(path, kind)| names_on(catalog, scope, path, kind)) {
            if names.len() < MOST && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// What to fetch for a path of an object of type `kind`, by what is at hand. The server drops names it does
/// not know, so a name that is not known here goes along both as it is and as a custom field's.
pub(crate) fn names_on(catalog: &Catalog, scope: &Scope, path: &str, kind: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut kind = Some(kind.to_owned());
    for segment in Segments::new(path).map_while(std::result::Result::ok) {
        let name = segment.name;
        // Every object bears these, and every stub its name.
        let borne = name.starts_with('_') || ["oid", "ref", "uuid"].contains(&name);
        if borne || (segment.position > 0 && name == "Name") {
            break;
        }
        match catalog.resolve(scope, kind.as_deref(), name, false) {
            Ok(found) if found.known => {
                names.push(found.name);
                kind = found.target;
            }
            _ => {
                let squeezed: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
                if squeezed.is_empty() {
                    break;
                }
                if !squeezed.starts_with("c_") {
                    names.push(format!("c_{squeezed}"));
                }
                names.push(squeezed);
                kind = None;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::config::Config;
    use crate::error::Error;
    use crate::http::{Request, Response, Transport};
    use crate::session::Session;
    use crate::wire;

    struct Nobody;

    impl Transport for Nobody {
        fn send(&self, _: &Request<'_>) -> Result<Response> {
            unreachable!("what is at hand is enough")
        }
    }

    fn names(path: &str) -> Vec<String> {
        let config = Config::builder().server("http://localhost").api_key("_k").build().unwrap();
        let catalog = Catalog::new(Session::new(config, Box::new(Nobody), Box::new(SystemClock)));
        names_on(&catalog, &Scope::default(), path, "Defect")
    }

    fn page(rows: &str) -> Result<RawPage> {
        let body = format!(r#"{{"QueryResult": {{"TotalResultCount": 2, "Results": [{rows}]}}}}"#);
        wire::query_page(Response { status: 200, headers: Vec::new(), body: body.into_bytes() })
    }

    fn origin() -> (PageOrigin, Arc<Wanted>) {
        let wanted = Arc::new(Wanted::default());
        let plan = Plan::new("/defect").param("fetch", "Owner").param("start", "3");
        (PageOrigin::new(plan, 3, 2, Some(wanted.clone())), wanted)
    }

    #[test]
    fn the_second_row_brings_what_all_rows_wanted() {
        let (origin, wanted) = origin();
        assert!(origin.overlay("Owner.EmailAddress", "Defect", names).is_none());
        origin.note("Risk Score", "Defect");
        let overlay = origin.overlay("Owner.EmailAddress", "Defect", names).unwrap();
        assert_eq!(overlay.plan.get("fetch"), Some("EmailAddress,Owner,RiskScore,c_RiskScore"));
        assert_eq!(overlay.plan.get("start"), Some("3"));
        assert!(Arc::ptr_eq(&overlay, &origin.overlay("Risk Score", "Defect", names).unwrap()));
        assert_eq!(wanted.paths().len(), 2);
        // Only what was asked for by its right name, and what a whole object was seen without.
        overlay.confirm("User", "Phone", "Phone");
        assert!(!overlay.settles("User", "Phone") && !overlay.settles("User", "EmailAddress"));
        overlay.confirm("User", "EmailAddress", "EmailAddress");
        assert!(overlay.settles("User", "EmailAddress"));
    }

    #[test]
    fn a_path_that_led_nowhere_is_forgotten() {
        let (origin, wanted) = origin();
        assert!(origin.overlay("Owner.Emial", "Defect", names).is_none());
        origin.mistaken("Owner.Emial");
        assert!(wanted.paths().is_empty() && origin.overlay("Owner.Emial", "Defect", names).is_none());
    }

    #[test]
    fn rows_take_their_part_and_leave_none_behind() {
        let (origin, _) = origin();
        origin.note("Owner.EmailAddress", "Defect");
        let overlay = origin.overlay("Owner.EmailAddress", "Defect", names).unwrap();
        let rows = r#"{"_ref": "https://h/slm/webservice/v2.0/Defect/1", "a": 1}, {"_ref": "/defect/2"}, {}"#;
        let row = overlay.row("defect/1", |_| page(rows)).unwrap();
        assert_eq!(row.fields()["a"], 1);
        let never = |_: &Plan| unreachable!();
        assert!(overlay.row("defect/1", never).is_none() && overlay.row("defect/9", never).is_none());
        origin.release("defect/2");
        assert!(overlay.row("defect/2", never).is_none());
    }

    #[test]
    fn a_failed_request_is_not_sent_for_every_row() {
        let (origin, _) = origin();
        origin.note("Owner.EmailAddress", "Defect");
        let overlay = origin.overlay("Owner.EmailAddress", "Defect", names).unwrap();
        assert!(overlay.row("defect/1", |_| Err(Error::input("no"))).is_none());
        assert!(overlay.row("defect/2", |_| unreachable!()).is_none());
    }

    #[test]
    fn nothing_is_shared_where_it_is_off_or_alone() {
        for (len, wanted) in [(2, None), (1, Some(Arc::default()))] {
            let origin = PageOrigin::new(Plan::new("/defect"), 1, len, wanted);
            origin.note("Owner", "Defect");
            assert!(!origin.is_shared() && origin.overlay("Owner", "Defect", names).is_none());
        }
    }

    #[test]
    fn what_every_object_bears_is_not_fetched() {
        assert_eq!(names("Project.Name"), ["Project"]);
        assert_eq!(names("Iteration.Project.oid"), ["Iteration", "Project"]);
        assert_eq!(names("_refObjectUUID"), [""; 0]);
        assert_eq!(names("name"), ["Name"]);
        assert_eq!(names("Project.owner.c_X"), ["Project", "Owner", "c_X"]);
        assert_eq!(names("& % (Owners)"), ["c_Owners", "Owners"]);
    }
}
