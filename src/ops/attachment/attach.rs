//! Attaching takes two requests, content then attachment; this cleans up and reports when the second one fails.

use super::new::Prepared;
use super::{Attachment, NewAttachment};
use crate::call::Call;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method};
use crate::ops::place_of::{call_in, collection_of, workspace_of};
use crate::record::Record;
use crate::reference::Ref;
use crate::write::answered;
use serde_json::{Map, Value, json};
use std::io::Read;

impl Entity {
    /// Attaches a file: a path, or a [`NewAttachment`] to set name, content type and description.
    ///
    /// Sends two requests if the object's workspace is known. The file is read and encoded while it is sent, so it
    /// need not fit into memory; the server accepts up to 50,000,000 bytes.
    ///
    /// ```no_run
    /// # use rally_wsapi::{NewAttachment, Rally, Result};
    /// # fn main() -> Result<()> {
    /// let defect = Rally::from_env()?.find("DE12")?;
    /// defect.attach("screen.png")?;
    /// defect.attach(NewAttachment::file("out.txt").content_type("text/csv").description("today's run"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, before anything is sent, if the file does not exist, is too large or has no usable name; any
    /// transport or server error. If the content was stored but the attachment was not created, the message says
    /// so, names the content and says whether it was deleted again.
    #[doc(alias = "addAttachment")]
    pub fn attach(&self, file: impl Into<NewAttachment>) -> Result<Attachment> {
        let new = file.into().prepare()?;
        collection_of(self, "Attachments")?;
        attach(self, &new, workspace_of(self)?.as_ref())
    }

    /// Attaches several files, paths or [`NewAttachment`]s, and returns a result for each, in their order.
    ///
    /// A file that fails does not stop the others.
    ///
    /// All files are checked before the first one is sent, so a missing or too large file costs no request.
    ///
    /// ```
    /// # use rally_wsapi::{NewAttachment, Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE2")?;
    /// let files = [NewAttachment::bytes("a.txt", "one"), "no/such/file.png".into(), NewAttachment::bytes("b.txt", "two")];
    /// let all = defect.attach_many(files)?;
    /// assert_eq!(all.iter().map(|one| one.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` if objects of this type have no attachments; any transport or server error of finding the object's
    /// workspace. Nothing is attached then. The error of a single file is in its result, as for [`Entity::attach`].
    #[doc(alias = "addAttachments")]
    pub fn attach_many<F: Into<NewAttachment>>(
        &self,
        files: impl IntoIterator<Item = F>,
    ) -> Result<Vec<Result<Attachment>>> {
        let files: Vec<_> = files.into_iter().map(|file| file.into().prepare()).collect();
        if files.iter().all(Result::is_err) {
            return Ok(files.into_iter().filter_map(Result::err).map(Err).collect());
        }
        collection_of(self, "Attachments")?;
        let workspace = workspace_of(self)?;
        let one = |new: Result<Prepared>| attach(self, &new?, workspace.as_ref());
        Ok(files.into_iter().map(one).collect())
    }

    /// Attaches bytes from memory under a name.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE2")?;
    /// let log = defect.attach_bytes("log.txt", "it went wrong\n")?;
    /// assert_eq!((log.content_type(), log.size()), (Some("text/plain"), Some(14)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entity::attach`].
    #[doc(alias = "addAttachment")]
    pub fn attach_bytes(&self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Result<Attachment> {
        self.attach(NewAttachment::bytes(name, bytes))
    }

    /// Attaches what a reader yields under a name; it must yield exactly `len` bytes.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// # let dump: &[u8] = b"0123456789";
    /// let dump = rally.find("DE2")?.attach_reader("dump.bin", 10, dump)?;
    /// assert_eq!(dump.bytes()?, b"0123456789");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entity::attach`]; also `Input` if the reader yields more or fewer bytes. Nothing is attached then.
    pub fn attach_reader(
        &self,
        name: impl Into<String>,
        len: u64,
        reader: impl Read + Send + 'static,
    ) -> Result<Attachment> {
        self.attach(NewAttachment::reader(name, len, reader))
    }

    /// Attaches a file unless the object has an attachment with the same name and content, and returns the
    /// attachment.
    ///
    /// Sends one request more than [`Entity::attach`], and one for each attachment with the same name and size.
    ///
    /// ```
    /// use rally_wsapi::NewAttachment;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let log = || NewAttachment::bytes("log.txt", "it went wrong\n");
    /// let defect = rally.find("DE2")?;
    /// assert_eq!(defect.ensure_attached(log())?, defect.ensure_attached(log())?); // attached once
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entity::attach`]; `Input` for a reader, whose bytes cannot be read twice.
    pub fn ensure_attached(&self, file: impl Into<NewAttachment>) -> Result<Attachment> {
        let new = file.into().prepare()?;
        for there in self.attachments()? {
            let may_be = there.name() == new.name && there.size().is_none_or(|size| size == new.len);
            if may_be && is_same(&there, &new)? {
                return Ok(there);
            }
        }
        attach(self, &new, workspace_of(self)?.as_ref())
    }
}

/// `true` if the contents are equal, byte by byte.
fn is_same(there: &Attachment, new: &Prepared) -> Result<bool> {
    let mut source = new.read()?;
    let bytes = there.bytes()?;
    let (mut rest, mut piece) = (bytes.as_slice(), vec![0; 64 << 10]);
    loop {
        let read = source
            .read(&mut piece)
            .map_err(|e| Error::input(format!("`{}` cannot be read", new.name)).because(e))?;
        match piece.get(..read).and_then(|read| rest.strip_prefix(read)) {
            Some(_) if read == 0 => return Ok(rest.is_empty()),
            Some(after) => rest = after,
            None => return Ok(false),
        }
    }
}

fn attach(entity: &Entity, new: &Prepared, workspace: Option<&Ref>) -> Result<Attachment> {
    let missing = || Error::input(format!("`{entity}` has no reference to attach `{}` to", new.name));
    let holder = entity.reference().ok_or_else(missing)?;
    let session = &entity.catalog().session;

    // Without `fetch` the answer would contain the whole content.
    let call = call_in(workspace, "/attachmentcontent/create").param("fetch", "ObjectID");
    let upload = new.upload();
    let stored = session.write(Method::Post, &call, Body::Upload(&upload), false);
    let stored = stored.map_err(|error| match error.kind() {
        // The reader failed during the request, so the server never had a complete one to act on.
        ErrorKind::Input => Error::input(format!("`{}` was not attached: {error}", new.name)),
        _ => error,
    })?;
    let content = stored.then(|stored| made(stored.object, "attachmentcontent"))?.0;

    let link = if holder.type_path() == "testcaseresult" { "TestCaseResult" } else { "Artifact" };
    let named = [
        ("Name", Some(Value::from(new.name.as_str()))),
        ("ContentType", Some(new.content_type.as_str().into())),
        ("Size", Some(new.len.into())),
        ("Content", Some(content.path().into())),
        (link, Some(holder.path().into())),
        ("Description", new.description.as_deref().map(Value::from)),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut fields: Map<String, Value> = named.collect();
    let call = call_in(workspace, "/attachment/create");
    let create = |fields: &Map<String, Value>| {
        let body = json!({ "Attachment": fields }).to_string();
        session.write(Method::Post, &call, Body::Json(body.as_bytes()), true)
    };
    let mut written = create(&fields);
    // Most servers take the caller as the user if none is given; for one that does not, send it again with the
    // user.
    if written.as_ref().is_err_and(wants_user) {
        let user = session.item(&Call::new("/user")).map(|user| user.reference().cloned());
        if let Ok(Some(user)) = user {
            fields.insert("User".to_owned(), user.path().into());
            written = create(&fields);
        }
    }
    session.cache.drop_key(holder.key());
    match written.and_then(|done| done.then(|written| made(written.object, "attachment"))) {
        Ok((_, record)) => Ok(Attachment { entity: Entity::new(entity.catalog().clone(), record, None) }),
        Err(error) => Err(unlinked(entity, new, &content, error)),
    }
}

/// Returns what a create made, with its reference.
fn made(object: Option<Record>, type_path: &str) -> Result<(Ref, Record)> {
    const MISSING: &str = "the answer does not say what was created";
    let record = answered::made(object, type_path, MISSING)?;
    let reference = record.reference().cloned().ok_or_else(|| answered::nothing(MISSING))?;
    Ok((reference, record))
}

fn wants_user(error: &Error) -> bool {
    error.server_errors().iter().any(|line| line.contains("Attachment.User should not be null"))
}

/// The content is stored but the attachment is not. Deletes the content if nothing can refer to it, and says so.
/// Unless that leaves the server as it was, the error reports that the call may have acted.
fn unlinked(entity: &Entity, new: &Prepared, content: &Ref, cause: Error) -> Error {
    let name = &new.name;
    let undoing = || {
        let session = &entity.catalog().session;
        session.write(Method::Delete, &Call::new(content.path()), Body::None, false)
    };
    let undone = (!cause.may_have_acted()).then(undoing);
    let text = match &undone {
        None => format!(
            "whether `{name}` was attached is not known: {cause}; its content is stored as {content}; look at `attachments()` before you attach it again"
        ),
        Some(Ok(_)) => format!("`{name}` was not attached: {cause}; its content {content} was deleted again"),
        Some(Err(left)) => format!(
            "`{name}` was not attached: {cause}; its content is left as {content}, for deleting it failed: {left}"
        ),
    };
    let error = Error::new(cause.kind().clone(), text).server(cause.server_errors().to_vec());
    let error = error.after(cause.attempts()).within_time(cause.waited());
    if let Some(Ok(_)) = undone { error } else { error.fate_unknown() }
}
