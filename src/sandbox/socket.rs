//! The shell: connections over loopback, one thread each, all stopped together.

use super::control;
use super::message::{Broken, Wire};
use super::reply::{Delivery, Reply, Step};
use super::server::Server;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How much of a refused request to read, so that its sender sees the answer before the connection closes.
const LARGEST_REST: u64 = 128 << 20;

/// The threads of a server. Dropping it stops them and waits for them.
#[derive(Debug)]
pub(super) struct Listening {
    address: SocketAddr,
    lines: Arc<Lines>,
    thread: Option<JoinHandle<()>>,
}

/// The open connections, and whether new ones are accepted.
#[derive(Debug, Default)]
struct Lines {
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    next: u64,
    open: HashMap<u64, Arc<TcpStream>>,
}

impl Listening {
    pub(super) fn start(listener: TcpListener, server: Arc<Server>) -> io::Result<Listening> {
        let address = listener.local_addr()?;
        let lines = Arc::new(Lines::default());
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn({
            let lines = lines.clone();
            move || accept(&listener, &server, &lines)
        })?;
        Ok(Listening { address, lines, thread: Some(thread) })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.lines.stop();
        // Wake the listener, which is waiting in `accept`.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Lines {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection, unless the server is stopping.
    fn open(&self, stream: &Arc<TcpStream>) -> Option<u64> {
        let mut state = self.lock();
        if state.stop {
            return None;
        }
        state.next += 1;
        let number = state.next;
        state.open.insert(number, stream.clone());
        Some(number)
    }

    fn close(&self, number: u64) {
        self.lock().open.remove(&number);
    }

    /// Makes every pending read, write and wait return.
    fn stop(&self) {
        let mut state = self.lock();
        state.stop = true;
        for stream in state.open.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.stopped.notify_all();
    }

    fn stops(&self) -> bool {
        self.lock().stop
    }

    /// Waits; an error if the server stops meanwhile.
    #[expect(
        clippy::disallowed_methods,
        reason = "delays that a fault asks for are real, and end with the server"
    )]
    fn wait(&self, time: Duration) -> io::Result<()> {
        let until = Instant::now().checked_add(time);
        let mut state = self.lock();
        while !state.stop {
            let left = until.map_or(time, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Ok(());
            }
            state = self.stopped.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

fn accept(listener: &TcpListener, server: &Arc<Server>, lines: &Arc<Lines>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if lines.stops() {
            break;
        }
        let Ok(stream) = stream.map(Arc::new) else {
            // Out of file descriptors, for example: some may be free in a moment.
            let _ = lines.wait(Duration::from_millis(5));
            continue;
        };
        let Some(number) = lines.open(&stream) else { break };
        let work = {
            let (server, lines) = (server.clone(), lines.clone());
            move || {
                let _closes = Closes { lines: &lines, number };
                // A connection error ends it; no peer is left to report to.
                let _ = connection(&stream, &server, &lines);
            }
        };
        threads.retain(|t| !t.is_finished());
        match std::thread::Builder::new().name("sandbox connection".to_owned()).spawn(work) {
            Ok(thread) => threads.push(thread),
            Err(_) => lines.close(number),
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// Removes the connection from the list however its thread ends.
struct Closes<'l> {
    lines: &'l Lines,
    number: u64,
}

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.lines.close(self.number);
    }
}

fn connection(stream: &TcpStream, server: &Server, lines: &Lines) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = Wire::new(stream);
    loop {
        let head = match wire.head() {
            Ok(head) => head,
            Err(Broken::Gone) => return Ok(()),
            Err(Broken::Refused(status)) => return refuse(stream, lines, status),
        };
        let controls = control::is_for(&head);
        let _visit = (!controls).then(|| server.busy.enter());
        let early = if head.has_body() && !controls { server.early(&head) } else { None };
        let delivery = match early {
            Some(delivery) => delivery,
            None => match wire.body(&head) {
                Ok(body) if controls => {
                    control::answer(server, &head, &body).deliver(head.close, head.method == "HEAD")
                }
                Ok(body) => server.delivery(&head, &body),
                Err(Broken::Gone) => return Ok(()),
                Err(Broken::Refused(status)) => return refuse(stream, lines, status),
            },
        };
        let close = delivery.close;
        send(stream, lines, delivery)?;
        if close {
            return stream.shutdown(Shutdown::Both);
        }
    }
}

fn send(mut stream: &TcpStream, lines: &Lines, delivery: Delivery) -> io::Result<()> {
    for step in delivery.steps {
        match step {
            Step::Send(bytes) => stream.write_all(&bytes)?,
            Step::Wait(time) => lines.wait(time)?,
            Step::Drip(bytes, size, pause) => {
                for drop in bytes.chunks(size) {
                    stream.write_all(drop)?;
                    lines.wait(pause)?;
                }
            }
        }
    }
    Ok(())
}

/// Answers a request that cannot be parsed. The rest is read, because closing with unread bytes would discard the
/// answer.
fn refuse(stream: &TcpStream, lines: &Lines, status: u16) -> io::Result<()> {
    let reply = Reply::page(status, "/", super::reply::phrase(status));
    send(stream, lines, reply.deliver(true, false))?;
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    io::copy(&mut stream.take(LARGEST_REST), &mut io::sink())?;
    stream.shutdown(Shutdown::Both)
}

#[cfg(test)]
mod tests {
    use crate::sandbox::Sandbox;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn a_dropped_sandbox_leaves_no_thread() {
        let sandbox = Sandbox::builder().latency(Duration::from_secs(3600)).start().unwrap();
        // Each thread holds a reference to the server, which counts them.
        let server = sandbox.server.clone();
        let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
        let streams: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(&address).unwrap()).collect();
        for mut stream in &streams {
            write!(stream, "GET /slm HTTP/1.1\r\n\r\n").unwrap();
        }
        while sandbox.requests().len() < 5 {
            std::thread::yield_now();
        }
        assert_eq!(Arc::strong_count(&server), 2 + 1 + 5);
        drop(sandbox);
        assert_eq!(Arc::strong_count(&server), 1);
        for mut stream in &streams {
            assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
        }
    }

    #[test]
    fn a_connection_that_ended_leaves_no_thread_either() {
        let sandbox = Sandbox::start().unwrap();
        let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
        for _ in 0..5 {
            drop(TcpStream::connect(&address).unwrap());
        }
        let mut last = TcpStream::connect(&address).unwrap();
        write!(last, "GET /slm HTTP/1.0\r\n\r\n").unwrap();
        let _ = last.read_to_end(&mut Vec::new());
        while Arc::strong_count(&sandbox.server) > 2 {
            std::thread::yield_now();
        }
    }
}
