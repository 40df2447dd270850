//! In which order things are told: by name, as virsh does.

/// The things by their names, whatever the case; where that alone differs, in the server's order.
pub(super) fn by_name<'a, T>(things: &'a [T], name: impl Fn(&'a T) -> &'a [u8]) -> Vec<&'a T> {
    let keys = things.iter().map(|thing| without_case(name(thing)));
    let mut places: Vec<_> = keys.zip(0_usize..).collect();
    // Of the sorts for size, which the static program has, the stable one is the fast one.
    places.sort();
    places.iter().filter_map(|(_, place)| things.get(*place)).collect()
}

/// What names are sorted by. The first sixteen bytes are one number: they decide nearly always, and at once.
fn without_case(name: &[u8]) -> (u128, Vec<u8>) {
    let mut start = [0; 16];
    let (first, rest) = name.split_at(name.len().min(start.len()));
    start.iter_mut().zip(first).for_each(|(place, byte)| *place = byte.to_ascii_lowercase());
    (u128::from_be_bytes(start), rest.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::by_name;

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
        let names: Vec<_> = sorted.iter().rev().copied().collect();
        let names: Vec<_> = by_name(&names, |name| name.as_bytes()).into_iter().copied().collect();
        assert_eq!(names, sorted);
    }

    #[test]
    fn names_that_differ_in_case_alone_stay_as_they_are_told() {
        let names = ["b", "LAB", "a", "lab", "Lab"];
        assert_eq!(by_name(&names, |name| name.as_bytes()), [&"a", &"b", &"LAB", &"lab", &"Lab"]);
    }
}
