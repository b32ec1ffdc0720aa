//! Prefetching: each page is requested on its own thread, and they are taken in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// The most pages in flight.
const MOST: usize = 12;

/// Returns how many pages to request ahead for the number that a caller asks for.
pub(crate) fn bounded(pages: usize) -> usize {
    if pages > MOST {
        log::warn!("prefetch({pages}) is more than a server serves at once; {MOST} is used");
    }
    pages.min(MOST)
}

/// The pages in flight, `P` with each as it comes. Dropping it tells the threads to stop.
#[derive(Debug)]
pub(crate) struct Ahead<P> {
    most: usize,
    flights: VecDeque<(Place, Receiver<P>)>,
    stop: Arc<AtomicBool>,
}

/// Start and size of a page.
pub(crate) type Place = (u64, u64);

impl<P: Send + 'static> Ahead<P> {
    pub(crate) fn new(most: usize) -> Ahead<P> {
        Ahead { most, flights: VecDeque::new(), stop: Arc::default() }
    }

    /// Takes the page of this place, if it was requested. If another one was, all pages in flight are useless: paging
    /// goes on one page at a time.
    pub(crate) fn take(&mut self, place: Place) -> Option<P> {
        let (expected, page) = self.flights.pop_front()?;
        let page = if expected == place { page.recv().ok() } else { None };
        if page.is_none() {
            self.give_up();
        }
        page
    }

    pub(crate) fn give_up(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.flights.clear();
        self.most = 0;
    }

    /// Keeps up to the wanted number of pages in flight. `place` returns the place of the k-th page from now, if it
    /// exists, and `ask` what requests it; once its argument is set, the page is not needed any more.
    pub(crate) fn fill<A>(&mut self, place: impl Fn(u64) -> Option<Place>, ask: impl Fn(Place) -> A)
    where
        A: FnOnce(&AtomicBool) -> P + Send + 'static,
    {
        while self.flights.len() < self.most {
            let Some(place) = place(self.flights.len() as u64) else { return };
            let (ask, stop) = (ask(place), self.stop.clone());
            let (send, page) = sync_channel(1);
            let work = move || {
                if !stop.load(Ordering::Relaxed) {
                    // Sending fails if the reader is gone, and then the page is not needed.
                    let _ = send.send(ask(&stop));
                }
            };
            // If no thread can be started, the reader requests the page itself.
            if thread::Builder::new().name("rally-prefetch".to_owned()).spawn(work).is_err() {
                return;
            }
            self.flights.push_back((place, page));
        }
    }
}

impl<P> Drop for Ahead<P> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
