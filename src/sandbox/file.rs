//! The bytes of attachments, at an address outside the service.

use super::object::Seen;
use super::request::{Answer, Asked};
use super::scope::find;
use super::store::Store;
use base64::Engine;

/// Types that a browser would show; all others are sent as plain bytes.
const TYPES: [&str; 12] = [
    "text/plain",
    "text/html",
    "text/css",
    "text/csv",
    "text/xml",
    "application/json",
    "application/pdf",
    "application/zip",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/svg+xml",
];

/// `None` if the attachment does not exist or has another name.
pub(super) fn bytes(store: &Store, asked: &Asked<'_>, id: &str, name: &str) -> Option<Answer> {
    let (key, _) = find(store, asked, store.model().find("attachment")?, id)?;
    if store.text_named(key, "Name").as_deref() != Some(name) {
        return None;
    }
    let Seen::Ref(content) = store.see_named(key, "Content") else { return None };
    let text = store.text_named(content, "Content")?;
    let body = base64::engine::general_purpose::STANDARD.decode(text.as_bytes()).ok()?;
    let told = store.text_named(key, "ContentType").unwrap_or_default();
    let content_type = TYPES.iter().find(|t| told.eq_ignore_ascii_case(t)).copied();
    let content_type = content_type.unwrap_or("application/octet-stream");
    Some(Answer { status: 200, content_type, location: None, body })
}
