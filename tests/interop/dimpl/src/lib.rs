//! Lets skiff speak with dimpl over UDP on the loopback.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::crypto::rust_crypto;
use dimpl::{Config, ConfigBuilder, Dtls, DtlsCertificate, Output};
pub use skiff_end::{Agreed, Setup, Version};
use skiff_end::{Certificate, GLANCE, PATIENCE, Skiff, hexadecimal};

/// What dimpl has told, and what skiff says of the handshake.
#[derive(Default)]
pub struct Told {
    pub agreed: Option<Agreed>,
    pub connected: bool,
    pub closed: bool,
    pub keys: String,
    pub data: Vec<u8>,
}

/// Both ends of a setup.
pub struct Talk {
    pub dimpl: Dtls,
    pub skiff: Skiff,
    pub told: Told,
}

/// Dimpl's defaults, but for the primitives and for the patience.
pub fn config() -> ConfigBuilder {
    Config::builder()
        .with_crypto_provider(rust_crypto::default_provider())
        .flight_start_rto(Duration::from_millis(100))
}

fn end_of(version: Version) -> fn(Arc<Config>, DtlsCertificate, Instant) -> Dtls {
    match version {
        Version::Only12 => Dtls::new_12,
        Version::Only13 => Dtls::new_13,
        Version::Both => Dtls::new_auto,
    }
}

impl Talk {
    pub fn start(setup: &Setup, config: ConfigBuilder) -> Talk {
        let theirs = Certificate::of(setup.theirs);
        let skiff = Skiff::start(setup, &theirs);
        let certificate = DtlsCertificate { certificate: theirs.der, private_key: theirs.key };
        let config = Arc::new(config.build().unwrap());
        let mut dimpl = end_of(setup.version)(config, certificate, Instant::now());
        dimpl.set_active(!setup.skiff_calls);
        Talk { dimpl, skiff, told: Told::default() }
    }

    /// Both ends, once they are connected.
    pub fn open(setup: &Setup, config: ConfigBuilder) -> Result<Talk, String> {
        let mut talk = Talk::start(setup, config);
        talk.go_on_until(|told| told.connected && told.agreed.is_some())?;
        Ok(talk)
    }

    /// Lets dimpl listen and speak until it has told enough.
    pub fn go_on_until(&mut self, enough: fn(&Told) -> bool) -> Result<(), String> {
        let late = Instant::now() + PATIENCE;
        self.dimpl.handle_timeout(Instant::now()).map_err(|e| e.to_string())?;
        loop {
            let due = self.drain();
            self.told.agreed = self.told.agreed.take().or_else(|| self.skiff.says());
            if enough(&self.told) {
                return Ok(());
            }
            if Instant::now() >= late {
                return Err("both waited in vain".to_string());
            }
            self.listen(due).map_err(|e| e.to_string())?;
        }
    }

    /// Says what there is to say, and until when dimpl can wait.
    fn drain(&mut self) -> Instant {
        let mut bytes = vec![0; 2048];
        loop {
            match self.dimpl.poll_output(&mut bytes) {
                Output::Packet(packet) => self.skiff.send(packet),
                Output::Timeout(due) => return due,
                Output::Connected => self.told.connected = true,
                Output::CloseNotify => self.told.closed = true,
                Output::ApplicationData(data) => self.told.data = data.to_vec(),
                Output::KeyingMaterial(keys, _) => self.told.keys = hexadecimal(&keys),
                _ => {}
            }
        }
    }

    fn listen(&mut self, due: Instant) -> Result<(), dimpl::Error> {
        let wait = due.saturating_duration_since(Instant::now());
        if let Some(datagram) = self.skiff.hear(wait.clamp(Duration::from_millis(1), GLANCE)) {
            self.dimpl.handle_packet(&datagram)?;
        }
        self.dimpl.handle_timeout(Instant::now())
    }
}
