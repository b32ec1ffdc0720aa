//! Fields compare with each other and with plain Rust values.

use super::Field;

/// Objects are equal if their references are, numbers if their values are.
impl<'o> PartialEq<Field<'o>> for Field<'_> {
    fn eq(&self, other: &Field<'o>) -> bool {
        match (self.reference(), other.reference()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => {
                let numbers = self.as_f64().zip(other.as_f64());
                let whole = self.as_json().as_i64().zip(other.as_json().as_i64());
                match (whole, numbers) {
                    (Some((one, other)), _) => one == other,
                    (None, Some((one, other))) => one == other,
                    (None, None) => self.as_json() == other.as_json(),
                }
            }
            _ => false,
        }
    }
}

macro_rules! equal {
    ($($kind:ty, $read:ident, $other:ident => $same:expr;)*) => {$(
        impl PartialEq<$kind> for Field<'_> {
            fn eq(&self, $other: &$kind) -> bool {
                self.$read() == Some($same)
            }
        }
    )*};
}

equal! {
    str, as_str, other => other;
    &str, as_str, other => *other;
    i64, as_i64, other => *other;
    i32, as_i64, other => i64::from(*other);
    f64, as_f64, other => *other;
    bool, as_bool, other => *other;
}
