use dimpl::crypto::Dtls13CipherSuite;
use dimpl::{ConfigBuilder, NamedGroup};
use skiff_dimpl::{Agreed, Setup, Talk, Version, config};

/// Runs a setup in both roles and compares what the two ends think of it.
fn check_agreement(setup: Setup, config: impl Fn() -> ConfigBuilder, holds: impl Fn(&Agreed)) {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..setup.clone() };
        let talk = Talk::open(&setup, config())
            .unwrap_or_else(|e| panic!("skiff calls: {skiff_calls}, lost: {:?}: {e}", setup.lost));
        let agreed = talk.told.agreed.as_ref().unwrap();
        assert_eq!(talk.told.keys, agreed.keys);
        holds(agreed);
    }
}

#[test]
fn every_suite_is_spoken() {
    for suite in [
        Dtls13CipherSuite::AES_128_GCM_SHA256,
        Dtls13CipherSuite::AES_256_GCM_SHA384,
        Dtls13CipherSuite::CHACHA20_POLY1305_SHA256,
    ] {
        check_agreement(
            Setup::default(),
            || config().dtls13_cipher_suites(&[suite]),
            |agreed| assert_eq!(agreed.suite, suite.as_u16()),
        );
    }
}

/// A client that shared another group first is asked for it in a HelloRetryRequest.
#[test]
fn every_group_is_agreed_on() {
    for group in [NamedGroup::X25519, NamedGroup::Secp256r1, NamedGroup::Secp384r1] {
        check_agreement(
            Setup::default(),
            || config().kx_groups(&[group]),
            |agreed| assert_eq!(agreed.group, group.as_u16()),
        );
        check_agreement(
            Setup { group: Some(group.as_u16()), ..Setup::default() },
            config,
            |agreed| assert_eq!(agreed.group, group.as_u16()),
        );
    }
}

#[test]
fn certificates_of_both_curves_meet() {
    for ours in ["P-256", "P-384"] {
        for theirs in ["P-256", "P-384"] {
            check_agreement(Setup { ours, theirs, ..Setup::default() }, config, |_| {});
        }
    }
}

#[test]
fn a_server_may_ask_for_a_cookie_or_for_none() {
    for version in [Version::Only12, Version::Only13, Version::Both] {
        for cookie in [false, true] {
            check_agreement(
                Setup { version, cookie, ..Setup::default() },
                || config().use_server_cookie(cookie),
                |_| {},
            );
        }
    }
}

#[test]
fn one_retry_asks_for_a_cookie_and_for_a_group() {
    check_agreement(
        Setup { cookie: true, group: Some(NamedGroup::Secp384r1.as_u16()), ..Setup::default() },
        config,
        |agreed| assert_eq!(agreed.group, NamedGroup::Secp384r1.as_u16()),
    );
}

#[test]
fn their_small_datagrams_are_joined() {
    check_agreement(Setup::default(), || config().mtu(300), |_| {});
}

#[test]
fn a_peer_of_either_version_or_both_is_served() {
    for version in [Version::Only12, Version::Only13, Version::Both] {
        check_agreement(
            Setup { version, ..Setup::default() },
            config,
            |agreed| assert_eq!(agreed.suite >> 8 == 0x13, version != Version::Only12),
        );
    }
}

#[test]
fn any_datagram_may_be_lost() {
    for lost in 0..8 {
        check_agreement(Setup { lost: Some(lost), ..Setup::default() }, config, |_| {});
    }
}

#[test]
fn any_datagram_may_come_twice() {
    for twice in 0..8 {
        check_agreement(Setup { twice: Some(twice), ..Setup::default() }, config, |_| {});
    }
}

#[test]
fn another_fingerprint_is_a_bad_certificate() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, stranger: true, ..Setup::default() };
        let end = Talk::start(&setup, config()).go_on_until(|_| false).unwrap_err();
        assert!(end.contains("alert: description=42"), "dimpl ended with {end}");
    }
}

#[test]
fn data_goes_both_ways_until_skiff_closes() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..Setup::default() };
        let mut talk = Talk::open(&setup, config()).unwrap();
        talk.dimpl.send_application_data(b"ahoy").unwrap();
        talk.go_on_until(|told| told.data == b"ahoy").unwrap();
        talk.dimpl.send_application_data(b"close").unwrap();
        talk.go_on_until(|told| told.closed).unwrap();
        assert!(talk.skiff.ends().success());
    }
}

#[test]
fn skiff_hears_that_dimpl_closes() {
    for skiff_calls in [false, true] {
        let setup = Setup { skiff_calls, ..Setup::default() };
        let mut talk = Talk::open(&setup, config()).unwrap();
        talk.dimpl.close().unwrap();
        talk.go_on_until(|_| true).unwrap();
        assert!(talk.skiff.ends().success());
    }
}
