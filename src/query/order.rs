//! The order of rows: names with `ASC` or `DESC`.

use crate::error::{Error, Result};

/// `Name desc , Owner.LastName` as `Name DESC,Owner.LastName`.
pub(super) fn canonical(order: &str) -> Result<String> {
    let mut parts = Vec::new();
    for part in order.split(',') {
        let refuse = || {
            let shown: String = order.chars().take(80).collect();
            Error::input(format!("`{shown}` is no order")).remedy("write it as `Priority DESC,Name`")
        };
        let words: Vec<&str> = part.split_whitespace().collect();
        let good = |name: &str| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        match words.as_slice() {
            [name] if good(name) => parts.push((*name).to_owned()),
            [name, way] if good(name) => match way.to_ascii_uppercase().as_str() {
                way @ ("ASC" | "DESC") => parts.push(format!("{name} {way}")),
                _ => return Err(refuse()),
            },
            _ => return Err(refuse()),
        }
    }
    Ok(parts.join(","))
}

pub(super) fn names_object_id(order: &str) -> bool {
    order
        .split(',')
        .filter_map(|part| part.split(' ').next())
        .any(|name| name.eq_ignore_ascii_case("ObjectID"))
}
