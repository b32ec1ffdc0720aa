//! Whether failed requests are retried.

/// Whether failed requests are retried.
///
/// ```
/// use rally_wsapi::{Config, RetryMode};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let impatient = Config::builder().api_key("_key").retries(RetryMode::Off).build()?;
/// assert_eq!(impatient.retries(), RetryMode::Off);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryMode {
    /// Returns every failure at once. Only an expired security token is still renewed.
    Off,
    /// Retries reads after connect errors, timeouts, broken or truncated answers, 429, 502, 503, 504 and 520 to
    /// 524, and writes only if the server cannot have acted: nothing was sent, 429, 503 with `Retry-After`, or a
    /// concurrency conflict. A create is never doubled.
    #[default]
    Standard,
}
