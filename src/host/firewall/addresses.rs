//! Addresses and subnets in the notations of firewall rules.

use std::net::IpAddr;

use crate::host::prefix_length;

/// An address and the length of its prefix.
pub(super) type Subnet = (IpAddr, u8);

/// The addresses that a word of a rule names: `192.168.122.0/24`, `10.0.0.0/255.0.255.0`, `10.0.0.1-10.0.0.9`,
/// `10.0.0.1:80-90`, `[fd00::1-fd00::5]:80`. Of a range, its two ends. A word that names none yields none.
pub(super) fn addresses(word: &str) -> Vec<Subnet> {
    let bracketed = word.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let bare = bracketed.map_or(word, |(inner, _)| inner);
    bare.split('-').filter_map(subnet).collect()
}

fn subnet(word: &str) -> Option<Subnet> {
    if let Some((address, mask)) = word.split_once('/') {
        let address: IpAddr = address.parse().ok()?;
        let length = mask.parse().ok().or_else(|| mask.parse().ok().map(prefix_length))?;
        return (length <= width(address)).then_some((address, length));
    }
    // Behind an IPv4 address there may be ports; an IPv6 one is in brackets then.
    let address =
        word.parse().ok().or_else(|| word.split_once(':')?.0.parse().ok().filter(IpAddr::is_ipv4))?;
    Some((address, width(address)))
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(word: &str) -> Vec<String> {
        addresses(word).iter().map(|(address, length)| format!("{address}/{length}")).collect()
    }

    #[test]
    fn each_notation_of_a_rule_is_read() {
        assert_eq!(found("192.168.122.0/24"), ["192.168.122.0/24"]);
        assert_eq!(found("10.0.0.0/255.0.255.0"), ["10.0.0.0/8"]);
        assert_eq!(found("192.168.122.50"), ["192.168.122.50/32"]);
        assert_eq!(found("192.168.122.50:80"), ["192.168.122.50/32"]);
        assert_eq!(found("10.0.0.1-10.0.0.4:80-90"), ["10.0.0.1/32", "10.0.0.4/32"]);
        assert_eq!(found("fd00::/64"), ["fd00::/64"]);
        assert_eq!(found("[fd00::1-fd00::5]:80-90"), ["fd00::1/128", "fd00::5/128"]);
        assert_eq!(found("[fd00::1]:80"), ["fd00::1/128"]);
    }

    #[test]
    fn a_word_that_only_looks_like_an_address_is_none() {
        for word in [
            "53",
            "80-90",
            "52:54:00:91:a8:c6",
            "10/sec",
            "0x1/0xff",
            "10.0.0.0/33",
            "",
            "[",
            "1.2.3.4/",
            ":",
        ] {
            assert_eq!(found(word), Vec::<String>::new(), "{word:?}");
        }
    }
}
