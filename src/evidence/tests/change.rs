//! Before and after: "gone" is said only of what was seen before and looked for where it was.

use super::*;

fn compared(before: &Host, after: &Host, told: &Told) -> Judgement {
    let expected = nat();
    let before = Parts::of(&expected, true, &[], before);
    let parts = Parts::of(&expected, told.is_active(), &[], after);
    judge(&Case { expected: &expected, told, parts: &parts, before: Some(&before) })
}

#[test]
fn what_was_seen_before_and_is_not_there_is_gone() {
    let judgement = compared(&full_host(), &empty_host(), &told(false, false));
    assert_eq!((judgement.health, judgement.is_verified()), (Health::Disabled, true));
    assert_eq!(
        lines(&judgement),
        [
            "gone bridge virbr0 52:54:00:91:a8:c6",
            "gone dnsmasq 13684 13685",
            "gone rules 19 (iptables-nft: filter 13, nat 5, mangle 1)",
            "kept rules empty LIBVIRT_* chains (harmless)",
            "kept forwarding ip_forward=1 (harmless)",
        ]
    );
}

#[test]
fn what_was_not_seen_before_is_not_gone() {
    let blind =
        Host { interfaces: Err(Unseen::NotThisHost), dnsmasq: Err(Unseen::NotThisHost), ..empty_host() };
    for before in [empty_host(), blind] {
        let judgement = compared(&before, &empty_host(), &told(false, false));
        assert_eq!(judgement.of_word(Word::Gone).count(), 0, "{:?}", lines(&judgement));
        assert_eq!(judgement.of_word(Word::NotSeen).count(), 3, "{:?}", lines(&judgement));
    }
}

#[test]
fn what_is_still_there_is_left() {
    let mut after = empty_host();
    after.dnsmasq = Ok(vec![process(13684, "default")]);
    let judgement = compared(&full_host(), &after, &told(false, false));
    assert_eq!(judgement.health, Health::LeftBehind);
    assert_eq!(
        judgement.of_word(Word::Left).map(|finding| finding.what.as_str()).collect::<Vec<_>>(),
        ["13684"]
    );
    assert_eq!(judgement.of_word(Word::Gone).count(), 2);
}

#[test]
fn a_network_that_was_switched_on_is_judged_by_what_is_there() {
    assert_eq!(compared(&empty_host(), &full_host(), &told(true, true)).health, Health::Enabled);
    assert_eq!(compared(&empty_host(), &empty_host(), &told(true, true)).health, Health::Degraded);
}
