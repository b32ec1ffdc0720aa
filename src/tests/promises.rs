//! Answers that contradict the request, themselves, or the answers before them.

use super::*;
use crate::query::Query;

/// Rows until the error, and the error. Nothing comes after it.
fn broken(query: &Query) -> (usize, String) {
    let mut rows = query.iter();
    let mut given = 0;
    let error = loop {
        match rows.next() {
            Some(Ok(_)) => given += 1,
            Some(Err(error)) => break error,
            None => panic!("{given} rows and no error: {query:?}"),
        }
        assert!(given < 100, "rows for ever");
    };
    assert_eq!(error.kind(), &ErrorKind::Paging, "{error}");
    assert!(rows.next().is_none());
    (given, error.to_string())
}

#[test]
fn an_error_of_the_total_is_still_the_next_item() {
    let stage = Stage::new(|_, _| refused("Not authorized"));
    let mut rows = stage.rally.query("Defect").into_iter();
    assert!(rows.total().is_err() && rows.total().is_err() && rows.sums().is_err());
    assert_eq!(rows.size_hint(), (0, Some(1)));
    assert!(rows.next().unwrap().unwrap_err().to_string().contains("Not authorized"));
    assert!(rows.next().is_none() && rows.total().is_err());
    assert_eq!(stage.lines().len(), 1);
    let mut typed = stage.rally.query("Defect").typed::<Value>();
    assert!(typed.total().is_err() && typed.next().unwrap().is_err() && typed.next().is_none());
    // After the rows have begun, too.
    let mut rows = stage.rally.query("Defect").into_iter();
    assert!(rows.next().unwrap().is_err() && rows.next().is_none() && rows.total().is_err());
    assert_eq!(stage.lines().len(), 3);
}

#[test]
fn a_page_begins_where_it_was_asked_to() {
    let with = |said: fn(u64) -> Value| {
        Stage::new(move |_, seen| {
            let (start, size) = (number(seen, "start"), number(seen, "pagesize") as usize);
            let first = after(seen).unwrap_or(0) + start as i64;
            let rows: Vec<i64> = (first..=first + 1).collect();
            table_page(json!(6 - after(seen).unwrap_or(0)), said(start), size, &rows)
        })
    };
    let (named, plain) = (
        |stage: &Stage| stage.rally.query("Defect").order("Name").page_size(2),
        |stage: &Stage| stage.rally.query("Defect").page_size(2),
    );
    let stage = with(|start| json!(if start > 3 { 3 } else { start }));
    let (given, error) = broken(&named(&stage));
    assert!(
        given == 4
            && error.contains("from row 5 is inconsistent: it begins at row 3 of the result, not at row 5"),
        "{error}"
    );
    assert_eq!(stage.asked().len(), 3);
    assert_eq!(broken(&named(&stage).prefetch(2)).0, 4);
    let stage = with(|start| json!(start + 1));
    assert_eq!((broken(&named(&stage)).0, broken(&plain(&stage)).0), (0, 0));
    assert!(stage.rally.query("Defect").count().is_err());
    // 0 for 1, where it is not sent, and as text.
    for said in [|_| json!(0), |_| Value::Null] as [fn(u64) -> Value; 2] {
        assert_eq!(plain(&with(said)).all().unwrap().len(), 6);
    }
    assert_eq!(named(&with(|start| json!(start.to_string()))).all().unwrap().len(), 6);
    assert_eq!(broken(&named(&with(|_| json!(0)))).0, 2, "0 is not 3");
}

#[test]
fn totals_that_contradict_the_rows_are_errors() {
    for (total, rows) in [(0, 2), (1, 2), (2, 3)] {
        let stage = Stage::new(move |_, seen| {
            table_page(json!(total), json!(1), number(seen, "pagesize") as usize, &[1, 2, 3][..rows])
        });
        let query = stage.rally.query("Defect").page_size(3);
        assert_eq!(broken(&query).0, 0);
        assert_eq!(query.count().unwrap_err().kind(), &ErrorKind::Paging);
        assert!(query.one().is_err() && query.first().is_err() && query.pages().next().unwrap().is_err());
        assert_eq!(stage.lines().len(), 5);
    }
    // On a later page: rows 3 and 4 of three.
    let stage = Stage::new(|n, _| match n {
        0 => table_page(json!(4), json!(1), 2, &[1, 2]),
        _ => table_page(json!(3), json!(3), 2, &[3, 4]),
    });
    let (given, error) = broken(&stage.rally.query("Defect").order("Name").page_size(2));
    assert!(
        given == 2 && error.contains("it holds row 4 of the result, and says that 3 rows match"),
        "{error}"
    );
}

#[test]
fn without_a_total_only_an_empty_page_is_the_end() {
    // Two rows a page, whatever is asked for.
    let stage = Stage::new(|_, seen| {
        let first = after(seen).unwrap_or(0) + number(seen, "start") as i64;
        table_page(Value::Null, Value::Null, 200, &(first..(first + 2).min(6)).collect::<Vec<_>>())
    });
    let query = stage.rally.query("Defect");
    assert_eq!(query.all().unwrap().len(), 5);
    let line = |id: u64| {
        format!("GET /defect?order=ObjectID&project=null&query=(ObjectID > {id})&start=1&pagesize=200")
    };
    let first = "GET /defect?order=ObjectID&project=null&start=1&pagesize=200".to_owned();
    assert_eq!(stage.asked(), [first, line(2), line(4), line(5)]);
    assert_eq!(query.clone().order("Name").prefetch(2).all().unwrap().len(), 5);
    assert_eq!(query.clone().limit(3).all().unwrap().len(), 3);
    // How many there are, it does not say.
    let error = query.count().unwrap_err();
    assert!(
        *error.kind() == ErrorKind::Paging && error.to_string().contains("does not say how many"),
        "{error}"
    );
    let mut rows = query.iter();
    assert!(rows.total().is_err());
    assert_eq!(rows.filter(Result::is_ok).count(), 5, "the rows are good");
    assert_eq!(query.pages().map(|page| page.unwrap().total()).collect::<Vec<_>>(), [None; 4]);
    let error = query.one().unwrap_err();
    assert!(error.to_string().contains("several match the query"), "{error}");
}

/// The rows of the n-th page, whatever is asked for.
type Repeats = fn(i64) -> Vec<i64>;

const REPEATS: [(&str, Repeats); 6] = [
    ("A, B, A, B", |n| if n % 2 == 0 { vec![1, 2, 3] } else { vec![4, 5, 6] }),
    ("A for ever", |_| vec![1, 2, 3]),
    ("rotated", |n| (0..3).map(|row| 1 + (row + n) % 3).collect()),
    ("one row of the page before", |n| vec![1 + 2 * n, 2 + 2 * n, 3 + 2 * n]),
    ("backwards", |n| vec![100 - 3 * n, 101 - 3 * n, 99 - 3 * n]),
    ("one row for ever", |_| vec![7]),
];

#[test]
fn rows_that_came_before_are_errors() {
    for (name, rows) in REPEATS {
        for (order, prefetch) in [("", 0), ("", 2), ("Name", 0), ("Name", 2)] {
            for has_ref in [true, false] {
                let stage = Stage::new(move |_, seen| {
                    let (start, size) = (number(seen, "start") as i64, number(seen, "pagesize") as usize);
                    let before = after(seen).unwrap_or(0);
                    let page = rows((before + start - 1) / size as i64);
                    let answer = table_page(json!(1_000), json!(start), page.len(), &page)?;
                    let text = String::from_utf8(answer.body).unwrap();
                    ok(&if has_ref { text } else { text.replace("_ref", "_other") })
                });
                let size = rows(0).len() as u64;
                let query = stage.rally.query("Defect").page_size(size).prefetch(prefetch);
                let query = if order.is_empty() { query } else { query.order(order) };
                // Other rows than before, and in no order: without one they may be the right ones.
                let is_wrong = name != "backwards" && (has_ref || name != "one row of the page before");
                if is_wrong {
                    let (given, error) = broken(&query);
                    assert!(given <= 6, "{name} {order} {prefetch}: {given} rows, {error}");
                } else {
                    let found = query.iter().take(60).map_while(Result::ok).count();
                    assert!(found >= 3, "{name} {order} {prefetch}: {found}");
                }
                assert!(stage.lines().len() <= 30, "{name}: {:?}", stage.lines());
            }
        }
    }
}

#[test]
fn pages_without_progress_end_in_an_error() {
    let cases: [fn(usize) -> Result<Response>; 4] = [
        // Short of its own promise, empty, the same once more, and a total that runs away from it.
        |_| table_page(json!(10), Value::Null, 3, &[1, 2]),
        |n| table_page(json!(10), Value::Null, 3, if n == 0 { &[1, 2, 3] } else { &[] }),
        |_| table_page(json!(10), Value::Null, 3, &[1, 2, 3]),
        |n| table_page(json!(1_000 * (n + 1)), Value::Null, 3, &[1, 2, 3]),
    ];
    for answer in cases {
        for prefetch in [0, 3] {
            let stage = Stage::new(move |n, _| answer(n));
            broken(&stage.rally.query("Defect").page_size(3).prefetch(prefetch));
            assert!(stage.lines().len() <= 2 + prefetch, "{:?}", stage.lines());
        }
    }
}
