//! Seals a public trait: only types of this crate and of the standard library implement it.

/// Not nameable in other crates, so that they cannot implement traits that require it.
pub trait Sealed {}

macro_rules! sealed {
    ($($kind:ty),*) => {$(impl Sealed for $kind {})*};
}
sealed!(&str, &&str, String, &String, i64, i32, u32, u64);

impl<T> Sealed for Vec<T> {}
impl<T> Sealed for &Vec<T> {}
impl<T> Sealed for &[T] {}
impl<T, const N: usize> Sealed for [T; N] {}
impl<T, E> Sealed for Result<T, E> {}
impl<T> Sealed for (&str, T) {}
