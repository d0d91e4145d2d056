//! A guest of the benchmarks: handshakes of dimpl with itself, in memory, on aws-lc-rs, as it
//! comes.
//!
//!     dimpl shake 1.2|1.3 x25519|p256     answers each number on its input: microseconds of
//!                                         CPU for that many handshakes
//!     dimpl shake floor x25519|p256       the same for their public-key operations alone
//!     dimpl count 1.2|1.3                 datagrams of a handshake
//!     dimpl hold  1.2|1.3 FEW MANY        heap of a side, as the slope between them

use std::env;
use std::io::stdin;
use std::process::exit;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::agreement::{self, Algorithm, ECDH_P256, PrivateKey, X25519};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey,
};
use dimpl::certificate::generate_self_signed_certificate;
use dimpl::crypto::{Dtls12CipherSuite, Dtls13CipherSuite};
use dimpl::{Config, Dtls, DtlsCertificate, NamedGroup, Output};

const CERTIFICATES: usize = 64;
const MTU: usize = 1200;
const TURNS_MAX: usize = 40;

/// What all pairs share.
struct Fleet {
    config: Arc<Config>,
    new: fn(Arc<Config>, DtlsCertificate, Instant) -> Dtls,
    client: Vec<DtlsCertificate>,
    server: Vec<DtlsCertificate>,
    now: Instant,
}

/// One side; boxed, so that all of it lies on the heap.
struct End {
    dtls: Box<Dtls>,
    connected: bool,
    trusts: bool,
    keys: Vec<u8>,
}

/// A client and a server of one association.
struct Pair {
    ends: [End; 2],
    datagrams: usize,
}

impl Fleet {
    /// The same is asked of dimpl as of the others: peer.h says what.
    fn new(version: &str, group: &str) -> Fleet {
        let groups = [NamedGroup::X25519, NamedGroup::Secp256r1];
        let config = Config::builder()
            .mtu(MTU)
            .use_server_cookie(false)
            .kx_groups(if group == "p256" { &groups[1..] } else { &groups[..] })
            .dtls12_cipher_suites(&[Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256])
            .dtls13_cipher_suites(&[Dtls13CipherSuite::AES_128_GCM_SHA256]);
        let certificates =
            || (0..CERTIFICATES).map(|_| generate_self_signed_certificate().unwrap()).collect();
        Fleet {
            config: Arc::new(config.build().unwrap()),
            new: if version == "1.3" { Dtls::new_13 } else { Dtls::new_12 },
            client: certificates(),
            server: certificates(),
            now: Instant::now(),
        }
    }

    fn end(&self, certificate: &DtlsCertificate, active: bool) -> End {
        let mut dtls = Box::new((self.new)(self.config.clone(), certificate.clone(), self.now));
        dtls.set_active(active);
        dtls.handle_timeout(self.now).unwrap();
        End { dtls, connected: false, trusts: false, keys: Vec::new() }
    }

    /// A pair, once both ends have the same keys for SRTP. Those are not kept.
    fn open(&self, turn: usize) -> Pair {
        let client = self.end(&self.client[turn % CERTIFICATES], true);
        let server = self.end(&self.server[turn % CERTIFICATES], false);
        let mut pair = Pair { ends: [client, server], datagrams: 0 };
        let mut said = true;
        for _ in 0..TURNS_MAX {
            if !said && pair.ends.iter().all(|e| e.connected) {
                break;
            }
            said = pair.carry(0, 1) | pair.carry(1, 0);
        }
        assert!(pair.ends.iter().all(|e| e.connected && e.trusts), "not connected");
        assert!(pair.ends[0].keys.len() > 0, "no keys for SRTP");
        assert_eq!(pair.ends[0].keys, pair.ends[1].keys);
        pair.ends.iter_mut().for_each(|e| e.keys = Vec::new());
        pair
    }
}

impl Pair {
    /// Lets one end say all that it has to say to the other.
    fn carry(&mut self, from: usize, to: usize) -> bool {
        let mut bytes = [0; 2048];
        let mut said = false;
        loop {
            let end = &mut self.ends[from];
            match end.dtls.poll_output(&mut bytes) {
                Output::Packet(datagram) => {
                    let len = datagram.len();
                    self.datagrams += 1;
                    said = true;
                    self.ends[to].dtls.handle_packet(&bytes[..len]).unwrap();
                }
                Output::Connected => end.connected = true,
                Output::PeerCert(_) => end.trusts = true,
                Output::KeyingMaterial(keys, _) => end.keys = keys.to_vec(),
                Output::Timeout(_) => return said,
                _ => panic!("what comes out is not of a handshake"),
            }
        }
    }
}

/// What the public keys of a handshake take by aws-lc: keys are loaded before.
struct Floor {
    random: SystemRandom,
    signer: EcdsaKeyPair,
    verifier: ParsedPublicKey,
    signature: Vec<u8>,
    group: &'static Algorithm,
    ours: PrivateKey,
    theirs: agreement::ParsedPublicKey,
}

impl Floor {
    const SIGNED: [u8; 32] = [9; 32];

    fn new(group: &str) -> Floor {
        let random = SystemRandom::new();
        let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let group = if group == "p256" { &ECDH_P256 } else { &X25519 };
        let theirs = PrivateKey::generate(group).unwrap().compute_public_key().unwrap();
        Floor {
            verifier: ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.public_key()).unwrap(),
            signature: signer.sign(&random, &Self::SIGNED).unwrap().as_ref().to_vec(),
            ours: PrivateKey::generate(group).unwrap(),
            theirs: agreement::UnparsedPublicKey::new(group, theirs).try_into().unwrap(),
            random,
            signer,
            group,
        }
    }

    /// Two of each: both sides sign, verify, make a share and derive a secret.
    fn run(&self) {
        for _ in 0..2 {
            self.signer.sign(&self.random, &Self::SIGNED).unwrap();
            self.verifier.verify_sig(&Self::SIGNED, &self.signature).unwrap();
            PrivateKey::generate(self.group).unwrap().compute_public_key().unwrap();
            agreement::agree(&self.ours, self.theirs.clone(), (), |_| Ok(())).unwrap();
        }
    }
}

fn cpu_micros() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Bytes that are in use of glibc's heap, for Rust and for what is C in aws-lc.
fn live() -> f64 {
    let info = unsafe { libc::mallinfo2() };
    (info.uordblks + info.hblkhd) as f64
}

fn shake(handshake: impl Fn(usize)) {
    for line in stdin().lines() {
        let num: usize = line.unwrap().trim().parse().unwrap();
        let begun = cpu_micros();
        for turn in 0..num {
            handshake(turn);
        }
        println!("{:.1}", cpu_micros() - begun);
    }
}

fn count(fleet: &Fleet, name: &str) {
    let datagrams: usize = (0..CERTIFICATES).map(|turn| fleet.open(turn).datagrams).sum();
    println!("{name}_datagrams {:.1}", datagrams as f64 / CERTIFICATES as f64);
}

fn hold(fleet: &Fleet, name: &str, few: usize, many: usize) {
    let mut pairs = Vec::with_capacity(many);
    pairs.extend((0..few).map(|turn| fleet.open(turn)));
    let at_few = live();
    pairs.extend((few..many).map(|turn| fleet.open(turn)));
    println!("{name}_heap_bytes {:.0}", (live() - at_few) / (2 * (many - few)) as f64);
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["shake", "floor", group] => {
            let floor = Floor::new(group);
            shake(|_| floor.run());
        }
        ["shake", version, group] => {
            let fleet = Fleet::new(version, group);
            shake(|turn| drop(fleet.open(turn)));
        }
        ["count", version] => {
            count(&Fleet::new(version, "x25519"), &format!("dimpl{}", version.replace('.', "")))
        }
        ["hold", version, few, many] => {
            let name = if version == "1.3" { "dimpl13" } else { "dimpl" };
            let fleet = Fleet::new(version, "x25519");
            hold(&fleet, name, few.parse().unwrap(), many.parse().unwrap());
        }
        _ => {
            eprintln!("usage: dimpl shake VERSION GROUP | count VERSION | hold VERSION FEW MANY");
            exit(2);
        }
    }
}
