use skiff_boringssl::{Agreed, Offer, Setup, Talk, Version};

const EVERY_VERSION: [Version; 3] = [Version::Only12, Version::Only13, Version::Both];
const X25519: u16 = 29;
const X25519_MLKEM768: u16 = 0x11ec;

/// Runs a setup in both roles and compares what the two ends think of it.
fn check_agreement(setup: Setup, offer: Offer, holds: impl Fn(&Agreed)) {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..setup.clone() };
        let talk = Talk::open(&setup, &offer).unwrap_or_else(|e| {
            let Setup { lost, twice, .. } = setup;
            panic!("skiff calls: {skiff_calls}, lost: {lost:?}, twice: {twice:?}: {e}")
        });
        let agreed = talk.told.agreed.as_ref().unwrap();
        assert_eq!(*agreed, talk.theirs());
        holds(agreed);
    }
}

#[test]
fn a_peer_of_either_version_or_both_is_served() {
    for version in EVERY_VERSION {
        check_agreement(
            Setup { version, ..Setup::default() },
            Offer::default(),
            |agreed| assert_eq!(agreed.suite >> 8 == 0x13, version != Version::Only12),
        );
    }
}

#[test]
fn every_suite_of_12_is_spoken() {
    for (kind, ciphers, suite) in [
        ("P-256", "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b),
        ("P-256", "ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c),
        ("P-256", "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9),
        ("RSA-2048", "ECDHE-RSA-AES128-GCM-SHA256", 0xc02f),
        ("RSA-2048", "ECDHE-RSA-AES256-GCM-SHA384", 0xc030),
        ("RSA-2048", "ECDHE-RSA-CHACHA20-POLY1305", 0xcca8),
    ] {
        check_agreement(
            Setup { version: Version::Only12, ours: kind, theirs: kind, ..Setup::default() },
            Offer { ciphers, ..Offer::default() },
            |agreed| assert_eq!(agreed.suite, suite),
        );
    }
}

/// A client that shared another group first is asked for it in a HelloRetryRequest. In 1.2
/// BoringSSL wants the curve of a certificate among the groups.
#[test]
fn every_group_is_agreed_on() {
    for version in [Version::Only12, Version::Only13] {
        for (groups, group, kind) in
            [("X25519", X25519, "RSA-2048"), ("P-256", 23, "P-256"), ("P-384", 24, "P-384")]
        {
            let setup = Setup { version, ours: kind, theirs: kind, ..Setup::default() };
            check_agreement(setup.clone(), Offer { groups, ..Offer::default() }, |agreed| {
                assert_eq!(agreed.group, group)
            });
            check_agreement(
                Setup { group: Some(group), ..setup },
                Offer::default(),
                |agreed| assert_eq!(agreed.group, group),
            );
        }
    }
}

/// Whether skiff has the group lies with its libcrypto; the hello takes two datagrams.
#[test]
fn a_hello_with_a_kem_is_understood_with_any_datagram_lost() {
    for lost in [None, Some(0), Some(1), Some(2), Some(3)] {
        check_agreement(
            Setup { version: Version::Both, lost, ..Setup::default() },
            Offer { groups: "X25519MLKEM768:X25519", ..Offer::default() },
            |agreed| assert!([X25519, X25519_MLKEM768].contains(&agreed.group)),
        );
    }
}

#[test]
fn certificates_of_all_kinds_meet() {
    const KINDS: [&str; 3] = ["P-256", "P-384", "RSA-2048"];
    for version in [Version::Only12, Version::Only13] {
        for ours in KINDS {
            for theirs in KINDS {
                let setup = Setup { version, ours, theirs, ..Setup::default() };
                check_agreement(setup, Offer::default(), |_| {});
            }
        }
    }
}

#[test]
fn the_profiles_that_skiff_offers_are_agreed_on() {
    for (profiles, profile) in [
        ("SRTP_AES128_CM_SHA1_80", 1),
        ("SRTP_AEAD_AES_128_GCM", 7),
        ("SRTP_AEAD_AES_256_GCM", 8),
    ] {
        check_agreement(Setup::default(), Offer { profiles, ..Offer::default() }, |agreed| {
            assert_eq!(agreed.profile, profile)
        });
    }
}

#[test]
fn skiff_may_ask_for_a_cookie() {
    for version in EVERY_VERSION {
        let setup = Setup { version, cookie: true, ..Setup::default() };
        check_agreement(setup, Offer::default(), |_| {});
    }
}

#[test]
fn one_retry_asks_for_a_cookie_and_for_a_group() {
    check_agreement(
        Setup { cookie: true, group: Some(24), ..Setup::default() },
        Offer::default(),
        |agreed| assert_eq!(agreed.group, 24),
    );
}

#[test]
fn their_small_datagrams_are_joined() {
    for version in EVERY_VERSION {
        let setup = Setup { version, ours: "RSA-2048", theirs: "RSA-2048", ..Setup::default() };
        check_agreement(setup, Offer { mtu: 300, ..Offer::default() }, |_| {});
    }
}

#[test]
fn any_datagram_may_be_lost() {
    for version in [Version::Only12, Version::Only13] {
        for lost in 0..8 {
            let setup = Setup { version, lost: Some(lost), ..Setup::default() };
            check_agreement(setup, Offer::default(), |_| {});
        }
    }
}

#[test]
fn any_datagram_may_come_twice() {
    for version in [Version::Only12, Version::Only13] {
        for twice in 0..8 {
            let setup = Setup { version, twice: Some(twice), ..Setup::default() };
            check_agreement(setup, Offer::default(), |_| {});
        }
    }
}

#[test]
fn another_fingerprint_is_a_bad_certificate() {
    for version in [Version::Only12, Version::Only13] {
        for skiff_calls in [false, true] {
            let setup = Setup { version, skiff_calls, stranger: true, ..Setup::default() };
            let mut talk = Talk::start(&setup, &Offer::default());
            let end = talk.go_on_until(|_| false).unwrap_err();
            assert!(end.contains("BAD_CERTIFICATE"), "BoringSSL ended with {end}");
        }
    }
}

fn check_echo(talk: &mut Talk, data: &'static [u8]) {
    talk.send(data);
    talk.go_on_until(|talk| talk.told.data == data).unwrap();
}

#[test]
fn data_goes_both_ways_until_skiff_closes() {
    for version in [Version::Only12, Version::Only13] {
        for skiff_calls in [false, true] {
            let setup = Setup { version, skiff_calls, ..Setup::default() };
            let mut talk = Talk::open(&setup, &Offer::default()).unwrap();
            check_echo(&mut talk, b"ahoy");
            talk.send(b"close");
            talk.go_on_until(|talk| talk.told.closed).unwrap();
            assert!(talk.skiff_ends());
        }
    }
}

#[test]
fn skiff_hears_that_boringssl_closes() {
    for version in [Version::Only12, Version::Only13] {
        for skiff_calls in [false, true] {
            let setup = Setup { version, skiff_calls, ..Setup::default() };
            let mut talk = Talk::open(&setup, &Offer::default()).unwrap();
            talk.close();
            assert!(talk.skiff_ends());
        }
    }
}

/// Both speak with the keys of this epoch from now on.
fn check_epoch(talk: &mut Talk, epoch: u16) {
    talk.go_on_until(|talk| talk.epochs() == (epoch, epoch) && talk.is_idle()).unwrap();
    check_echo(talk, b"with other keys");
}

/// RFC 9147 section 8. The BoringSSL of boring 5.4.0 forgets the request when it is not idle: its
/// `queued_key_update`, a signed field of two bits, reads 2 as -2.
#[test]
fn both_take_new_keys_when_boringssl_asks() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..Setup::default() };
        let mut talk = Talk::open(&setup, &Offer::default()).unwrap();
        talk.go_on_until(Talk::is_idle).unwrap();
        for epoch in 4..9 {
            talk.update_keys();
            check_echo(&mut talk, b"ahoy");
            check_epoch(&mut talk, epoch);
        }
    }
}

#[test]
fn both_take_new_keys_when_skiff_asks() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..Setup::default() };
        let mut talk = Talk::open(&setup, &Offer::default()).unwrap();
        for epoch in 4..9 {
            check_echo(&mut talk, b"update");
            check_epoch(&mut talk, epoch);
        }
    }
}

/// Both requests cross: each end goes on by one epoch or by two (RFC 8446 section 4.6.3).
#[test]
fn both_may_ask_for_new_keys_at_once() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..Setup::default() };
        let mut talk = Talk::open(&setup, &Offer::default()).unwrap();
        talk.go_on_until(Talk::is_idle).unwrap();
        talk.send(b"update");
        talk.update_keys();
        talk.go_on_until(|talk| talk.told.data == b"update").unwrap();
        talk.go_on_until(|talk| talk.epochs().0 > 3 && talk.epochs().1 > 3 && talk.is_idle())
            .unwrap();
        check_echo(&mut talk, b"with other keys");
    }
}

/// Trouble on the way is had by who resumes.
fn check_resumption(setup: Setup, offer: Offer) {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..setup.clone() };
        let calm = Setup { lost: None, twice: None, ..setup.clone() };
        let mut talk = Talk::open(&calm, &offer).unwrap();
        assert!(!talk.theirs().resumed);
        for _ in 1..setup.rounds {
            check_echo(&mut talk, b"ahoy");
            talk.go_on_until(|talk| talk.is_idle() && (skiff_calls || talk.has_ticket())).unwrap();
            talk.send(b"close");
            talk.go_on_until(|talk| talk.told.closed).unwrap();
            talk = talk.again(&setup, &offer).unwrap();
            assert_eq!(*talk.told.agreed.as_ref().unwrap(), talk.theirs());
            assert!(talk.theirs().resumed, "skiff calls: {skiff_calls}");
        }
    }
}

#[test]
fn what_was_resumed_is_resumed() {
    check_resumption(Setup { rounds: 3, ..Setup::default() }, Offer::default());
}

/// The binders come a second time (RFC 8446 section 4.2.11.2).
#[test]
fn associations_are_resumed_after_a_retry() {
    let setup = Setup { rounds: 2, ..Setup::default() };
    check_resumption(Setup { group: Some(24), ..setup.clone() }, Offer::default());
    check_resumption(Setup { cookie: true, ..setup.clone() }, Offer::default());
    check_resumption(setup, Offer { groups: "P-384", ..Offer::default() });
}

#[test]
fn any_datagram_of_a_resumption_may_be_lost_or_come_twice() {
    let setup = Setup { rounds: 2, ..Setup::default() };
    for at in 0..6 {
        check_resumption(Setup { lost: Some(at), ..setup.clone() }, Offer::default());
        check_resumption(Setup { twice: Some(at), ..setup.clone() }, Offer::default());
    }
}
