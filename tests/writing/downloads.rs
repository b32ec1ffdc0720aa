//! Downloads that arrive in pieces while things fail: what is requested again, the errors, and what is left on disk.

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{Attachment, ErrorKind, Rally};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Large enough to arrive in several pieces.
fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

struct Stage {
    sandbox: Sandbox,
    rally: Rally,
    attachment: Attachment,
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Stage {
        let sandbox = Sandbox::start().unwrap();
        let config =
            rally_wsapi::Config::builder().project("null").server(sandbox.url()).api_key(sandbox.api_key());
        let rally = Rally::new(config.retry_delay(Duration::from_millis(1)).build().unwrap()).unwrap();
        let attachment = rally.find("DE2").unwrap().attach_bytes("data.bin", content()).unwrap();
        let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-down-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        sandbox.clear_requests();
        Stage { sandbox, rally, attachment, folder }
    }

    /// For the content only, `n` times.
    fn fail(&self, n: u64, fault: impl FnOnce(Fault) -> Fault) {
        self.sandbox.heal();
        let content = self.attachment.entity().get("Content").unwrap().reference().unwrap();
        self.sandbox.clear_requests();
        self.sandbox.fail(fault(Fault::at(content.path()).method("GET").first(n)));
    }

    /// How often the content was requested since the last fault was set.
    fn asked(&self) -> usize {
        self.sandbox.requests().iter().filter(|r| r.path.starts_with("/attachmentcontent/")).count()
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

type Change = fn(Fault) -> Fault;

const BROKEN: [Break; 7] = [
    Break::BeforeHeaders,
    Break::InBody,
    Break::LongLength,
    Break::ShortLength,
    Break::Chunking,
    Break::Gzip,
    Break::Text,
];

#[test]
fn a_file_is_begun_anew_where_the_answer_broke_off() {
    let stage = Stage::new("anew");
    for (at, broken) in BROKEN.into_iter().enumerate() {
        stage.fail(1, |fault| fault.broken(broken));
        let path = stage.folder.join(format!("{at}.bin"));
        assert_eq!(stage.attachment.save(&path).unwrap(), 300_000, "{broken:?}");
        assert_eq!(stage.asked(), 2, "{broken:?}");
        assert!(std::fs::read(&path).unwrap() == content(), "{broken:?}");
    }
    stage.fail(1, |fault| fault.broken(Break::InBody));
    let path = stage.attachment.save_in(&stage.folder).unwrap();
    assert!(path.ends_with("data.bin") && std::fs::read(&path).unwrap() == content());
    assert_eq!(stage.files().len(), BROKEN.len() + 1);
}

#[test]
fn no_half_file_is_left_and_what_was_there_stays() {
    let stage = Stage::new("half");
    let path = stage.folder.join("mine.bin");
    std::fs::write(&path, "mine").unwrap();
    for broken in BROKEN {
        stage.fail(9, |fault| fault.broken(broken));
        let error = stage.attachment.save(&path).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Connection | ErrorKind::NotWsapi { cut: true, .. }),
            "{broken:?}: {error:?}"
        );
        assert_eq!((error.attempts(), stage.asked()), (3, 3), "{broken:?}");
        stage.attachment.save_in(&stage.folder).unwrap_err();
    }
    let refusals: [(&str, Change); 3] = [
        ("no such thing", |fault| fault.errors(["Cannot find: no such thing"])),
        ("is not base64", |fault| fault.edit(|body| body.replace("\"Content\":\"", "\"Content\":\"!"))),
        ("Maintenance", |fault| fault.body("<title>Maintenance</title>")),
    ];
    for (why, refusal) in refusals {
        stage.fail(9, refusal);
        let error = stage.attachment.save(&path).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
        assert_eq!(stage.asked(), 1, "{why}");
    }
    assert_eq!(stage.files(), ["mine.bin"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    // Replaces the existing file once it is complete.
    stage.sandbox.heal();
    stage.attachment.save(&path).unwrap();
    assert!(std::fs::read(&path).unwrap() == content());
    assert_eq!(stage.files(), ["mine.bin"]);
}

#[test]
fn a_writer_that_was_given_something_is_not_given_it_twice() {
    let stage = Stage::new("writer");
    // Nothing was passed on yet: requested again.
    for fault in [|f: Fault| f.status(503), |f: Fault| f.broken(Break::BeforeHeaders)] {
        stage.fail(1, fault);
        let mut written = Vec::new();
        assert_eq!(stage.attachment.write_to(&mut written).unwrap(), 300_000);
        assert!(written == content());
        assert_eq!(stage.asked(), 2);
    }
    for broken in [Break::InBody, Break::LongLength, Break::Text] {
        stage.fail(1, |fault| fault.broken(broken));
        let mut written = Vec::new();
        let error = stage.attachment.write_to(&mut written).unwrap_err();
        assert_eq!((error.attempts(), stage.asked()), (1, 1), "{broken:?}: {error}");
        assert!(!written.is_empty() && content().starts_with(&written), "{broken:?}: {}", written.len());
    }
}

#[test]
fn a_writer_that_fails_is_told_and_an_answer_too_large_is_cut() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let stage = Stage::new("full");
    stage.fail(0, |fault| fault);
    let error = stage.attachment.write_to(Full(100_000)).unwrap_err();
    assert_eq!((error.kind(), stage.asked()), (&ErrorKind::Input, 1));
    assert!(error.to_string().contains("`data.bin` could not be written after"), "{error}");
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);

    let config = rally_wsapi::Config::builder()
        .project("null")
        .server(stage.sandbox.url())
        .api_key(stage.sandbox.api_key());
    let small = Rally::new(config.max_response(100_000).build().unwrap()).unwrap();
    let same = small.get("Attachment", stage.attachment.entity().reference().unwrap()).unwrap();
    let path = stage.folder.join("large.bin");
    let error = Attachment::try_from(same).unwrap().save(&path).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit, "{error}");
    assert_eq!(stage.files(), [""; 0]);
    assert!(stage.rally.stats().bytes_in > 100_000, "pieces count");
}

#[test]
fn a_whole_content_is_kept_whatever_size_the_attachment_tells() {
    let stage = Stage::new("told");
    let path = stage.folder.join("mine.bin");
    stage
        .fail(1, |fault| fault.body(r#"{"AttachmentContent":{"Content":"YWJj","Errors":[],"Warnings":[]}}"#));
    assert_eq!(stage.attachment.save(&path).unwrap(), 3);
    assert_eq!((std::fs::read(&path).unwrap(), stage.asked()), (b"abc".to_vec(), 1));
}
