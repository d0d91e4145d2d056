//! Lets skiff speak with BoringSSL over UDP on the loopback.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use boring::error::ErrorStack;
use boring::pkey::PKey;
use boring::ssl::{
    self, ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSession,
    SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion,
};
use boring::x509::X509;
use boring_sys as ffi;
use foreign_types::ForeignTypeRef;
pub use skiff_end::{Agreed, Setup, Version};
use skiff_end::{Certificate, GLANCE, PATIENCE, Skiff, hexadecimal};

const RETRANSMIT_MS: u32 = 100;

/// What BoringSSL shall offer or take, in its own words.
#[derive(Clone)]
pub struct Offer {
    pub groups: &'static str,
    /// Of DTLS 1.2.
    pub ciphers: &'static str,
    pub profiles: &'static str,
    pub mtu: u32,
}

impl Default for Offer {
    fn default() -> Self {
        Offer {
            groups: "X25519:P-256:P-384",
            ciphers: "ECDHE+AESGCM:ECDHE+CHACHA20",
            profiles: "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80",
            mtu: 1200,
        }
    }
}

/// The way to skiff as BoringSSL wants it: one datagram for each call.
struct Wire(Skiff);

impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let datagram = self.0.hear(GLANCE).ok_or(io::ErrorKind::WouldBlock)?;
        bytes[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }
}

impl Write for Wire {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.0.send(datagram);
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What BoringSSL has told, and what skiff says of the handshake.
#[derive(Default)]
pub struct Told {
    pub agreed: Option<Agreed>,
    pub connected: bool,
    pub closed: bool,
    pub data: Vec<u8>,
}

type Ticket = Arc<Mutex<Option<SslSession>>>;

/// Both ends of a setup.
pub struct Talk {
    pub told: Told,
    stream: SslStream<Wire>,
    skiff_calls: bool,
    context: SslContext,
    ticket: Ticket,
}

/// BoringSSL takes any certificate, and wants one.
fn context_of(
    setup: &Setup,
    offer: &Offer,
    shown: &Certificate,
) -> Result<SslContextBuilder, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::dtls())?;
    let (oldest, newest) = match setup.version {
        Version::Only12 => (SslVersion::DTLS1_2, SslVersion::DTLS1_2),
        Version::Only13 => (SslVersion::DTLS1_3, SslVersion::DTLS1_3),
        Version::Both => (SslVersion::DTLS1_2, SslVersion::DTLS1_3),
    };
    context.set_min_proto_version(Some(oldest))?;
    context.set_max_proto_version(Some(newest))?;
    context.set_options(SslOptions::NO_QUERY_MTU);
    context.set_certificate(X509::from_der(&shown.der)?.as_ref())?;
    context.set_private_key(PKey::private_key_from_pem(&shown.key)?.as_ref())?;
    let verify = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    context.set_verify_callback(verify, |_, _| true);
    context.set_cipher_list(offer.ciphers)?;
    context.set_curves_list(offer.groups)?;
    context.set_tlsext_use_srtp(offer.profiles)?;
    Ok(context)
}

fn end_of(context: &SslContext, mtu: u32, ticket: Option<SslSession>) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(mtu)?;
    // SAFETY: the handle is alive, and this only sets a number in it.
    unsafe { ffi::DTLSv1_set_initial_timeout_duration(ssl.as_ptr(), RETRANSMIT_MS) };
    if let Some(ticket) = ticket {
        // SAFETY: the ticket came to an end of the same context.
        unsafe { ssl.set_session(&ticket)? };
    }
    Ok(ssl)
}

/// Keeps the latest ticket that a client is given.
fn keep_tickets(context: &mut SslContextBuilder) -> Ticket {
    let kept = Ticket::default();
    let latest = kept.clone();
    context.set_session_cache_mode(SslSessionCacheMode::CLIENT);
    context.set_new_session_callback(move |_, ticket| *latest.lock().unwrap() = Some(ticket));
    kept
}

impl Talk {
    pub fn start(setup: &Setup, offer: &Offer) -> Talk {
        let shown = Certificate::of(setup.theirs);
        let wire = Wire(Skiff::start(setup, &shown));
        let mut context = context_of(setup, offer, &shown).unwrap();
        context.set_session_id_context(b"talks").unwrap();
        let ticket = keep_tickets(&mut context);
        let context = context.build();
        let ssl = end_of(&context, offer.mtu, None).unwrap();
        let stream = SslStream::new(ssl, wire).unwrap();
        Talk { told: Told::default(), stream, skiff_calls: setup.skiff_calls, context, ticket }
    }

    /// The next association of the same two; a client offers its ticket.
    pub fn again(mut self, setup: &Setup, offer: &Offer) -> Result<Talk, String> {
        self.stream.get_mut().0.trouble(setup.lost, setup.twice);
        let Talk { stream, context, ticket, skiff_calls, .. } = self;
        let offered = ticket.lock().unwrap().take();
        let ssl = end_of(&context, offer.mtu, offered).unwrap();
        let stream = SslStream::new(ssl, stream.into_inner()).unwrap();
        let mut talk = Talk { told: Told::default(), stream, skiff_calls, context, ticket };
        talk.connect()?;
        Ok(talk)
    }

    pub fn has_ticket(&self) -> bool {
        self.ticket.lock().unwrap().is_some()
    }

    /// Both ends, once they are connected.
    pub fn open(setup: &Setup, offer: &Offer) -> Result<Talk, String> {
        let mut talk = Talk::start(setup, offer);
        talk.connect()?;
        Ok(talk)
    }

    fn connect(&mut self) -> Result<(), String> {
        self.go_on_until(|talk| talk.told.connected && talk.told.agreed.is_some())
    }

    /// Lets BoringSSL listen and speak until there is enough.
    pub fn go_on_until(&mut self, enough: impl Fn(&Talk) -> bool) -> Result<(), String> {
        let late = Instant::now() + PATIENCE;
        loop {
            let says = self.stream.get_ref().0.says();
            self.told.agreed = self.told.agreed.take().or(says);
            if enough(self) {
                return Ok(());
            }
            if Instant::now() >= late {
                return Err("both waited in vain".to_string());
            }
            match self.step() {
                Err(e) if e.code() == ErrorCode::ZERO_RETURN => self.told.closed = true,
                Err(e) if e.code() != ErrorCode::WANT_READ => return Err(e.to_string()),
                _ => {}
            }
        }
    }

    fn step(&mut self) -> Result<(), ssl::Error> {
        // SAFETY: the handle is alive; without a timer that is due nothing happens.
        unsafe { ffi::DTLSv1_handle_timeout(self.stream.ssl().as_ptr()) };
        if self.told.connected {
            let mut bytes = [0; 2048];
            let len = self.stream.ssl_read(&mut bytes)?;
            self.told.data = bytes[..len].to_vec();
        } else if self.skiff_calls {
            self.told.connected = self.stream.accept().map(|_| true)?;
        } else {
            self.told.connected = self.stream.connect().map(|_| true)?;
        }
        Ok(())
    }

    pub fn send(&mut self, data: &[u8]) {
        self.told.data.clear();
        assert_eq!(self.stream.ssl_write(data).unwrap(), data.len());
    }

    /// Whether skiff has acknowledged all that BoringSSL said.
    pub fn is_idle(&self) -> bool {
        // SAFETY: the handle is alive.
        unsafe { ffi::SSL_is_dtls_handshake_idle(self.stream.ssl().as_ptr()) == 1 }
    }

    /// Asks skiff for new keys and takes new ones (RFC 9147 section 8).
    pub fn update_keys(&mut self) {
        let ssl = self.stream.ssl().as_ptr();
        // SAFETY: the handle is alive and connected.
        assert_eq!(unsafe { ffi::SSL_key_update(ssl, ffi::SSL_KEY_UPDATE_REQUESTED) }, 1);
    }

    /// The epochs that BoringSSL hears and speaks in.
    pub fn epochs(&self) -> (u16, u16) {
        let ssl = self.stream.ssl().as_ptr();
        // SAFETY: the handle is alive.
        unsafe { (ffi::SSL_get_dtls_read_epoch(ssl), ffi::SSL_get_dtls_write_epoch(ssl)) }
    }

    pub fn close(&mut self) {
        self.stream.shutdown().unwrap();
    }

    /// What BoringSSL thinks was agreed, in skiff's words.
    pub fn theirs(&self) -> Agreed {
        let ssl = self.stream.ssl();
        let ours = self.told.agreed.as_ref().unwrap();
        let mut keys = vec![0; ours.keys.len() / 2];
        ssl.export_keying_material(&mut keys, "EXTRACTOR-dtls_srtp", None).unwrap();
        Agreed {
            suite: ssl.current_cipher().unwrap().protocol_id(),
            group: ssl.curve().unwrap(),
            profile: ssl.selected_srtp_profile().unwrap().id().as_raw() as u16,
            keys: hexadecimal(&keys),
            resumed: ssl.session_reused(),
        }
    }

    /// How skiff's program ended.
    pub fn skiff_ends(&mut self) -> bool {
        self.stream.get_mut().0.ends().success()
    }
}
