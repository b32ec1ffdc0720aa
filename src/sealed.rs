//! Keeps a public trait to the types of this crate and of the standard library.

/// What no other crate can name, so that it cannot implement what requires it.
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
