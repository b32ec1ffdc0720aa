//! `NO_PROXY`: the hosts to connect to directly. Follows curl, extended by ports and `*.`.

use super::url;
use std::net::IpAddr;

/// `true` if the host is a loopback address or in the list. No name is resolved: a network in the list applies to
/// servers named by their address.
pub(super) fn goes_direct(host: &str, port: u16, list: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let mut entries = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
    url::is_loopback(host) || entries.any(|entry| names(entry, host, port))
}

/// `true` if one entry of the list names the host, at this port or without one.
fn names(entry: &str, host: &str, port: u16) -> bool {
    let (name, at) = match entry.rsplit_once(':') {
        Some((name, at)) if network(entry).is_none() => (name, at.parse().ok()),
        _ => (entry, Some(port)),
    };
    let matches = match (network(name), host.parse()) {
        (Some((network, bits)), Ok(address)) => covers(network, bits, address),
        (None, Err(_)) => is_below(host, name),
        _ => false,
    };
    at == Some(port) && (name == "*" || matches)
}

/// Parses `10.0.0.1`, `10.0.0.0/8`, `::1`, `fe80::/10`; the address or all of it may be in brackets.
fn network(text: &str) -> Option<(IpAddr, Option<u8>)> {
    let bare = |text| str::strip_prefix(text, '[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let (address, bits) = match bare(text).split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (bare(text), None),
    };
    Some((bare(address).parse().ok()?, bits))
}

/// `true` if the host is a subdomain of the name or, unless that begins with `*.`, equal to it.
fn is_below(host: &str, name: &str) -> bool {
    let (name, itself) = match name.strip_prefix("*.") {
        Some(below) => (below, false),
        None => (name.trim_start_matches('.'), true),
    };
    let (host, name) = (host.to_ascii_lowercase(), name.trim_end_matches('.').to_ascii_lowercase());
    let before = host.strip_suffix(&name).filter(|_| !name.is_empty());
    before.is_some_and(|before| before.ends_with('.') || itself && before.is_empty())
}

/// `true` if the addresses are equal, or have the same leading bits.
fn covers(network: IpAddr, bits: Option<u8>, address: IpAddr) -> bool {
    let (ours, theirs, width) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let Some(free) = u32::checked_sub(width, bits.map_or(width, u32::from)) else { return false };
    (ours ^ theirs).checked_shr(free).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn entries_name_what_they_name_for_curl() {
        const RALLY: &str = "rally1.rallydev.com";
        for (host, list, direct) in [
            (RALLY, "x, .rallydev.com ", true),
            (RALLY, "x .rallydev.com", true),
            (RALLY, "\tx\n,,RallyDev.COM.,", true),
            (RALLY, "rally1.rallydev.com", true),
            (RALLY, "*.rallydev.com", true),
            ("rallydev.com", "*.rallydev.com", false),
            ("rallydev.com", ".rallydev.com", true),
            ("RALLYDEV.com.", "rallydev.com", true),
            (RALLY, "dev.com", false),
            (RALLY, "rally1", false),
            (RALLY, "*", true),
            (RALLY, "x,*", true),
            (RALLY, "*x, *., ., :, :443, /8, [], [*]", false),
            (RALLY, "rallydev.com:443", true),
            (RALLY, "rallydev.com:8443", false),
            (RALLY, "*:443", true),
            (RALLY, "rallydev.com:https", false),
            (RALLY, "0.0.0.0/0, ::/0", false),
            (RALLY, "", false),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "2.3", false),
            ("10.1.2.3", "10.1.2.3:443", true),
            ("10.1.2.3", "10.1.2.3:80", false),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("10.1.2.3", "10.1.2.3/33, 10.1.2.3/x, 10.1.2.3/-1, 10.1.2.3/", false),
            ("[2001:db8::1]", "2001:db8::/32", true),
            ("[2001:db8::1]", "[2001:db8::]/32", true),
            ("[2001:db8::1]", "[2001:db8::/32]", true),
            ("[2001:db9::1]", "2001:db8::/32", false),
            ("[2001:db8::1]", "2001:DB8:0::1", true),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[2001:db8::1]", "[2001:db8::1]:443", true),
            ("[2001:db8::1]", "[2001:db8::1]:80", false),
            ("127.0.0.1", "", true),
            ("[::1]", "", true),
            ("localhost", "", true),
        ] {
            assert_eq!(goes_direct(host, 443, list), direct, "{host} {list:?}");
        }
    }

    fn label() -> impl Strategy<Value = String> {
        "[a-z][a-z0-9-]{0,8}"
    }

    fn host() -> impl Strategy<Value = String> {
        proptest::collection::vec(label(), 2..5).prop_map(|labels| labels.join("."))
    }

    fn other_case(text: &str) -> String {
        text.chars().enumerate().map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect()
    }

    /// Compares the leading bits one by one.
    fn alike(a: &[u8], b: &[u8], bits: usize) -> bool {
        let bit = |bytes: &[u8], i: usize| bytes[i / 8] >> (7 - i % 8) & 1;
        (0..bits).all(|i| bit(a, i) == bit(b, i))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5_000) })]

        #[test]
        fn any_text_is_read(host in "\\PC{0,40}", port: u16, list in "[*.:/\\[\\], a-f0-9é]{0,40}") {
            goes_direct(&host, port, &list);
        }

        #[test]
        fn a_domain_among_others_names_what_is_below_it(
            sub in label(), host in host(), others in proptest::collection::vec("[0-9]{1,3}[a-z]", 0..4),
            dot in "\\.?", end in "\\.?", between in "( |,|, |\\t)", place: prop::sample::Index,
        ) {
            let mut entries = others;
            entries.insert(place.index(entries.len() + 1), format!("{dot}{}{end}", other_case(&host)));
            let list = entries.join(&between);
            prop_assert!(goes_direct(&format!("{sub}.{host}"), 443, &list), "{}", list);
            prop_assert!(goes_direct(&host, 443, &list), "{}", list);
            // The same letters without a dot before them are another domain.
            let other = format!("{sub}{host}");
            prop_assert!(!goes_direct(&other, 443, &list), "{}", list);
        }

        #[test]
        fn a_port_narrows_an_entry(host in host(), port: u16, server: u16) {
            prop_assert_eq!(goes_direct(&host, server, &format!("{host}:{port}")), port == server);
        }

        #[test]
        fn networks_are_compared_bit_by_bit(network: u32, flip: u32, keep in 0u32..=32, bits in 0usize..=32) {
            let address = Ipv4Addr::from(network ^ flip.checked_shr(keep).unwrap_or(0));
            prop_assume!(!address.is_loopback());
            let network = Ipv4Addr::from(network);
            let expected = alike(&network.octets(), &address.octets(), bits);
            prop_assert_eq!(goes_direct(&address.to_string(), 443, &format!("{network}/{bits}")), expected);
        }

        #[test]
        fn networks_of_ipv6_too(network: u128, flip: u128, keep in 0u32..=128, bits in 0usize..=128) {
            let address = Ipv6Addr::from(network ^ flip.checked_shr(keep).unwrap_or(0));
            prop_assume!(!address.is_loopback());
            let network = Ipv6Addr::from(network);
            let expected = alike(&network.octets(), &address.octets(), bits);
            for list in [format!("{network}/{bits}"), format!("[{network}]/{bits}")] {
                prop_assert_eq!(goes_direct(&format!("[{address}]"), 443, &list), expected, "{}", list);
            }
        }
    }
}
