//! What only code sets: limits, times, and habits of the client, with their defaults.

use crate::error::{Error, Result};
use std::time::Duration;

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

#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Name, vendor and version of the program.
    pub(super) integration: [String; 3],
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) retries: RetryMode,
    pub(super) attempts: u32,
    pub(super) retry_delay: Duration,
    /// By default 30 s, or the first pause if that is longer.
    pub(super) longest_retry_delay: Option<Duration>,
    pub(super) retry_total: Duration,
    pub(super) max_in_flight: usize,
    pub(super) max_rate: Option<u32>,
    pub(super) max_requests: Option<u64>,
    pub(super) max_response: u64,
    pub(super) page_size: u64,
    pub(super) cache_capacity: usize,
    pub(super) page_chase: bool,
    pub(super) check_names: bool,
    pub(super) accept_invalid_certs: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            integration: ["rally-wsapi".to_owned(), String::new(), String::new()],
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(310),
            retries: RetryMode::Standard,
            attempts: 3,
            retry_delay: Duration::from_millis(500),
            longest_retry_delay: None,
            retry_total: Duration::from_secs(300),
            max_in_flight: 8,
            max_rate: None,
            max_requests: None,
            max_response: 256 << 20,
            page_size: 200,
            cache_capacity: 10_000,
            page_chase: true,
            check_names: true,
            accept_invalid_certs: false,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<()> {
        let is_printable = |text: &String| text.bytes().all(|b| (0x20..0x7f).contains(&b));
        let longest_delay = self.longest_retry_delay();
        let has_time = !self.timeout.is_zero() && !self.connect_timeout.is_zero();
        let rules = [
            ("page_size", (1..=2_000).contains(&self.page_size), "the server takes 1 to 2000"),
            ("attempts", (1..=20).contains(&self.attempts), "must be 1 to 20"),
            ("longest_retry_delay", longest_delay >= self.retry_delay, "it is shorter than `retry_delay`"),
            ("max_in_flight", self.max_in_flight > 0, "must be 1 or more"),
            ("max_rate", self.max_rate != Some(0), "must be 1 or more"),
            ("timeout", has_time, "must be longer than 0"),
            ("integration", self.integration.iter().all(is_printable), "headers carry printable ASCII only"),
        ];
        let broken = rules.into_iter().find(|(_, is_kept, _)| !is_kept);
        broken.map_or(Ok(()), |(name, _, why)| Err(Error::config(name, why)))
    }

    pub(super) fn longest_retry_delay(&self) -> Duration {
        self.longest_retry_delay.unwrap_or(Duration::from_secs(30).max(self.retry_delay))
    }
}
