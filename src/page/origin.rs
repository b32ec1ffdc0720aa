//! A page as its rows know it.

use super::chase::Chase;
use super::held;
use super::together::by_ids;
use super::wanted::{Replay, Wanted};
use crate::call::Call;
use crate::error::Result;
use crate::reference::Ref;
use crate::wire::RawPage;
use once_cell::sync::OnceCell;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

/// Shared by all rows of a page.
#[derive(Debug)]
pub(crate) struct PageOrigin {
    pub(crate) call: Call,
    pub(crate) start: u64,
    pub(crate) len: usize,
    /// The cache's drop count before the page was requested.
    pub(crate) drops: u64,
    /// The fetch list of the user, if the call's has more.
    asked: Option<String>,
    /// The page itself. Weak, so that rows that are kept do not keep the whole page in memory.
    pub(super) raw: Weak<RawPage>,
    /// The keys of the rows, if known although the page itself is gone.
    keys: OnceCell<Vec<Box<str>>>,
    /// `true` if the fetch list is this library's own, which may contain guessed names.
    is_ours: bool,
    /// `None` if rows load alone.
    pub(super) wanted: Option<Arc<Wanted>>,
    /// `None` as well if there is nothing to share.
    pub(super) chase: Option<Chase>,
    /// `true` if what the first row lacks is loaded for all rows at once.
    is_eager: bool,
}

impl PageOrigin {
    /// `wanted` is shared by the pages of one iteration; without it rows load alone.
    pub(crate) fn new(call: Call, start: u64, raw: &Arc<RawPage>, wanted: Option<Arc<Wanted>>) -> PageOrigin {
        let origin = PageOrigin::of_rows(call, start, raw.len(), raw.drops, wanted);
        PageOrigin { raw: Arc::downgrade(raw), ..origin }
    }

    /// For objects of one type that did not come as a page: what one of them lacks is loaded for all, by their ids.
    pub(crate) fn of_objects(
        refs: &[Ref],
        fetch: &str,
        workspace: Option<&str>,
        drops: u64,
    ) -> Result<PageOrigin> {
        let kind = refs.first().map_or("", Ref::type_path);
        let ids: Vec<i64> = refs.iter().filter_map(Ref::object_id).collect();
        let call = by_ids(kind, &ids, fetch, workspace)?;
        let keys = refs.iter().map(|one| one.key().into()).collect::<Vec<_>>().into();
        let origin = PageOrigin::of_rows(call, 1, ids.len(), drops, Some(Arc::default()));
        Ok(PageOrigin { keys, is_eager: true, ..origin })
    }

    fn of_rows(call: Call, start: u64, len: usize, drops: u64, wanted: Option<Arc<Wanted>>) -> PageOrigin {
        // A page of one row has nothing to share.
        let shared = wanted.clone().filter(|_| len > 1);
        let chase = shared.map(|wanted| Chase { wanted, ..Chase::default() });
        let (asked, raw, keys, is_ours, is_eager) = (None, Weak::new(), OnceCell::new(), false, false);
        PageOrigin { call, start, len, drops, asked, raw, keys, is_ours, wanted, chase, is_eager }
    }

    /// For a page whose call may fetch more than the user asked for, which is then `asked`.
    pub(crate) fn asked_less(self, asked: Option<String>) -> PageOrigin {
        PageOrigin { asked, ..self }
    }

    /// For a page that this library chose, with its fetch list.
    pub(super) fn ours(self, keys: Vec<Box<str>>) -> PageOrigin {
        PageOrigin { is_ours: !keys.is_empty(), keys: keys.into(), ..self }
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    pub(super) fn keys(&self) -> &[Box<str>] {
        self.keys.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Records the keys of the rows when the page was requested again.
    pub(crate) fn came_again(&self, page: &RawPage) {
        self.keys.get_or_init(|| page.keys());
    }

    /// `true` if this attribute was fetched with the rows, so that a row without it has none.
    pub(crate) fn asked_for(&self, element: &str) -> bool {
        let list = self.asked.as_deref().or(self.call.get("fetch")).unwrap_or_default();
        list.split(',').any(|name| name.trim().eq_ignore_ascii_case(element))
    }

    /// `true` if rows are loaded together.
    pub(crate) fn is_shared(&self) -> bool {
        self.chase.is_some()
    }

    /// Records that a row of type `kind` left the page on this path.
    pub(crate) fn note(&self, path: &str, kind: &str) {
        if let Some(chase) = &self.chase {
            chase.walked(&mut held(&chase.paths), path, kind);
        }
    }

    /// The nearest names, if the path failed at the same position for another row.
    pub(crate) fn broke_off(&self, path: &str, spot: &str) -> Option<Vec<String>> {
        held(&self.chase.as_ref()?.mistaken).get(&(path.into(), spot.into())).cloned()
    }

    /// Records that the path failed at this position, so that other rows need not try.
    pub(crate) fn mistaken(&self, path: &str, spot: &str, near: Vec<String>) {
        if let Some(chase) = &self.chase {
            held(&chase.mistaken).insert((path.into(), spot.into()), near);
            let mut paths = held(&chase.paths);
            if matches!(paths.get(path), Some(None)) {
                paths.remove(path);
                chase.wanted.remove(path);
            }
        }
    }

    /// Returns what serves this path for all rows. The first row that asks loads alone and gets nothing here,
    /// because a program may read only one row; the second one makes the page be requested again with everything
    /// that rows have wanted so far.
    ///
    /// `names_on` returns what to fetch for a path of such a row.
    pub(crate) fn replay(
        &self,
        path: &str,
        kind: &str,
        names_on: impl Fn(&str) -> Vec<String>,
    ) -> Option<Arc<Replay>> {
        let chase = self.chase.as_ref()?;
        let mut paths = held(&chase.paths);
        match paths.get(path) {
            Some(Some(replay)) => return Some(replay.clone()),
            Some(None) => {}
            None => {
                chase.walked(&mut paths, path, kind);
                if !self.is_eager {
                    return None;
                }
            }
        }
        let walked = paths.iter().filter(|(_, replay)| replay.is_none());
        let mut names: Vec<String> = walked.flat_map(|(path, _)| names_on(path)).collect();
        if names.is_empty() {
            return None;
        }
        names.sort();
        names.dedup();
        let replay = Arc::new(Replay::new(&self.call, names));
        for known in paths.values_mut() {
            known.get_or_insert_with(|| replay.clone());
        }
        chase.replayed.store(true, Ordering::Relaxed);
        Some(replay)
    }

    /// A row is dropped: frees its part.
    pub(crate) fn release<'k>(&self, key: impl FnOnce() -> Option<&'k str>) {
        // A collection may contain a member several times, and the other occurrence may still need the part.
        let is_alone = |chase: &&Chase| chase.replayed.load(Ordering::Relaxed) && !self.is_ours;
        let Some(chase) = self.chase.as_ref().filter(is_alone) else { return };
        let Some(key) = key() else { return };
        held(&chase.paths).values().flatten().for_each(|replay| replay.release(key));
        if let Some(id) = key.rsplit('/').next().and_then(|id| id.parse().ok()) {
            chase.release(id);
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::catalog::{Catalog, Scope};
    use crate::clock::SystemClock;
    use crate::config::Config;
    use crate::error::Error;
    use crate::http::{Request, Response, Transport};
    use crate::page::names_on;
    use crate::session::Cache;
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
        let call = Call::new("/defect").param("fetch", "Owner").param("start", "3");
        let rows = Arc::new(page("{}, {}").unwrap());
        (PageOrigin::new(call, 3, &rows, Some(wanted.clone())), wanted)
    }

    #[test]
    fn the_second_row_brings_what_all_rows_wanted() {
        let (origin, wanted) = origin();
        assert!(origin.replay("Owner.EmailAddress", "Defect", names).is_none());
        origin.note("Risk Score", "Defect");
        let replay = origin.replay("Owner.EmailAddress", "Defect", names).unwrap();
        assert_eq!(replay.call.get("fetch"), Some("EmailAddress,Owner,RiskScore,c_RiskScore"));
        assert_eq!(replay.call.get("start"), Some("3"));
        assert!(Arc::ptr_eq(&replay, &origin.replay("Risk Score", "Defect", names).unwrap()));
        assert_eq!(held(&wanted.paths).len(), 2);
        assert!(replay.brought().asked_for("EmailAddress") && !replay.brought().asked_for("Phone"));
    }

    #[test]
    fn a_path_that_led_nowhere_is_forgotten() {
        let (origin, wanted) = origin();
        assert!(origin.replay("Owner.Emial", "Defect", names).is_none());
        origin.mistaken("Owner.Emial", "User", vec!["EmailAddress".to_owned()]);
        assert_eq!(origin.broke_off("Owner.Emial", "User").unwrap(), ["EmailAddress"]);
        assert!(origin.broke_off("Owner.Emial", "Defect").is_none());
        assert!(held(&wanted.paths).is_empty() && origin.replay("Owner.Emial", "Defect", names).is_none());
    }

    #[test]
    fn rows_take_their_part_and_leave_none_behind() {
        let (origin, _) = origin();
        origin.note("Owner.EmailAddress", "Defect");
        let replay = origin.replay("Owner.EmailAddress", "Defect", names).unwrap();
        let cache = Cache::new(10);
        let rows = r#"{"_ref": "https://h/slm/webservice/v2.0/Defect/1", "a": 1}, {"_ref": "/defect/2"},
        {"_ref": "/defect/3"}, {}"#;
        let row = replay.row("defect/1", &cache, false, |_| page(rows)).unwrap();
        assert_eq!(row.fields()["a"], 1);
        let never = |_: &Call| unreachable!();
        assert!(
            replay.row("defect/1", &cache, false, never).is_none()
                && replay.row("defect/9", &cache, false, never).is_none()
        );
        origin.release(|| Some("defect/2"));
        assert!(replay.row("defect/2", &cache, false, never).is_none());
        cache.drop_key("defect/3");
        assert!(replay.row("defect/3", &cache, false, never).is_none(), "it was written meanwhile");
    }

    #[test]
    fn a_failed_request_is_not_sent_for_every_row() {
        let cache = Cache::new(10);
        let (origin, _) = origin();
        origin.note("Owner.EmailAddress", "Defect");
        let replay = origin.replay("Owner.EmailAddress", "Defect", names).unwrap();
        assert!(replay.row("defect/1", &cache, false, |_| Err(Error::input("no"))).is_none());
        assert!(replay.row("defect/2", &cache, false, |_| unreachable!()).is_none());
    }

    #[test]
    fn nothing_is_shared_where_it_is_off_or_alone() {
        for (rows, wanted) in [("{}, {}", None), ("{}", Some(Arc::default()))] {
            let rows = Arc::new(page(rows).unwrap());
            let origin = PageOrigin::new(Call::new("/defect"), 1, &rows, wanted);
            origin.note("Owner", "Defect");
            assert!(!origin.is_shared() && origin.replay("Owner", "Defect", names).is_none());
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
