//! Pages ahead of the reader, from the sandbox.

use super::service::{bodies, started};
use rally_wsapi::lookback::{Lookback, Snapshot};
use serde_json::Value;

fn texts(rows: Vec<Snapshot>) -> Vec<String> {
    rows.into_iter().map(|row| Value::from(row.as_map().clone()).to_string()).collect()
}

#[test]
fn pages_ahead_bring_the_same_rows_by_the_same_requests() {
    let (sandbox, rally) = started();
    let stories = rally.lookback("Story").fields("ScheduleState");
    let mut first = stories.clone().limit(40).into_iter();
    assert_eq!(first.by_ref().filter(Result::is_ok).count(), 40);
    let mark = first.watermark().unwrap();
    let read = |query: Lookback| {
        sandbox.clear_requests();
        let rows = texts(query.all().unwrap());
        let mut asked: Vec<String> = bodies(&sandbox).iter().map(Value::to_string).collect();
        asked.sort_unstable();
        (rows, asked)
    };
    let queries = [
        stories.clone(),
        stories.clone().limit(33),
        stories.clone().since(&mark),
        stories.clone().since(&mark).limit(30),
        stories.current(),
    ];
    for size in [1, 7, 20] {
        for query in &queries {
            let query = query.clone().page_size(size);
            let (rows, asked) = read(query.clone());
            assert!(size == 20 || asked.len() > 1, "{asked:?}");
            for ahead in [1, 4] {
                assert!(read(query.clone().prefetch(ahead)) == (rows.clone(), asked.clone()), "{query:?}");
            }
        }
    }
}
