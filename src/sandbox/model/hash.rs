//! Ids made of names.

/// FNV-1a: the same in every run and on every machine.
pub(in super::super) fn hash64(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

pub(super) fn hash32(text: &str) -> u32 {
    let hash = hash64(text);
    ((hash >> 32) ^ (hash & 0xffff_ffff)) as u32
}

/// Ids of built-in definitions are negative and need all 64 bits, as on the server.
pub(in super::super) fn definition_id(text: &str) -> i64 {
    -(((hash64(text) >> 2) | 1 << 62) as i64)
}
