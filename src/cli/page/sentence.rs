//! What a page says at its top, in numbers that are true: what could not be looked at counts as nothing else.

use std::collections::BTreeMap;

use super::host::State;

type States = BTreeMap<State, usize>;

/// `3 of 300 hosts still run libvirt's default network; 2 could not be looked at.`
pub(super) fn first(states: &States, network: Option<&str>) -> String {
    let of = |state| states.get(&state).copied().unwrap_or(0);
    let all: usize = states.values().sum();
    let unseen = of(State::Unseen);
    let running = of(State::Guests) + of(State::Active);
    let what = match network {
        Some("default") => "libvirt's default network".to_owned(),
        Some(name) => format!("libvirt's network {name}"),
        None => "a network of libvirt's".to_owned(),
    };
    let sentence = match (running, all) {
        (0, 1) if unseen == 1 => return "The host could not be looked at.".to_owned(),
        (0, _) if unseen == all => return format!("None of {all} hosts could be looked at."),
        (0, 1) => format!("The host does not run {what}"),
        (0, _) if unseen > 0 => {
            format!("None of the {} hosts that could be looked at runs {what}", all - unseen)
        }
        (0, _) => format!("None of {all} hosts runs {what}"),
        (1, 1) => format!("The host still runs {what}"),
        (1, _) => format!("1 of {all} hosts still runs {what}"),
        (_, _) if running == all => format!("All {all} hosts still run {what}"),
        _ => format!("{running} of {all} hosts still run {what}"),
    };
    if unseen > 0 { format!("{sentence}; {unseen} could not be looked at.") } else { format!("{sentence}.") }
}

/// What the first sentence does not say, a number each.
pub(super) fn rest(states: &States) -> String {
    let part = |state: State, one: &str, many: &str| {
        let count = states.get(&state).copied().filter(|count| *count > 0)?;
        Some(format!("{count} {}", if count == 1 { one } else { many }))
    };
    let parts = [
        part(State::Guests, "has guests attached to it", "have guests attached to it"),
        part(State::Boot, "starts it again at the next boot", "start it again at the next boot"),
        part(
            State::Left,
            "has it off, and something of it left behind",
            "have it off, and something of it left behind",
        ),
        part(State::Unproven, "has it off, as far as could be seen", "have it off, as far as could be seen"),
        part(State::Clean, "has it off and clean, verified", "have it off and clean, verified"),
        part(
            State::Unseen,
            "could not be looked at, and counts as nothing else",
            "could not be looked at, and count as nothing else",
        ),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}.", parts.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::State::{self, Active, Boot, Clean, Guests, Unseen};
    use super::{first, rest};

    fn said(states: &[(State, usize)], network: Option<&str>) -> String {
        first(&states.iter().copied().collect(), network)
    }

    #[test]
    fn the_sentence_is_true_of_every_count() {
        let default = Some("default");
        for (states, sentence) in [
            (
                &[(Active, 2), (Guests, 1), (Clean, 297)][..],
                "3 of 300 hosts still run libvirt's default network.",
            ),
            (
                &[(Active, 1), (Unseen, 2), (Clean, 7)],
                "1 of 10 hosts still runs libvirt's default network; 2 could not be looked at.",
            ),
            (&[(Active, 3)], "All 3 hosts still run libvirt's default network."),
            (&[(Guests, 1)], "The host still runs libvirt's default network."),
            (&[(Clean, 300)], "None of 300 hosts runs libvirt's default network."),
            (&[(Clean, 1)], "The host does not run libvirt's default network."),
            (
                &[(Clean, 8), (Unseen, 2)],
                "None of the 8 hosts that could be looked at runs libvirt's default network; 2 could not be looked at.",
            ),
            (&[(Unseen, 4)], "None of 4 hosts could be looked at."),
            (&[(Unseen, 1)], "The host could not be looked at."),
        ] {
            assert_eq!(said(states, default), sentence);
        }
        assert_eq!(
            said(&[(Active, 1), (Clean, 1)], Some("lab")),
            "1 of 2 hosts still runs libvirt's network lab."
        );
        assert_eq!(said(&[(Active, 2), (Clean, 1)], None), "2 of 3 hosts still run a network of libvirt's.");
    }

    #[test]
    fn each_state_has_its_number() {
        let states = [(Guests, 1), (Active, 2), (Boot, 1), (Clean, 3), (Unseen, 2)].into_iter().collect();
        let told = "1 has guests attached to it; 1 starts it again at the next boot; 3 have it off and clean, verified; \
                    2 could not be looked at, and count as nothing else.";
        assert_eq!(rest(&states), told);
    }
}
