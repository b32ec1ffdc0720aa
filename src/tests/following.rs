//! What has changed since a watermark, on a server whose rows change while they are read.

use super::*;
use crate::query::{Change, Changes, Query, Watermark};

/// A row: ObjectID, second of its last update, version.
type Row = (i64, i64, u64);

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Row>,
    /// Entries of the recycle bin: their own ObjectID, the second, the object's.
    bin: Vec<Row>,
    /// The server's time, if its answers have it.
    now: Option<i64>,
}

fn date(second: i64) -> String {
    format!("{:.3}", jiff::Timestamp::from_second(1_800_000_000 + second).unwrap())
}

impl Table {
    fn answer(&self, seen: &Seen) -> Result<Response> {
        let line = percent_decode_str(&seen.line).decode_utf8().unwrap().into_owned();
        let is_bin = line.contains("/recyclebinentry");
        let mut rows = if is_bin { self.bin.clone() } else { self.rows.clone() };
        rows.sort_by_key(|(id, second, _)| (*second, *id));
        let quoted = |before: &str| {
            let rest = line.split(before).nth(1)?;
            Some(rest.split('"').nth(1).unwrap().to_owned())
        };
        if let Some(from) = quoted("Date >= ") {
            rows.retain(|(_, second, _)| date(*second) >= from);
        }
        if let (Some(at), Some(last)) = (quoted("Date > "), after(seen)) {
            rows.retain(|(id, second, _)| (date(*second), *id) > (at.clone(), last));
        }
        if line.contains("Date DESC") {
            rows.reverse();
        }
        let (total, size) = (rows.len(), number(seen, "pagesize") as usize);
        let shown = rows.iter().take(size).map(|(id, second, version)| match is_bin {
            true => json!({"_ref": format!("/recyclebinentry/{id}"), "_type": "RecycleBinEntry", "DeletionDate": date(*second),
                "ItemOID": version, "Type": {"_ref": "/typedefinition/-1", "TypePath": "Defect"}}),
            false => json!({"_ref": format!("/defect/{id}"), "_type": "Defect", "_objectVersion": version.to_string(),
                "LastUpdateDate": date(*second)}),
        });
        let page = json!({"TotalResultCount": total, "StartIndex": 1, "PageSize": size, "Results": shown.collect::<Vec<_>>()});
        let now = self.now.map(|now| {
            let now = jiff::Timestamp::from_second(1_800_000_000 + now).unwrap();
            now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
        });
        let headers: Vec<(&str, &str)> = now.iter().map(|now| ("date", now.as_str())).collect();
        status(200, &headers, &json!({ "QueryResult": page }).to_string())
    }
}

type Hook = Box<dyn Fn(usize, &mut Table) -> Result<()> + Send + Sync>;

struct Server {
    stage: Stage,
    table: Arc<Mutex<Table>>,
}

impl Server {
    fn new(rows: &[Row]) -> Server {
        Server::hooked(rows, Box::new(|_, _| Ok(())))
    }

    /// The hook acts before the n-th request.
    fn hooked(rows: &[Row], hook: Hook) -> Server {
        let table = Arc::new(Mutex::new(Table { rows: rows.to_vec(), ..Table::default() }));
        let shared = table.clone();
        let config = Config::builder().project("null").api_key("_key_marker").attempts(1);
        let stage = Stage::with(config, move |n, seen| {
            let mut table = shared.lock().unwrap();
            hook(n, &mut table)?;
            table.answer(seen)
        });
        Server { stage, table }
    }

    fn query(&self) -> Query {
        self.stage.rally.query("Defect").page_size(3)
    }

    fn since(&self, watermark: &Watermark) -> Changes {
        // Through its text, as from a file.
        let stored: Watermark = watermark.to_string().parse().unwrap();
        assert_eq!(&stored, watermark);
        self.query().changes_since(stored).overlap(Duration::from_secs(60))
    }

    fn run(&self, watermark: &mut Watermark) -> Vec<(i64, u64)> {
        let mut changes = self.since(watermark);
        let found = changes.by_ref().map(|change| told(&change.unwrap())).collect();
        *watermark = changes.watermark();
        found
    }

    fn change(&self, id: i64, second: i64) {
        let mut table = self.table.lock().unwrap();
        let row = table.rows.iter_mut().find(|row| row.0 == id).unwrap();
        *row = (id, second, row.2 + 1);
    }
}

/// The id and version of a change; deletes are version 0.
fn told(change: &Change) -> (i64, u64) {
    match change {
        Change::Changed(row) => {
            (row.object_id().unwrap(), row["_objectVersion"].as_str().unwrap().parse().unwrap())
        }
        Change::Deleted(reference) => (reference.object_id().unwrap(), 0),
    }
}

fn ids(found: &[(i64, u64)]) -> Vec<i64> {
    found.iter().map(|(id, _)| *id).collect()
}

fn still() -> Vec<Row> {
    vec![(5, 100, 1), (1, 100, 1), (2, 100, 1), (3, 100, 1), (4, 50, 1), (9, 900, 1), (7, 901, 1)]
}

#[test]
fn each_page_asks_for_what_follows_the_date_and_id_of_the_last_row() {
    let server = Server::new(&still());
    let mut watermark = Watermark::default();
    // Four rows of one date lie on the edges of pages.
    assert_eq!(ids(&server.run(&mut watermark)), [4, 1, 2, 3, 5, 9, 7]);
    let end = "&order=LastUpdateDate,ObjectID&project=null&start=1&pagesize=3";
    let after = |date: &str, id: u8| {
        format!(
            "GET /defect?fetch=LastUpdateDate&query=((LastUpdateDate > \"{date}\") OR ((LastUpdateDate = \"{date}\") AND (ObjectID > {id}))){end}"
        )
    };
    let bin = "GET /recyclebinentry?fetch=ItemOID,Type,TypePath,ElementName,DeletionDate&query=(DeletionDate != null)&order=DeletionDate DESC,ObjectID DESC&project=null&start=1&pagesize=3";
    let first = format!("GET /defect?fetch=LastUpdateDate{end}");
    let newest = "GET /defect?fetch=LastUpdateDate&query=(LastUpdateDate != null)&order=LastUpdateDate DESC,ObjectID DESC&project=null&start=1&pagesize=1";
    let pages = [after(&date(100), 2), after(&date(900), 9)];
    let asked = server.stage.asked();
    assert_eq!(asked[..4], [bin.to_owned(), first.clone(), newest.to_owned(), first]);
    assert_eq!(asked[4..], pages);

    // A run without changes: one page of the type, one of the bin.
    assert_eq!(server.run(&mut watermark), []);
    let asked = server.stage.asked();
    let from = format!("GET /defect?fetch=LastUpdateDate&query=(LastUpdateDate >= \"{}\"){end}", date(841));
    assert_eq!((asked.len(), &asked[0]), (2, &from));
    assert!(asked[1].starts_with("GET /recyclebinentry") && asked[1].contains("order=DeletionDate,ObjectID"));
}

#[test]
fn a_reader_may_stop_after_any_item_and_a_server_fail_at_any_request() {
    for stop in 0..8 {
        let server = Server::new(&still());
        let mut first = server.since(&Watermark::default());
        let mut found: Vec<_> = first.by_ref().take(stop).map(|change| told(&change.unwrap())).collect();
        let mut watermark = first.watermark();
        found.extend(server.run(&mut watermark));
        assert_eq!(ids(&found), [4, 1, 2, 3, 5, 9, 7], "{stop}");
        assert_eq!(server.run(&mut watermark), [], "{stop}");
    }
    for bad in 0..6 {
        let hook = move |n, _: &mut Table| if n == bad { cut().map(|_| ()) } else { Ok(()) };
        let server = Server::hooked(&still(), Box::new(hook));
        let mut first = server.since(&Watermark::default());
        let mut found: Vec<_> = first.by_ref().map_while(|change| Some(told(&change.ok()?))).collect();
        assert!(first.next().is_none(), "it ends after an error");
        let mut watermark = first.watermark();
        found.extend(server.run(&mut watermark));
        assert_eq!(ids(&found), [4, 1, 2, 3, 5, 9, 7], "{bad}");
    }
}

#[test]
fn a_row_that_changes_while_it_is_read_comes_in_its_last_version() {
    // Row 9 and the row given already, 4, change after the first page.
    let hook = |n, table: &mut Table| {
        if n == 4 {
            table
                .rows
                .iter_mut()
                .filter(|row| [4, 9].contains(&row.0))
                .for_each(|row| *row = (row.0, 950, 2));
        }
        Ok(())
    };
    let server = Server::hooked(&still(), Box::new(hook));
    let mut watermark = Watermark::default();
    let found = server.run(&mut watermark);
    assert_eq!(found, [(4, 1), (1, 1), (2, 1), (3, 1), (5, 1), (7, 1), (4, 2), (9, 2)]);
    assert_eq!(server.run(&mut watermark), [], "no version twice");
    server.change(9, 951);
    assert_eq!(server.run(&mut watermark), [(9, 3)]);
}

#[test]
fn what_becomes_visible_late_is_found_within_the_overlap() {
    let server = Server::new(&still());
    let mut watermark = Watermark::default();
    server.run(&mut watermark);
    server.table.lock().unwrap().rows.push((20, 850, 1)); // earlier than the last one given
    assert_eq!(server.run(&mut watermark), [(20, 1)]);
    server.change(7, 901); // a new version of the same date
    assert_eq!(server.run(&mut watermark), [(7, 2)]);
    assert_eq!(server.run(&mut watermark), []);
    let again: Vec<_> = server.since(&watermark).repeats(true).deletes(false).collect();
    assert_eq!(again.len(), 3, "all of the overlap, where a reader knows versions itself");
}

#[test]
fn a_long_run_ends_where_the_server_was_when_it_began() {
    // While the pages are read, others write on; a late one has a date that is passed by then.
    let hook = |n, table: &mut Table| {
        match n {
            4 => table.rows.extend((30..33).map(|id| (id, 2_000 + id, 1))),
            6 => table.rows.push((40, 1_000, 1)),
            _ => {}
        }
        Ok(())
    };
    let server = Server::hooked(&still(), Box::new(hook));
    let mut watermark = Watermark::default();
    assert_eq!(ids(&server.run(&mut watermark)), [4, 1, 2, 3, 5, 9, 7, 30, 31, 32]);
    assert_eq!(server.run(&mut watermark), [(40, 1)]);
}

#[test]
fn deleted_and_restored_objects_are_told_in_turn() {
    let server = Server::new(&still());
    server.table.lock().unwrap().bin.push((70, 10, 99)); // before the first run
    let mut watermark = Watermark::default();
    server.run(&mut watermark);
    {
        let mut table = server.table.lock().unwrap();
        table.rows.retain(|row| row.0 != 7);
        table.bin.push((71, 1_000, 7));
    }
    assert_eq!(server.run(&mut watermark), [(7, 0)]);
    assert_eq!(server.run(&mut watermark), [], "no delete twice");
    {
        let mut table = server.table.lock().unwrap();
        table.bin.retain(|entry| entry.0 != 71);
        table.rows.push((7, 901, 1)); // the same version as before
    }
    assert_eq!(server.run(&mut watermark), [(7, 1)]);
}

#[test]
fn a_wrong_clock_of_the_server_hides_nothing_that_comes_later() {
    let server = Server::new(&still());
    {
        let mut table = server.table.lock().unwrap();
        table.rows.push((50, 90_000, 1)); // a day ahead
        table.now = Some(910);
    }
    let mut watermark = Watermark::default();
    assert_eq!(server.run(&mut watermark).len(), 8);
    server.change(1, 905);
    assert_eq!(server.run(&mut watermark), [(1, 2)]);

    // The newest update is within the second that the header names: no jump.
    let mut changes = server.since(&watermark);
    assert!(changes.by_ref().all(|change| change.is_ok()) && !changes.clock_went_back());
    // The clock goes back by an hour: what comes from then on is found, and the reader knows.
    server.table.lock().unwrap().now = Some(-2_690);
    let mut changes = server.since(&watermark);
    assert!(changes.by_ref().all(|change| change.is_ok()) && changes.clock_went_back());
    watermark = changes.watermark();
    server.change(2, -2_600);
    server.table.lock().unwrap().now = Some(-2_500);
    assert!(server.run(&mut watermark).contains(&(2, 2)));
}

#[test]
fn a_watch_pauses_by_the_clock_and_goes_on_after_errors_that_may_pass() {
    let hook = |n, table: &mut Table| match n {
        7 => cut().map(|_| ()),
        9 => {
            table.rows.push((60, 2_000, 1));
            Ok(())
        }
        _ => Ok(()),
    };
    let server = Server::hooked(&still(), Box::new(hook));
    let mut watch = server.since(&Watermark::default()).watch(Duration::from_secs(30));
    assert_eq!(watch.by_ref().take(7).filter(Result::is_ok).count(), 7);
    assert!(watch.next().unwrap().is_err());
    assert_eq!(told(&watch.next().unwrap().unwrap()), (60, 1));
    let slept = server.stage.clock.slept();
    assert!(slept.iter().all(|pause| *pause == Duration::from_secs(30)) && slept.len() >= 2, "{slept:?}");

    let server = Server::new(&still());
    let mut watch = server.query().order("Name").changes_since(Watermark::default()).watch(Duration::ZERO);
    assert!(watch.next().unwrap().is_err() && watch.next().is_none(), "a mistake stays");
}

#[test]
fn queries_without_changes_are_refused_before_anything_is_sent() {
    let server = Server::new(&[]);
    let query = server.query();
    for wrong in [query.clone().order("Name"), query.clone().stable(), query.clone().limit(1), query.start(2)]
    {
        let error = wrong.changes_since(Watermark::default()).next().unwrap().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input);
    }
    assert!(server.stage.asked().is_empty());
}

#[test]
fn pages_that_lead_nowhere_are_errors() {
    let answer = |rows: &'static str| {
        Stage::new(move |_, _| {
            ok(&format!(
                r#"{{"QueryResult":{{"TotalResultCount":9,"StartIndex":1,"PageSize":200,"Results":[{rows}]}}}}"#
            ))
        })
    };
    let same = r#"{"_ref":"/defect/1","LastUpdateDate":"2027-01-15T08:00:00.000Z"}"#;
    for (rows, why) in [
        (same, "only rows that came before"),
        ("", "inconsistent"),
        (r#"{"_ref":"/defect/1","LastUpdateDate":null}"#, "no `LastUpdateDate`"),
        (r#"{"_ref":"/defect/1","LastUpdateDate":"2027-01-15 \") OR (x"}"#, "no `LastUpdateDate`"),
    ] {
        let stage = answer(rows);
        let changes = stage.rally.query("Defect").changes_since(Watermark::default()).deletes(false);
        let error = changes.filter_map(Result::err).next().unwrap();
        assert!(error.kind() == &ErrorKind::Paging && error.to_string().contains(why), "{error}");
    }
}
