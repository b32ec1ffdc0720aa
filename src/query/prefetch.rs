//! Pages asked for ahead of the reader, each on a thread of its own, taken in order.

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

/// What is in flight. Dropping it tells the threads to ask no more.
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

/// A page that was asked for ahead, and what it brings besides the user's own.
pub(super) type Fetched = (Result<RawPage>, Option<Arc<Tuning>>);

impl Ahead {
    pub(super) fn new(most: usize) -> Ahead {
        Ahead { most, flights: VecDeque::new(), stop: Arc::default() }
    }

    /// The page that starts here, if it was asked for so. Where another was asked for, all in flight is of no
    /// use: the pages go on one by one.
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

    /// Keeps as many pages in flight as wanted. `place` gives start and size of the k-th page from now, if there is one.
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
                    // The reader may be gone: then nobody wants the page.
                    let _ = send.send(catalog.session.shrinking_page(&mut call, &mut (), Some(&stop)));
                }
            };
            // No thread to be had: the reader asks for the page itself.
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
