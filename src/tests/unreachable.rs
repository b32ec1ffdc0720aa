//! Places that no request reaches: every operation meets them, above the network, with the sandbox behind it.

use super::*;
use crate::entity::Entity;
use crate::http::UreqTransport;
use crate::sandbox::Sandbox;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

/// The part that meets the fault.
type Rest = Box<dyn FnOnce() -> Result<()>>;

/// Its name, whether it signs in with a password, and its part that goes well.
type Operation = (&'static str, bool, fn(&Rally) -> Rest);

/// Each is said of the host by the layer below, and was never sent.
const PLACES: [&str; 3] = ["the host is not known", "no route to host", "the connection was refused"];

const OPERATIONS: [Operation; 12] = [
    ("connect", false, |rally| once(rally, |rally| rally.user().map(drop))),
    ("query", false, |rally| once(rally, |rally| rally.query("Defect").all().map(drop))),
    ("second page", false, |rally| {
        let mut rows = rally.query("Defect").page_size(2).into_iter();
        assert_eq!(rows.by_ref().take(2).filter(Result::is_ok).count(), 2);
        Box::new(move || rows.next().transpose().map(drop))
    }),
    ("chase", false, |rally| {
        let row = defect(rally);
        Box::new(move || row.get("Owner.EmailAddress").map(drop))
    }),
    ("schema", false, |rally| once(rally, |rally| rally.schema().map(drop))),
    ("token of the first write", true, |rally| {
        once(rally, |rally| rally.create("Defect", json!({"Name": "x"})).map(drop))
    }),
    ("create", false, |rally| once(rally, |rally| rally.create("Defect", json!({"Name": "x"})).map(drop))),
    ("update", false, |rally| {
        let row = defect(rally);
        Box::new(move || row.update(json!({"Name": "x"})).map(drop))
    }),
    ("delete", false, |rally| {
        let row = defect(rally);
        Box::new(move || row.delete())
    }),
    ("batch", false, |rally| {
        once(rally, |rally| {
            let tasks = [json!({"Name": "a"}), json!({"Name": "b"})];
            rally.create_many("Task", tasks)?.into_iter().try_for_each(|result| result.map(drop))
        })
    }),
    ("attachment up", false, |rally| {
        let row = defect(rally);
        Box::new(move || row.attach_bytes("a.txt", *b"hello").map(drop))
    }),
    ("attachment down", false, |rally| {
        let row = defect(rally);
        row.attach_bytes("a.txt", *b"hello").unwrap();
        let file = row.refresh().unwrap().attachments().unwrap().remove(0);
        Box::new(move || file.bytes().map(drop))
    }),
];

fn once(rally: &Rally, work: fn(&Rally) -> Result<()>) -> Rest {
    let rally = rally.clone();
    Box::new(move || work(&rally))
}

fn defect(rally: &Rally) -> Entity {
    rally.query("Defect").fetch("Owner,Workspace,Attachments").first().unwrap().unwrap()
}

/// The network up to a moment, then a place that is not reached.
struct Cable {
    network: UreqTransport,
    cut: Arc<Mutex<Option<&'static str>>>,
    refused: Arc<AtomicU32>,
}

impl Transport for Cable {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        match *self.cut.lock().unwrap() {
            None => self.network.send(request),
            Some(text) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Err(Error::new(ErrorKind::Connection, text).unsent())
            }
        }
    }
}

#[test]
fn every_operation_tells_of_a_place_it_cannot_reach_and_does_nothing() {
    for (name, by_password, begin) in OPERATIONS {
        for place in PLACES {
            let sandbox = Sandbox::start().unwrap();
            let config = Config::builder().server(sandbox.url());
            let config = match by_password {
                true => config.user(sandbox.user(), sandbox.password()),
                false => config.api_key(sandbox.api_key()),
            };
            let config = config.build().unwrap();
            let (cut, refused) = (Arc::new(Mutex::new(None)), Arc::new(AtomicU32::new(0)));
            let network = UreqTransport::new(&config).unwrap();
            let cable = Cable { network, cut: Arc::clone(&cut), refused: Arc::clone(&refused) };
            let session = Session::new(config, Box::new(cable), Box::new(FakeClock::default()));
            let rally = Rally { catalog: Arc::new(Catalog::new(session)), scope: Scope::whole(None) };
            let rest = begin(&rally);
            let reached = sandbox.requests().len();
            *cut.lock().unwrap() = Some(place);
            let error = rest().expect_err(name);
            let told = error.to_string();
            assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Connection, 3), "{name}: {told}");
            assert!(told.contains(place) && error.is_retryable(), "{name}: {told}");
            assert!(!error.may_have_acted(), "{name}: {told}");
            assert_eq!(refused.load(Ordering::Relaxed), 3, "{name}");
            assert_eq!(sandbox.requests().len(), reached, "{name}");
        }
    }
}
