//! Decides which requests meet which fault.

use super::fault::{Break, Fault, When};
use std::sync::{Mutex, PoisonError};

impl Fault {
    fn matches(&self, method: &str, path: &str, params: &[(String, String)]) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|m| m.eq_ignore_ascii_case(method)))
            && self.path.as_deref().is_none_or(|p| alike(&p.to_lowercase(), &path.to_lowercase()))
            && self
                .params
                .iter()
                .all(|(n, v)| params.iter().any(|(name, value)| n == name && alike(v, value)))
    }
}

/// The faults that are set, with the number of requests that each has matched.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<(Fault, u64)>>);

impl Faults {
    pub(super) fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((fault, 0));
    }

    /// Returns each fault with the number of requests it has matched.
    pub(super) fn set(&self) -> Vec<(Fault, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the first fault due for a request. Every matching fault counts it, so that `nth(1)`, `nth(2)` make a
    /// sequence.
    ///
    /// `reading` is `true` while the body has not been read: then only faults that break earlier are due, and
    /// otherwise the faults count the request later, when all its parameters are known.
    pub(super) fn due(
        &self,
        method: &str,
        path: &str,
        params: &[(String, String)],
        reading: bool,
    ) -> Option<Fault> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (early, late): (Vec<_>, Vec<_>) =
            rules.iter_mut().partition(|(fault, _)| fault.broken == Some(Break::Sending));
        let count = |rules: Vec<&mut (Fault, u64)>| {
            let mut due = None;
            for (fault, matched) in rules.into_iter().filter(|(f, _)| f.matches(method, path, params)) {
                *matched += 1;
                if due.is_none() && fault.when.due(*matched) {
                    due = Some(fault.clone());
                }
            }
            due
        };
        if !reading {
            return count(late);
        }
        let due = count(early);
        if due.is_some() {
            count(late);
        }
        due
    }
}

impl When {
    fn due(self, number: u64) -> bool {
        match self {
            When::Nth(n) => number == n,
            When::First(n) => number <= n,
            When::From(n) => number >= n,
            When::Share { fraction, seed } => chance(seed, number) < fraction,
        }
    }
}

/// In 0..1, spread evenly over the numbers (splitmix64).
fn chance(seed: u64, number: u64) -> f64 {
    let mut z = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// `true` if the text matches a pattern in which `*` matches any text.
fn alike(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.split_once::<&str>(middle) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}
