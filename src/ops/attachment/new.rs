//! A file to attach: where its bytes come from and what it is called. Checked before anything is sent.

use super::encode::{Encoded, body_len};
use crate::error::{Error, Result, counted};
use crate::http::Upload;
use crate::text::shorten;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest attachment that the server accepts, in bytes.
const LARGEST: u64 = 50_000_000;

/// A file to attach, from a path, from memory or from a reader.
///
/// The content type follows from the name unless it is given. Nothing is read or checked before
/// [`Entity::attach`](crate::Entity::attach).
///
/// ```
/// use rally_wsapi::NewAttachment;
///
/// let report = NewAttachment::bytes("report.csv", "id,state\n1,Open\n")
///     .description("as of today")
///     .content_type("text/csv");
/// let screen = NewAttachment::file("out/1.png").name("screen.png");
/// let stream = NewAttachment::reader("dump.bin", 1_000, std::io::repeat(0));
/// ```
#[must_use = "it is attached by `entity.attach(..)`"]
pub struct NewAttachment {
    source: Source,
    name: String,
    content_type: Option<String>,
    description: Option<String>,
}

#[derive(Clone)]
enum Source {
    File(PathBuf),
    Bytes(Arc<Vec<u8>>),
    Reader(u64, OneShot),
}

type OneShot = Arc<Mutex<Option<Box<dyn Read + Send>>>>;

impl NewAttachment {
    fn new(source: Source, name: impl Into<String>) -> NewAttachment {
        NewAttachment { source, name: name.into(), content_type: None, description: None }
    }

    /// Takes the file at a path, under its own name. It is read while it is sent.
    pub fn file(path: impl AsRef<Path>) -> NewAttachment {
        let path = path.as_ref();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        NewAttachment::new(Source::File(path.to_owned()), name)
    }

    /// Takes bytes from memory. A `Vec` is not copied.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> NewAttachment {
        NewAttachment::new(Source::Bytes(Arc::new(bytes.into())), name)
    }

    /// Takes what a reader yields, which must be exactly `len` bytes.
    ///
    /// It is read once, while it is sent. If the server needs the request again (an expired security token),
    /// attaching fails.
    pub fn reader(name: impl Into<String>, len: u64, reader: impl Read + Send + 'static) -> NewAttachment {
        let once: OneShot = Arc::new(Mutex::new(Some(Box::new(reader))));
        NewAttachment::new(Source::Reader(len, once), name)
    }

    /// Sets another name.
    pub fn name(mut self, name: impl Into<String>) -> NewAttachment {
        self.name = name.into();
        self
    }

    /// Sets the content type, as `text/csv`, where the name does not imply it.
    pub fn content_type(mut self, content_type: impl Into<String>) -> NewAttachment {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> NewAttachment {
        self.description = Some(description.into());
        self
    }

    /// Checks the name and the size, and prepares to read.
    pub(super) fn prepare(self) -> Result<Prepared> {
        let len = self.len()?;
        let name = self.name;
        check_name(&name)?;
        if len > LARGEST {
            return Err(Error::input(format!("`{name}` has {}", counted(len, "byte")))
                .remedy("the server takes attachments of up to 50,000,000 bytes"));
        }
        let content_type = self.content_type.unwrap_or_else(|| guess(&name));
        if !is_content_type(&content_type) {
            let shown = shorten(&content_type, 60);
            return Err(
                Error::input(format!("invalid content type `{shown}`")).remedy("write it as `text/csv`")
            );
        }
        Ok(Prepared { name, content_type, description: self.description, len, source: self.source })
    }

    /// Returns the number of bytes, if it is known.
    fn len(&self) -> Result<u64> {
        let path = match &self.source {
            Source::Bytes(bytes) => return Ok(bytes.len() as u64),
            Source::Reader(len, _) => return Ok(*len),
            Source::File(path) => path,
        };
        let refuse =
            |why: &dyn fmt::Display| Error::input(format!("cannot attach {}: {why}", path.display()));
        // Check before opening: opening a pipe may block for ever.
        let metadata = fs::metadata(path)
            .map_err(|e| refuse(&e).remedy("check the path and the folder it is read from"))?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
            return Err(refuse(&what).remedy("name a file"));
        }
        File::open(path).map_err(|e| refuse(&e))?;
        Ok(metadata.len())
    }
}

impl fmt::Debug for NewAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAttachment")
            .field("source", &self.source)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

macro_rules! from_paths {
    ($($path:ty),*) => {$(
        /// Takes the file at that path.
        impl From<$path> for NewAttachment {
            fn from(path: $path) -> NewAttachment {
                NewAttachment::file(path)
            }
        }
    )*};
}

from_paths!(&str, String, &String, &Path, PathBuf, &PathBuf);

/// A checked file, ready to send.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) description: Option<String>,
    pub(super) len: u64,
    source: Source,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => f.debug_tuple("File").field(path).finish(),
            Source::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Source::Reader(len, _) => f.debug_tuple("Reader").field(len).finish(),
        }
    }
}

impl Prepared {
    /// Returns the body of the request. Each attempt reads the source from its beginning.
    pub(super) fn upload(&self) -> Upload {
        let (source, len) = (self.source.clone(), self.len);
        let open =
            move || -> Result<Box<dyn Read>> { Ok(Box::new(Encoded::new(source.open("attach")?, len))) };
        Upload { len: body_len(len), open: Box::new(open) }
    }

    /// Returns the bytes for comparison, which a reader does not give twice.
    pub(super) fn read(&self) -> Result<Box<dyn Read>> {
        match &self.source {
            Source::Reader(..) => {
                Err(Error::input("a reader can be read only once, not compared and then attached")
                    .remedy("attach a file or bytes, or use `attach`"))
            }
            source => source.open("read"),
        }
    }
}

impl Source {
    fn open(&self, to: &str) -> Result<Box<dyn Read>> {
        Ok(match self {
            Source::File(path) => {
                let refuse = |e| Error::input(format!("cannot {to} {}: {e}", path.display()));
                Box::new(File::open(path).map_err(refuse)?)
            }
            Source::Bytes(bytes) => Box::new(io::Cursor::new(Shared(bytes.clone()))),
            Source::Reader(_, once) => Box::new(Taken { once: once.clone(), reader: None }),
        })
    }
}

struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A reader that is consumed when its first byte is read: an attempt that fails earlier leaves it for the next one.
struct Taken {
    once: OneShot,
    reader: Option<Box<dyn Read + Send>>,
}

impl Read for Taken {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.reader.is_none() {
            self.reader = self.once.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        let used_up =
            || io::Error::other("the reader was used up by an attempt that the server did not take");
        self.reader.as_mut().ok_or_else(used_up)?.read(out)
    }
}

/// Refuses names with separators: whoever downloads the file may use the name as a path.
fn check_name(name: &str) -> Result<()> {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    if name.trim().is_empty() || name == "." || name == ".." || name.contains(odd) {
        let shown: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect();
        return Err(Error::input(format!("invalid attachment name `{shown}`"))
            .remedy("give one name without `/` and `\\`, as `screen.png`"));
    }
    Ok(())
}

fn is_content_type(text: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    let (kind, rest) = text.split_once('/').unwrap_or_default();
    good(kind)
        && good(rest.split(';').next().unwrap_or_default())
        && rest.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// Guesses the content type by the extension; an unknown one is `application/octet-stream`.
fn guess(name: &str) -> String {
    mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(new: NewAttachment) -> String {
        new.prepare().map_or_else(|e| e.to_string(), |p| format!("{p:?}"))
    }

    #[test]
    fn the_content_type_follows_from_the_name() {
        for (name, expected) in [
            ("a.PNG", "image/png"),
            ("notes.txt", "text/plain"),
            ("run.log", "text/plain"),
            ("table.csv", "text/csv"),
            ("archive.tar.gz", "application/gzip"),
            ("page.html", "text/html"),
            ("doc.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("no_extension", "application/octet-stream"),
            ("odd.qqq", "application/octet-stream"),
        ] {
            assert_eq!(guess(name), expected, "{name}");
        }
        let given = NewAttachment::bytes("a.png", "x").content_type("text/plain; charset=utf-8");
        assert_eq!(given.prepare().unwrap().content_type, "text/plain; charset=utf-8");
    }

    #[test]
    fn names_types_and_sizes_are_checked_before_a_byte_is_read() {
        for name in ["", " ", ".", "..", "a/b.txt", "a\\b.txt", "a\nb"] {
            assert!(refused(NewAttachment::bytes(name, "x")).contains("invalid attachment name"), "{name:?}");
        }
        for kind in ["", "text", "/", "text/", "te xt/plain", "text/pl\nain", "a/b/c"] {
            let refused = refused(NewAttachment::bytes("a", "x").content_type(kind));
            assert!(refused.contains("invalid content type"), "{kind:?}: {refused}");
        }
        let nothing_is_read = NewAttachment::reader("big", LARGEST + 1, io::empty());
        assert!(refused(nothing_is_read).contains("`big` has 50000001 bytes"));
        assert!(NewAttachment::reader("big", LARGEST, io::empty()).prepare().is_ok());
    }

    #[test]
    fn a_reader_is_used_up_by_the_attempt_that_reads_it() {
        let upload = NewAttachment::reader("a", 2, &b"hi"[..]).prepare().unwrap().upload();
        drop((upload.open)().unwrap());
        let mut text = String::new();
        (upload.open)().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, r#"{"AttachmentContent":{"Content":"aGk="}}"#);
        let error = (upload.open)().unwrap().read_to_string(&mut text).unwrap_err();
        assert!(error.to_string().contains("used up"), "{error}");
    }

    #[test]
    fn what_is_no_file_is_named() {
        let folder = std::env::temp_dir();
        assert!(refused(NewAttachment::file(&folder)).contains("it is a folder"));
        let gone = folder.join("no such file of rally-wsapi");
        let text = refused(NewAttachment::from(gone.as_path()));
        assert!(text.contains("no such file of rally-wsapi"), "{text}");
    }
}
