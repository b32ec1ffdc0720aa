//! Pages of a table that changes while it is read, and of a server that is broken.

use super::*;
use percent_encoding::percent_decode_str;

/// A table of ids, and what happens to it before the n-th request.
fn table(change: fn(usize, &mut Vec<u64>)) -> impl Fn(usize, &Seen) -> Result<Response> + Send + Sync {
    let ids = Mutex::new((1..=10).collect::<Vec<u64>>());
    move |n, seen| {
        let mut ids = ids.lock().unwrap();
        change(n, &mut ids);
        let query = percent_decode_str(&seen.line).decode_utf8_lossy().into_owned();
        let after = query.split("(ObjectID > ").nth(1).map(|rest| rest.split(')').next().unwrap());
        let after: u64 = after.map_or(0, |after| after.parse().unwrap());
        let (start, size) = (number(seen, "start") as usize, number(seen, "pagesize") as usize);
        let left: Vec<u64> = ids.iter().copied().filter(|id| *id > after).collect();
        rows(left.len(), size, left.iter().skip(start - 1).take(size).copied())
    }
}

fn rows(total: usize, size: usize, ids: impl Iterator<Item = u64>) -> Result<Response> {
    let rows: Vec<String> = ids.map(|i| format!(r#"{{"_ref": "/defect/{i}", "_type": "Defect"}}"#)).collect();
    ok(&format!(
        r#"{{"QueryResult": {{"TotalResultCount": {total}, "PageSize": {size}, "Results": [{}]}}}}"#,
        rows.join(",")
    ))
}

fn ids(rows: &[crate::entity::Entity]) -> Vec<i64> {
    rows.iter().map(|r| r.object_id().unwrap()).collect()
}

/// Rows 1 and 2 go and 11 comes after the first page, 6 goes after the second.
fn busy(n: usize, ids: &mut Vec<u64>) {
    match n {
        1 => {
            ids.retain(|id| *id > 2);
            ids.push(11);
        }
        2 => ids.retain(|id| *id != 6),
        _ => {}
    }
}

#[test]
fn a_stable_query_skips_and_doubles_nothing() {
    for prefetch in [0, 4] {
        let stage = Stage::new(table(busy));
        let query = stage.rally.query("Defect").filter(("State", "Open")).page_size(3).prefetch(prefetch);
        let found = query.stable().all().unwrap();
        assert_eq!(ids(&found), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let lines = stage.lines();
        let decoded: Vec<_> = lines.iter().map(|l| percent_decode_str(l).decode_utf8_lossy()).collect();
        assert_eq!(
            decoded[0],
            "GET /defect?query=(State = \"Open\")&order=ObjectID&project=null&start=1&pagesize=3"
        );
        assert_eq!(
            decoded[1],
            "GET /defect?query=((State = \"Open\") AND (ObjectID > 3))&order=ObjectID&project=null&start=1&pagesize=3"
        );
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn a_stable_query_keeps_limit_start_and_total() {
    let stage = Stage::new(table(|_, _| {}));
    let query = stage.rally.query("Defect").page_size(3).stable();
    assert_eq!(ids(&query.clone().limit(4).all().unwrap()), [1, 2, 3, 4]);
    assert!(stage.lines()[1].contains("&start=1&pagesize=1&"), "{:?}", stage.lines());
    assert_eq!(ids(&query.clone().start(6).all().unwrap()), [6, 7, 8, 9, 10]);
    assert_eq!(query.count().unwrap(), 10);
    let pages: Vec<_> = query.pages().map(|p| p.unwrap()).map(|p| (p.start(), p.total(), p.len())).collect();
    assert_eq!(pages, [(1, Some(10), 3), (4, Some(10), 3), (7, Some(10), 3), (10, Some(10), 1)]);
}

#[test]
fn a_stable_query_has_no_other_order() {
    let stage = Stage::new(table(|_, _| {}));
    for query in [
        stage.rally.query("Defect").order("Name").stable(),
        stage.rally.query("Defect").stable().order("ObjectID DESC"),
    ] {
        let error = query.all().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input);
        assert!(error.to_string().contains("leave the order away"), "{error}");
    }
    assert!(stage.lines().is_empty());
    assert_eq!(stage.rally.query("Defect").stable().order("ObjectID").all().unwrap().len(), 10);
}

#[test]
fn a_server_that_does_not_keep_the_order_of_a_stable_query_is_broken() {
    let stage = Stage::new(|_, _| rows(4, 2, [2, 1].into_iter()));
    let error = stage.rally.query("Defect").page_size(2).stable().all().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Paging);
    assert!(error.to_string().contains("not in the order of their ObjectIDs"), "{error}");
    let refusal = "Cannot sort using unknown attribute ObjectID";
    let stage = Stage::new(move |_, _| refused(refusal));
    assert!(stage.rally.query("Defect").stable().all().unwrap_err().to_string().contains(refusal));
    assert_eq!(stage.lines().len(), 1, "without its order it would not be stable");
}

#[test]
fn rows_that_come_or_go_are_no_fault_of_the_server() {
    let stage = Stage::new(table(busy));
    let found = stage.rally.query("Defect").page_size(3).all().unwrap();
    // By number of row, what moved over a page's edge is missed: that is what `stable` is for.
    assert_eq!(ids(&found), [1, 2, 3, 6, 7, 8, 10, 11]);
    let stage = Stage::new(table(|n, ids| {
        if n == 1 {
            ids.clear()
        }
    }));
    assert_eq!(stage.rally.query("Defect").page_size(3).all().unwrap().len(), 3);
    let stage = Stage::new(table(|n, ids| {
        if n == 3 {
            ids.extend(11..=14)
        }
    }));
    assert_eq!(stage.rally.query("Defect").page_size(3).all().unwrap().len(), 14);
}

#[test]
fn pages_without_progress_end_in_an_error() {
    let cases: [fn(usize) -> Result<Response>; 4] = [
        // Short of its own promise, empty, the same once more, and a total that runs away from it.
        |_| rows(10, 3, 1..3),
        |n| if n == 0 { rows(10, 3, 1..4) } else { rows(10, 3, 0..0) },
        |_| rows(10, 3, 1..4),
        |n| rows(1_000 * (n + 1), 3, 1..4),
    ];
    for answer in cases {
        let stage = Stage::new(move |n, _| answer(n));
        for prefetch in [0, 3] {
            let mut found = stage.rally.query("Defect").page_size(3).prefetch(prefetch).into_iter();
            let error = found.by_ref().find_map(Result::err).unwrap();
            assert_eq!(error.kind(), &ErrorKind::Paging, "{error}");
            assert!(found.next().is_none());
        }
        assert!(stage.lines().len() <= 2 + 5, "{:?}", stage.lines());
    }
}
