//! What is left of each priority string.

use super::*;

/// The suites, groups and signatures that are left, by their numbers.
fn left(text: &str) -> (Vec<u16>, Vec<u16>, usize, usize) {
    let priority = Priority::parse(text).unwrap();
    let provider = priority.narrowed(super::super::provider::provider());
    let all = provider.signature_verification_algorithms.supported_schemes();
    let versions = priority.versions();
    let suites = provider.cipher_suites.iter().filter(|suite| versions.contains(&suite.version()));
    (
        suites.map(|suite| suite.suite().into()).collect(),
        provider.kx_groups.iter().map(|group| group.name().into()).collect(),
        priority.signatures(all).len(),
        priority.rsa_bits,
    )
}

const TLS13: [u16; 3] = [0x1302, 0x1301, 0x1303];
const ECDSA: [u16; 3] = [0xc02c, 0xc02b, 0xcca9];
const RSA_SUITES: [u16; 3] = [0xc030, 0xc02f, 0xcca8];
const GROUPS: [u16; 3] = [29, 23, 24];

#[test]
fn the_words_to_begin_with_stand_for_what_gnutls_means_as_far_as_it_is_here() {
    let everything = ([TLS13, ECDSA, RSA_SUITES].concat(), GROUPS.to_vec(), 10, 2048);
    for all in ["NORMAL", "normal", "PERFORMANCE", "PFS", "SECURE128", "LEGACY", "@LIBVIRT,SYSTEM"] {
        assert_eq!(left(all), everything, "{all}");
    }
    let secure = (vec![0x1302, 0x1303, 0xc02c, 0xcca9, 0xc030, 0xcca8], vec![24], 6, 3072);
    assert_eq!(left("SECURE192"), secure);
    assert_eq!(left("SECURE256"), secure);
    assert_eq!(left("SECURE256:%PROFILE_MEDIUM").3, 2048);
}

#[test]
fn what_is_taken_away_is_gone_and_what_is_added_is_there() {
    let suites = |text| left(text).0;
    assert_eq!(suites("NORMAL:-VERS-TLS1.2"), TLS13);
    assert_eq!(suites("NORMAL:-VERS-ALL:+VERS-TLS1.3"), TLS13);
    assert_eq!(suites("NORMAL:!VERS-TLS1.3"), [ECDSA, RSA_SUITES].concat());
    assert_eq!(suites("NORMAL:-ECDHE-RSA:-VERS-TLS1.3"), ECDSA);
    assert_eq!(suites("NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305"), [0x1303, 0xcca9, 0xcca8]);
    assert_eq!(left("NORMAL:-GROUP-ALL:+GROUP-X25519").1, [29]);
    assert_eq!(left("NORMAL:-CURVE-ALL:+CURVE-SECP384R1").1, [24]);
    assert_eq!(left("NORMAL:-SIGN-ALL:+SIGN-EDDSA-ED25519").2, 1);
    let one = "NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+GROUP-SECP256R1:+SIGN-RSA-PSS-RSAE-SHA256";
    assert_eq!(left(one), (vec![0x1301], vec![23], 1, 2048));
    let lacking =
        "NORMAL:-VERS-TLS1.0:-3DES-CBC:-SHA1:-RSA:-DHE-RSA:-SIGN-RSA-SHA1:%SERVER_PRECEDENCE:+COMP-ALL";
    assert_eq!(left(lacking), left("NORMAL"));
}

#[test]
fn a_word_that_cannot_be_kept_is_named_and_so_is_what_leaves_nothing() {
    let refused = |text: &str| Priority::parse(text).unwrap_err().to_string();
    let words = [
        ("SUITEB128", "SUITEB128"),
        ("", ""),
        ("NORMAL:+VERS-TLS1.0", "+VERS-TLS1.0"),
        ("NORMAL:-VERS-TLS1.9", "-VERS-TLS1.9"),
        ("NORMAL:+3DES-CBC", "+3DES-CBC"),
        ("NORMAL:VERS-TLS1.2", "VERS-TLS1.2"),
        ("NORMAL:%UNSAFE_RENEGOTIATION", "%UNSAFE_RENEGOTIATION"),
        ("NORMAL:%PROFILE_ULTRA", "%PROFILE_ULTRA"),
        ("NORMAL:%DISABLE_WILDCARDS", "%DISABLE_WILDCARDS"),
        ("NORMAL:-VERS-TLS1.2,-VERS-TLS1.3", "-VERS-TLS1.2,-VERS-TLS1.3"),
        ("NORMAL:", ""),
    ];
    for (text, word) in words {
        let told = format!("tls_priority '{text}': '{word}' cannot be kept: ");
        assert!(refused(text).starts_with(&told), "{}", refused(text));
    }
    for (text, lacks) in [
        ("NORMAL:-VERS-ALL", "version of TLS"),
        ("NORMAL:-AEAD", "cipher"),
        ("NORMAL:-VERS-TLS1.3:-KX-ALL", "cipher"),
        ("NORMAL:-GROUP-ALL", "group"),
        ("NORMAL:-SIGN-ALL", "signature"),
    ] {
        assert!(refused(text).starts_with(&format!("tls_priority '{text}' leaves no {lacks}")), "{text}");
    }
}
