//! In which order things are told: by name, as virsh does.

/// What names are sorted by, whatever their case. The first sixteen bytes are one number: they decide nearly always, and at
/// once. Where two differ in case alone, a stable sort leaves them in the server's order.
pub(super) fn without_case(name: &[u8]) -> (u128, Vec<u8>) {
    let mut start = [0; 16];
    let (first, rest) = name.split_at(name.len().min(start.len()));
    start.iter_mut().zip(first).for_each(|(place, byte)| *place = byte.to_ascii_lowercase());
    (u128::from_be_bytes(start), rest.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::without_case;

    #[test]
    fn names_are_in_the_order_of_their_letters_whatever_the_case_and_length() {
        let sorted = [
            "",
            "a",
            "A-b",
            "ab",
            "B",
            "network-10",
            "Network-9",
            "networks-of-the-lab",
            "networks-of-the-LAB-2",
            "networks-of-the-lab-3",
            "z",
            "ä",
        ];
        let mut names: Vec<_> = sorted.iter().rev().copied().collect();
        names.sort_by_key(|name| without_case(name.as_bytes()));
        assert_eq!(names, sorted);
    }
}
