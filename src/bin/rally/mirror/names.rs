//! Names of tables and columns.

use std::collections::HashSet;

/// Quoted for SQL: whatever a name holds, it stays a name.
pub(super) fn quoted(name: &str) -> String {
    let plain: String = name.chars().filter(|c| *c != '\0').collect();
    format!("\"{}\"", plain.replace('"', "\"\""))
}

/// Names of one table or file, which SQLite compares without regard to case.
#[derive(Debug, Default)]
pub(super) struct Taken(HashSet<String>);

impl Taken {
    /// The name, with a number where another one has it.
    pub(super) fn take(&mut self, name: &str) -> String {
        let plain: String = name.chars().filter(|c| !c.is_control()).collect();
        let plain = if plain.trim().is_empty() { "unnamed".to_owned() } else { plain };
        let mut free = plain.clone();
        let mut number = 2_u32;
        while !self.0.insert(free.to_ascii_lowercase()) {
            free = format!("{plain}_{number}");
            number = number.saturating_add(1);
        }
        free
    }

    /// Notes a name that is there already.
    pub(super) fn add(&mut self, name: &str) {
        self.0.insert(name.to_ascii_lowercase());
    }
}
