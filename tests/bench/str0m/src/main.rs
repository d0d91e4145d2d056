//! A server of the streams on str0m's SRTP, with aws-lc: streams/plan.h says what it knows without
//! being told.
//!
//!     str0m NAME PORT      prints its own port; forwards the publisher's packets to the watchers,
//!                          all at one port
//!
//! str0m has no SRTP for others than itself. What its own tests have of it protects and does not
//! open, so that the publisher's payload is forwarded as it came, a five hundredth of the work left
//! out; and nothing of str0m is here but its SRTP.
use std::io::{Error, Result};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use str0m::_internal_test_exports::TestSrtp;
use str0m::crypto::dtls::{KeyingMaterial, SrtpProfile};
use str0m::crypto::from_feature_flags;
use str0m::rtp::{ExtensionMap, RtpHeader};

const WATCHERS: u32 = 500;
const KEY: usize = 28;
const MASTER: usize = 16;
const FIRST: u32 = 0x7f01_0001;
const SSRC: u32 = 0x0100_0007;
const HEADER: usize = 12;
const TAG: usize = 16;

struct Watcher {
    address: SocketAddr,
    srtp: TestSrtp,
}

/// The keys of both directions (RFC 5764 section 4.2), which are the same.
fn keys(which: u32) -> Vec<u8> {
    let mut key: Vec<u8> = (0..KEY).map(|i| (7 * i + 1) as u8).collect();
    key[0] = (which >> 8) as u8;
    key[1] = which as u8;
    let (master, salt) = key.split_at(MASTER);
    [master, master, salt, salt].concat()
}

fn watchers(port: u16) -> Vec<Watcher> {
    let crypto = from_feature_flags();
    (0..WATCHERS)
        .map(|i| Watcher {
            address: SocketAddr::from((Ipv4Addr::from(FIRST + i), port)),
            srtp: TestSrtp::new(
                &crypto,
                SrtpProfile::AEAD_AES_128_GCM,
                &KeyingMaterial::new(&keys(i)),
            ),
        })
        .collect()
}

fn main() -> Result<()> {
    let port = std::env::args().nth(2).and_then(|text| text.parse().ok());
    let port = port.ok_or_else(|| Error::other("usage: str0m NAME PORT"))?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut watchers = watchers(port);
    let extensions = ExtensionMap::empty();
    let mut read = [0; 2048];

    println!("{}", socket.local_addr()?.port());
    loop {
        let num = socket.recv(&mut read)?;
        let Some(mut header) = RtpHeader::_parse(&read[..num], &extensions) else {
            continue;
        };
        header.ssrc = SSRC.into();
        header.has_extension = true; // str0m writes one, of no bytes, in any case
        let payload = &read[HEADER..num - TAG];
        let sequence = header.sequence_number.into();
        for to in &mut watchers {
            let sealed = to
                .srtp
                .protect(header.clone(), sequence, payload, &extensions);
            socket.send_to(&sealed, to.address)?;
        }
    }
}
