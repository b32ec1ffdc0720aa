//! Many threads on one client, and readers that stop early.

use crate::server::{Act, Server, answer, healthy, json as body};
use rally_wsapi::{Config, Rally};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

fn client(server: &Server, most: usize) -> Rally {
    let config =
        Config::builder().project("null").server(server.url()).api_key("_key_marker").max_in_flight(most);
    Rally::new(config.retry_delay(Duration::from_millis(1)).build().unwrap()).unwrap()
}

#[test]
fn sixty_four_threads_get_right_answers_from_one_client() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (n, m) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::new(move |_, seen| {
        m.fetch_max(n.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let id = seen.target.rsplit('/').next().unwrap();
        let answer = match seen.target.contains("/user/") {
            true => body(
                &json!({"User": {"_ref": format!("/user/{id}"), "EmailAddress": format!("u{id}@x.example")}}),
            ),
            false => healthy(seen),
        };
        n.fetch_sub(1, Ordering::SeqCst);
        Act::Send(answer)
    });
    let rally = client(&server, 8);
    std::thread::scope(|scope| {
        for thread in 0..64u64 {
            let rally = rally.clone();
            scope.spawn(move || {
                for round in 0..3 {
                    let size = 1 + (thread + round) % 3;
                    let rows =
                        rally.query("Defect").fetch("Owner").page_size(size).prefetch(2).all().unwrap();
                    for (i, row) in (1..).zip(&rows) {
                        assert_eq!(row.object_id(), Some(i));
                        let mail = row.get("Owner.EmailAddress").unwrap();
                        assert_eq!(mail, format!("u{i}@x.example").as_str());
                    }
                    assert_eq!(rows.len(), 3);
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 8, "{}", most.load(Ordering::SeqCst));
    let users = server.seen().iter().filter(|s| s.target.contains("/user/")).count();
    assert!((1..=3).contains(&users), "{users}: at most one request for each owner, whoever asks");
    assert_eq!(rally.stats().requests as usize, server.seen().len());
}

#[test]
fn connections_that_the_server_closed_meanwhile_double_nothing() {
    // The answer promises to keep the connection open, and closes it.
    let server = Server::new(|_, seen| {
        let whole = String::from_utf8(healthy(seen)).unwrap();
        Act::Send(whole.replace("Connection: close\r\n", "").into_bytes())
    });
    let rally = client(&server, 8);
    for n in 0..50 {
        assert_eq!(rally.query("Defect").all().unwrap().len(), 3);
        let name = format!("\"n{n}.\"");
        let made = rally.create("Defect", json!({"Name": format!("n{n}.")}));
        let done = server.seen().iter().filter(|s| String::from_utf8_lossy(&s.body).contains(&name)).count();
        match made {
            Ok(_) => assert_eq!(done, 1),
            // The connection was cut at the moment of its use.
            Err(error) => assert!(error.may_have_acted() && done <= 1, "{done} {error}"),
        }
    }
}

/// Holds back the answers to all but the first page until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn wait(&self) {
        let (open, changed) = &*self.0;
        let guard = open.lock().unwrap();
        drop(changed.wait_timeout_while(guard, Duration::from_secs(30), |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// The prefetching threads of this process, by name.
#[cfg(target_os = "linux")]
fn fetchers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("rally-prefetch")).count()
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "looks again until the threads have ended")]
fn a_reader_that_goes_away_leaves_at_once_and_leaves_no_thread_behind() {
    let gate = Gate::default();
    let held = gate.clone();
    let answered = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&answered);
    let server = Server::new(move |_, seen| {
        if seen.target.ends_with("&start=1&pagesize=1") {
            let rows = json!([{"_ref": "/defect/1", "_type": "Defect"}]);
            let page = json!({"TotalResultCount": 1_000, "PageSize": 1, "Results": rows});
            return Act::Send(body(&json!({ "QueryResult": page })));
        }
        held.wait();
        theirs.fetch_add(1, Ordering::SeqCst);
        // Would be retried for a long time if a reader still wanted it.
        Act::Send(answer(503, &[], b""))
    });
    let config =
        Config::builder().project("null").server(server.url()).api_key("_key_marker").max_in_flight(2);
    let config = config.retry_delay(Duration::from_secs(30)).attempts(20).build().unwrap();
    let rally = Rally::new(config).unwrap();
    let mut rows = rally.query("Defect").page_size(1).prefetch(6).into_iter();
    rows.next().unwrap().unwrap();
    server.wait_for(3);
    drop(rows);
    assert_eq!(answered.load(Ordering::SeqCst), 0, "it did not wait for the pages in flight");
    gate.open();
    let left = (0..2_000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        fetchers() == 0
    });
    assert!(left, "{} threads still fetch", fetchers());
    assert!(server.seen().len() <= 1 + 6, "{}", server.seen().len());
}
