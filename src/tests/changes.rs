//! Rows that others insert and delete while a thousand are paged.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;

/// What others do before a request: ids that go, and ids that come.
type Change = (Vec<i64>, Vec<i64>);

#[derive(Clone, Debug)]
struct History {
    page_size: u64,
    prefetch: usize,
    /// What the server gives at most.
    most: usize,
    /// Before the second request, the third, and so on.
    changes: Vec<Change>,
}

const ROWS: i64 = 1_000;

/// Ids up to here; those that are there from the beginning are even.
const LAST: i64 = 2 * ROWS + 100;

fn history() -> impl Strategy<Value = History> {
    let few = || proptest::collection::vec(1..=LAST, 0..4);
    (10u64..=120, 0usize..=3, 8usize..=150, proptest::collection::vec((few(), few()), 0..60))
        .prop_map(|(page_size, prefetch, most, changes)| History { page_size, prefetch, most, changes })
}

struct Table {
    ids: BTreeSet<i64>,
    /// Those that were there from the beginning and never went.
    standing: BTreeSet<i64>,
    ever: BTreeSet<i64>,
}

fn run(history: &History, order: Option<&str>) -> (Result<Vec<i64>>, Table) {
    let ids: BTreeSet<i64> = (1..=ROWS).map(|row| 2 * row).collect();
    let table = Table { standing: ids.clone(), ever: ids.clone(), ids };
    let table = Arc::new(Mutex::new(table));
    let (theirs, changes, most) = (table.clone(), history.changes.clone(), history.most);
    let stage = Stage::new(move |n, seen| {
        let mut table = theirs.lock().unwrap();
        if let Some((gone, come)) = n.checked_sub(1).and_then(|n| changes.get(n)) {
            for id in gone {
                table.ids.remove(id);
                table.standing.remove(id);
            }
            table.ids.extend(come);
            table.ever.extend(come);
        }
        let rest: Vec<i64> = table.ids.range(after(seen).map_or(0, |id| id + 1)..).copied().collect();
        let (start, size) = (number(seen, "start") as usize, most.min(number(seen, "pagesize") as usize));
        let rows = rest.get(start - 1..).unwrap_or_default();
        table_page(json!(rest.len()), json!(start), size, rows.get(..size).unwrap_or(rows))
    });
    let mut query = stage.rally.query("Defect").page_size(history.page_size).prefetch(history.prefetch);
    if let Some(order) = order {
        query = query.order(order);
    }
    let found = query.iter().map(|row| row.map(|row| row.object_id().unwrap())).collect();
    drop((query, stage));
    let table = match Arc::try_unwrap(table) {
        Ok(table) => table.into_inner().unwrap(),
        // A page in flight that nothing waits for.
        Err(shared) => {
            let table = shared.lock().unwrap();
            Table { ids: table.ids.clone(), standing: table.standing.clone(), ever: table.ever.clone() }
        }
    };
    (found, table)
}

#[test]
fn of_the_rows_that_stay_none_is_lost_and_none_comes_twice() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&history(), |history| {
        let (found, table) = run(&history, None);
        let found = found.unwrap();
        prop_assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        let found: BTreeSet<i64> = found.into_iter().collect();
        let lost: Vec<_> = table.standing.difference(&found).collect();
        prop_assert!(lost.is_empty(), "lost {lost:?}");
        prop_assert!(found.is_subset(&table.ever));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// By the numbers of the rows that cannot be promised: what comes twice is an error.
#[test]
fn in_an_order_of_the_users_own_no_row_comes_twice() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&history(), |history| {
        match run(&history, Some("Name")).0 {
            Ok(found) => {
                let different: BTreeSet<&i64> = found.iter().collect();
                prop_assert_eq!(different.len(), found.len());
            }
            Err(error) => prop_assert_eq!(error.kind(), &ErrorKind::Paging),
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
