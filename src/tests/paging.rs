//! How pages follow each other: after the last ObjectID, or by the number of the row.

use super::*;
use crate::entity::Entity;
use crate::query::Query;
use crate::reference::Ref;

/// What happens to a table before the n-th request.
type Change = fn(usize, &mut Vec<i64>);

fn ids(rows: &[Entity]) -> Vec<i64> {
    rows.iter().map(|r| r.object_id().unwrap()).collect()
}

/// A table of ten rows, and what happens to it before the n-th request.
fn table(change: Change) -> impl Fn(usize, &Seen) -> Result<Response> + Send + Sync {
    let ids = Mutex::new((1..=10).collect::<Vec<i64>>());
    move |n, seen| {
        let mut ids = ids.lock().unwrap();
        change(n, &mut ids);
        part(&ids, seen)
    }
}

fn still() -> Stage {
    Stage::new(table(|_, _| {}))
}

/// Rows 1 and 2 go and 11 comes after the first page, 6 goes after the second.
fn busy(n: usize, ids: &mut Vec<i64>) {
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
fn without_an_order_each_page_asks_for_what_comes_after_the_last_row() {
    let stage = Stage::new(table(busy));
    let query = stage.rally.query("Defect").filter(("State", "Open")).page_size(3);
    assert_eq!(ids(&query.all().unwrap()), (1..=11).collect::<Vec<_>>());
    let later = |id: u64| {
        format!(
            "GET /defect?query=((State = \"Open\") AND (ObjectID > {id}))&order=ObjectID&project=null&start=1&pagesize=3"
        )
    };
    let first =
        "GET /defect?query=(State = \"Open\")&order=ObjectID&project=null&start=1&pagesize=3".to_owned();
    assert_eq!(stage.asked(), [first, later(3), later(6), later(9)]);
}

#[test]
fn start_is_for_the_first_page_limit_counts_rows_and_the_total_is_the_first_pages() {
    let stage = Stage::new(table(busy));
    let query = stage.rally.query("Defect").page_size(3);
    let mut rows = query.clone().start(3).limit(5).into_iter();
    assert_eq!(rows.total().unwrap(), 10);
    let found: Vec<_> = rows.by_ref().map(|row| row.unwrap().object_id().unwrap()).collect();
    assert_eq!((found, rows.total().unwrap()), (vec![3, 4, 5, 6, 7], 10));
    let first = "GET /defect?order=ObjectID&project=null&start=3&pagesize=3";
    let rest = "GET /defect?order=ObjectID&project=null&query=(ObjectID > 5)&start=1&pagesize=2";
    assert_eq!(stage.asked(), [first, rest]);

    let stage = still();
    let query = stage.rally.query("Defect").page_size(3);
    let pages: Vec<_> = query.pages().map(|p| p.unwrap()).map(|p| (p.start(), p.total(), p.len())).collect();
    assert_eq!(pages, [(1, Some(10), 3), (4, Some(10), 3), (7, Some(10), 3), (10, Some(10), 1)]);
    assert_eq!(query.count().unwrap(), 10);
}

#[test]
fn sums_are_those_of_the_whole_query_not_of_what_is_left() {
    for prefetch in [0, 2] {
        let stage = Stage::new(|_, seen| {
            let page = String::from_utf8(part(&[1, 2, 3, 4], seen)?.body).unwrap();
            let sum = if after(seen).is_some() { 7 } else { 10 };
            ok(&page.replace("\"Results\"", &format!("\"Sums\":{{\"PlanEstimate\":{sum}}},\"Results\"")))
        });
        let query = stage.rally.query("Defect").fetch("sum:[PlanEstimate]").page_size(2).prefetch(prefetch);
        let mut rows = query.iter();
        while rows.next().transpose().unwrap().is_some() {
            assert_eq!(rows.sums().unwrap()["PlanEstimate"], 10);
        }
        let pages: Vec<_> = query.pages().map(|page| page.unwrap()).collect();
        assert!(pages.len() > 1 && pages.iter().all(|page| page.sums()["PlanEstimate"] == 10));
    }
}

#[test]
fn rows_without_positive_object_ids_in_their_order_are_paged_by_their_numbers() {
    let by_start = |query: &str, start: u64| {
        format!("GET /typedefinition?{query}order=ObjectID&project=null&start={start}&pagesize=2")
    };
    let metadata = |n: i64| format!("/typedefinition/{}", n - 52_000);
    let permission = |n: i64| format!("/typedefinition/9{n}u7w1");
    let by_uuid = |n: i64| format!("/typedefinition/5d1b1d6e-26f2-4a5c-a9b5-2a3f0f5e1b1{n}");
    let unordered = |n: i64| format!("/typedefinition/{}", 9 - n);
    for reference in [metadata, permission, by_uuid, unordered] as [fn(i64) -> String; 4] {
        for prefetch in [0, 2] {
            let stage = Stage::new(move |_, seen| {
                let (start, size) = (number(seen, "start") as i64, number(seen, "pagesize") as i64);
                let rows: Vec<Value> =
                    (start..(start + size).min(6)).map(|n| json!({"_ref": reference(n)})).collect();
                let page =
                    json!({"TotalResultCount": 5, "StartIndex": start, "PageSize": size, "Results": rows});
                ok(&json!({ "QueryResult": page }).to_string())
            });
            let rows = stage.rally.query("TypeDefinition").page_size(2).prefetch(prefetch).all().unwrap();
            let found: Vec<_> = rows.iter().map(|row| row.reference().unwrap().path().to_owned()).collect();
            assert_eq!(found, (1..6).map(reference).collect::<Vec<_>>());
            let mut asked = stage.asked();
            asked.sort();
            assert_eq!(asked, [1, 3, 5].map(|start| by_start("", start)));
        }
    }
}

#[test]
fn an_order_of_the_users_own_and_collections_are_paged_by_the_numbers_of_their_rows() {
    let stage = still();
    for (order, sent) in
        [("Name", "Name,ObjectID"), ("ObjectID", "ObjectID"), ("ObjectID DESC", "ObjectID DESC")]
    {
        let found = stage.rally.query("Defect").order(order).page_size(4).all().unwrap();
        assert_eq!(found.len(), 10);
        let line = |start: u64| format!("GET /defect?order={sent}&project=null&start={start}&pagesize=4");
        assert_eq!(stage.asked(), [1, 5, 9].map(line));
    }
    let tasks = Query::of_collection(stage.rally.catalog.clone(), Ref::parse("/defect/12/Tasks").unwrap());
    assert_eq!(tasks.clone().page_size(4).all().unwrap().len(), 10);
    let line = |start: u64| format!("GET /defect/12/Tasks?order=TaskIndex,ObjectID&start={start}&pagesize=4");
    assert_eq!(stage.asked(), [1, 5, 9].map(line));
    // Where it is asked for, the members too.
    assert_eq!(ids(&tasks.stable().page_size(4).all().unwrap()), (1..=10).collect::<Vec<_>>());
    assert_eq!(
        stage.asked()[1],
        "GET /defect/12/Tasks?order=ObjectID&query=(ObjectID > 4)&start=1&pagesize=4"
    );
}

#[test]
fn a_server_that_cannot_sort_by_object_id_is_paged_by_the_numbers_of_its_rows() {
    let refusal = "Cannot sort using unknown attribute ObjectID";
    let answer = move |_: usize, seen: &Seen| match seen.line.contains("order=") {
        true => refused(refusal),
        false => part(&[1, 2, 3, 4, 5], seen),
    };
    let stage = Stage::new(answer);
    assert_eq!(ids(&stage.rally.query("Defect").page_size(2).all().unwrap()), [1, 2, 3, 4, 5]);
    let line = |start: u64| format!("GET /defect?project=null&start={start}&pagesize=2");
    let first = "GET /defect?order=ObjectID&project=null&start=1&pagesize=2".to_owned();
    assert_eq!(stage.asked(), [first, line(1), line(3), line(5)]);
    // That is not what `stable` asks for.
    assert!(stage.rally.query("Defect").stable().all().unwrap_err().to_string().contains(refusal));
    assert_eq!(stage.asked().len(), 1);
}

#[test]
fn pages_ahead_begin_with_the_last_row_before_them() {
    let stage = still();
    let sorted = |stage: &Stage| {
        let mut asked = stage.asked();
        asked.sort_by_key(|line| {
            line.split("&start=").nth(1).unwrap().split('&').next().unwrap().parse::<u64>().unwrap()
        });
        asked
    };
    let line = |(start, size): (u64, u64)| {
        format!("GET /defect?order=ObjectID&project=null&start={start}&pagesize={size}")
    };
    for prefetch in [1, 3] {
        let query = stage.rally.query("Defect").page_size(4).prefetch(prefetch);
        for query in [query.clone(), query.clone().stable()] {
            assert_eq!(ids(&query.all().unwrap()), (1..=10).collect::<Vec<_>>());
            assert_eq!(sorted(&stage), [(1, 4), (4, 4), (7, 4)].map(line));
        }
        let pages: Vec<_> =
            query.pages().map(|p| p.unwrap()).map(|p| (p.start(), p.total(), p.len())).collect();
        assert_eq!(pages, [(1, Some(10), 4), (5, Some(10), 3), (8, Some(10), 3)]);
        stage.asked();
        assert_eq!(ids(&query.clone().start(2).limit(5).all().unwrap()), [2, 3, 4, 5, 6]);
        assert_eq!(sorted(&stage), [(2, 4), (5, 2)].map(line));
        // A page of one row would be no progress.
        assert_eq!(ids(&query.page_size(1).limit(3).all().unwrap()), [1, 2, 3]);
        assert_eq!(sorted(&stage), [(1, 1), (1, 2), (2, 2)].map(line));
    }
    // By the numbers of the rows nothing could be seen by it.
    assert_eq!(stage.rally.query("Defect").order("Name").page_size(4).prefetch(2).all().unwrap().len(), 10);
    let line = |start: u64| format!("GET /defect?order=Name,ObjectID&project=null&start={start}&pagesize=4");
    assert_eq!(sorted(&stage), [1, 5, 9].map(line));
}

#[test]
fn where_rows_have_moved_pages_go_on_after_the_last_row_given() {
    let cases: [(Change, &[i64]); 4] = [
        // A row before goes, the last one goes, one comes before it, all others go.
        (
            |n, ids| {
                if n == 1 {
                    ids.retain(|id| *id != 2)
                }
            },
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ),
        (
            |n, ids| {
                if n == 1 {
                    ids.retain(|id| *id != 4)
                }
            },
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ),
        (
            |n, ids| {
                if n == 1 {
                    ids.insert(0, -1)
                }
            },
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        ),
        (
            |n, ids| {
                if n == 1 {
                    ids.truncate(2)
                }
            },
            &[1, 2, 3, 4],
        ),
    ];
    for (change, wanted) in cases {
        let stage = Stage::new(table(change));
        let query = stage.rally.query("Defect").page_size(4).prefetch(1);
        assert_eq!(ids(&query.all().unwrap()), wanted);
        let asked = stage.asked();
        assert_eq!(asked[1], "GET /defect?order=ObjectID&project=null&start=4&pagesize=4");
        // What is in flight is dropped, and nothing is asked for ahead any more.
        let line = |id: i64| {
            format!("GET /defect?order=ObjectID&project=null&query=(ObjectID > {id})&start=1&pagesize=4")
        };
        let rest: Vec<String> =
            [4, 8].into_iter().filter(|id| *id == 4 || wanted.len() > 4).map(line).collect();
        assert_eq!(asked[2..], rest);
    }
}

#[test]
fn a_stable_query_has_no_other_order_and_no_other_way() {
    let stage = still();
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

    let stage = Stage::new(|_, _| table_page(json!(4), json!(1), 2, &[2, 1]));
    let error = stage.rally.query("Defect").page_size(2).stable().all().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Paging);
    assert!(error.to_string().contains("not in the order of their ObjectIDs"), "{error}");
    assert_eq!(stage.lines().len(), 1);
}

#[test]
fn rows_that_come_or_go_are_no_fault_of_the_server() {
    let cases: [(Change, usize); 2] = [
        (
            |n, ids| {
                if n == 1 {
                    ids.clear()
                }
            },
            3,
        ),
        (
            |n, ids| {
                if n == 3 {
                    ids.extend(11..=14)
                }
            },
            14,
        ),
    ];
    for (change, found) in cases {
        for order in ["", "Name"] {
            let stage = Stage::new(table(change));
            let query = stage.rally.query("Defect").page_size(3);
            let query = if order.is_empty() { query } else { query.order(order) };
            assert_eq!(query.all().unwrap().len(), found);
        }
    }
    // By the numbers of the rows what moves over a page's edge is missed.
    let stage = Stage::new(table(busy));
    let found = stage.rally.query("Defect").order("Name").page_size(3).all().unwrap();
    assert_eq!(ids(&found), [1, 2, 3, 6, 7, 8, 10, 11]);
}

#[test]
fn rows_that_others_delete_take_no_others_with_them() {
    for prefetch in [0, 1, 4] {
        let stage = Stage::new(|n, seen| {
            // Twenty of the first page go before the second.
            let gone = if n == 0 { 0 } else { 20 };
            part(&(1 + gone..=752).collect::<Vec<_>>(), seen)
        });
        let found = stage.rally.query("Defect").prefetch(prefetch).all().unwrap();
        assert_eq!(ids(&found), (1..=752).collect::<Vec<_>>());
    }
}
