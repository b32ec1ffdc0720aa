//! Prefetching: each page is requested on its own thread, and they are taken in order.

use crate::call::Call;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::page::Tuning;
use crate::wire::RawPage;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// The pages in flight. Dropping it tells the threads to stop.
#[derive(Debug)]
pub(super) struct Ahead {
    most: usize,
    flights: VecDeque<Flight>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Flight {
    start: u64,
    size: u64,
    tuning: Option<Arc<Tuning>>,
    page: Receiver<Result<RawPage>>,
}

/// A prefetched page, and what it brings in addition to the user's fetch list.
pub(super) type Fetched = (Result<RawPage>, Option<Arc<Tuning>>);

impl Ahead {
    pub(super) fn new(most: usize) -> Ahead {
        Ahead { most, flights: VecDeque::new(), stop: Arc::default() }
    }

    /// Takes the page that starts here, if it was requested. If another one was, all pages in flight are useless:
    /// paging goes on one page at a time.
    pub(super) fn take(&mut self, start: u64, size: u64) -> Option<Fetched> {
        let flight = self.flights.pop_front()?;
        if (flight.start, flight.size) != (start, size) {
            self.give_up();
            return None;
        }
        let page = flight.page.recv().ok();
        if page.is_none() {
            self.give_up();
        }
        Some((page?, flight.tuning))
    }

    pub(super) fn give_up(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.flights.clear();
        self.most = 0;
    }

    /// Keeps up to the wanted number of pages in flight. `place` returns start and size of the k-th page from now,
    /// if it exists.
    pub(super) fn fill(
        &mut self,
        catalog: &Arc<Catalog>,
        call: &Call,
        tuning: Option<&Arc<Tuning>>,
        place: impl Fn(u64) -> Option<(u64, u64)>,
    ) {
        while self.flights.len() < self.most {
            let Some((start, size)) = place(self.flights.len() as u64) else { return };
            let mut call = call.clone();
            call.set("start", start.to_string());
            call.set("pagesize", size.to_string());
            if let Some(tuning) = tuning {
                call.set("fetch", tuning.fetch());
            }
            let (catalog, stop) = (catalog.clone(), self.stop.clone());
            let (send, page) = sync_channel(1);
            let work = move || {
                if !stop.load(Ordering::Relaxed) {
                    // Sending fails if the reader is gone, and then the page is not needed.
                    let _ = send.send(catalog.session.shrinking_page(&mut call, &mut (), Some(&stop)));
                }
            };
            // If no thread can be started, the reader requests the page itself.
            if thread::Builder::new().name("rally-prefetch".to_owned()).spawn(work).is_err() {
                return;
            }
            self.flights.push_back(Flight { start, size, tuning: tuning.cloned(), page });
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
