//! The allowed values that the schema does not list itself.

use super::Catalog;
use crate::call::Call;
use crate::error::Result;
use crate::reference::Ref;
use crate::schema::AllowedValue;
use serde_json::Value;
use std::sync::Arc;

/// The largest page.
const PAGE: u64 = 2_000;

impl Catalog {
    /// Returns the values in this collection, loaded once.
    pub(crate) fn choices(&self, collection: &Ref) -> Result<Arc<Vec<AllowedValue>>> {
        self.choices.once(collection.path().to_owned(), || {
            let mut values = Vec::new();
            let mut start = 1;
            loop {
                let call = Call::new(collection.path())
                    .param("fetch", "StringValue,LocalizedStringValue,IntegerValue,ValueIndex,Hidden")
                    .param("start", start.to_string())
                    .param("pagesize", PAGE.to_string());
                let page = self.session.page(&call)?;
                for row in 0..page.len() {
                    values.push(AllowedValue::read(&Value::Object(page.row(row)?)));
                }
                start += page.len() as u64;
                if page.len() == 0 || page.total.is_none_or(|total| start > total) {
                    return Ok(Arc::new(AllowedValue::list(values)));
                }
            }
        })
    }
}
