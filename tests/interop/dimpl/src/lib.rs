//! Lets skiff speak with dimpl over UDP on the loopback.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use dimpl::crypto::rust_crypto;
use dimpl::{Config, ConfigBuilder, Dtls, DtlsCertificate, Output};

const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look for what skiff says.
const GLANCE: Duration = Duration::from_millis(20);

/// What the two shall be.
#[derive(Clone)]
pub struct Setup {
    pub skiff_calls: bool,
    /// Skiff's server asks for a cookie first.
    pub cookie: bool,
    /// Skiff's only group, by its number.
    pub group: Option<u16>,
    /// The kinds of both certificates.
    pub ours: &'static str,
    pub theirs: &'static str,
    pub version: fn(Arc<Config>, DtlsCertificate, Instant) -> Dtls,
    /// The number of a datagram, from or to dimpl, that gets lost.
    pub lost: Option<usize>,
    /// The number of one that comes twice to dimpl, or goes twice to skiff.
    pub twice: Option<usize>,
    /// Skiff expects another fingerprint.
    pub stranger: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            skiff_calls: false,
            cookie: false,
            group: None,
            ours: "P-256",
            theirs: "P-256",
            version: Dtls::new_13,
            lost: None,
            twice: None,
            stranger: false,
        }
    }
}

/// What dimpl has told, and what skiff says of the handshake.
#[derive(Default)]
pub struct Told {
    pub agreed: Option<Agreed>,
    pub connected: bool,
    pub closed: bool,
    pub keys: String,
    pub data: Vec<u8>,
}

/// What skiff says of the handshake.
#[derive(Debug)]
pub struct Agreed {
    pub suite: u16,
    pub group: u16,
    pub profile: u16,
    pub keys: String,
}

impl Agreed {
    fn from(line: &str) -> Agreed {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [suite, group, profile, keys] = words[..] else {
            panic!("skiff says {line:?}");
        };
        Agreed {
            suite: suite.parse().unwrap(),
            group: group.parse().unwrap(),
            profile: profile.parse().unwrap(),
            keys: keys.to_string(),
        }
    }
}

/// Both ends of a setup.
pub struct Talk {
    pub dimpl: Dtls,
    pub told: Told,
    socket: UdpSocket,
    lost: Option<usize>,
    twice: Option<usize>,
    datagrams: usize,
    skiff: Child,
    says: Receiver<String>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.skiff.kill();
        let _ = self.skiff.wait();
    }
}

/// Dimpl's defaults, but for the primitives and for the patience.
pub fn config() -> ConfigBuilder {
    Config::builder()
        .with_crypto_provider(rust_crypto::default_provider())
        .flight_start_rto(Duration::from_millis(100))
}

fn certificate(kind: &str) -> (DtlsCertificate, String) {
    let made = format!("{}/{kind}", env::var("DIMPL_CERTIFICATES").unwrap());
    let der = fs::read(made.clone() + ".crt").unwrap();
    let key = fs::read(made.clone() + ".key").unwrap();
    let print = fs::read_to_string(made + ".print").unwrap();
    (DtlsCertificate { certificate: der, private_key: key }, print.trim().to_string())
}

fn start_skiff(setup: &Setup, port: u16, fingerprint: &str) -> Child {
    let role = match (setup.skiff_calls, setup.cookie) {
        (true, _) => "client",
        (false, true) => "server",
        (false, false) => "open-server",
    };
    Command::new(env::var("SKIFF_END").unwrap())
        .args([role, &port.to_string(), setup.ours, fingerprint])
        .args(setup.group.map(|g| g.to_string()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

impl Talk {
    pub fn start(setup: &Setup, config: ConfigBuilder) -> Talk {
        let (certificate, mut fingerprint) = certificate(setup.theirs);
        if setup.stranger {
            let last = if fingerprint.ends_with('0') { "1" } else { "0" };
            fingerprint.replace_range(fingerprint.len() - 1.., last);
        }
        let mut dimpl =
            (setup.version)(Arc::new(config.build().unwrap()), certificate, Instant::now());
        dimpl.set_active(!setup.skiff_calls);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut skiff = start_skiff(setup, socket.local_addr().unwrap().port(), &fingerprint);
        let says = lines_of(skiff.stdout.take().unwrap());
        let line = says.recv_timeout(PATIENCE).expect("skiff did not start");
        let port = line.strip_prefix("port ").unwrap();
        socket.connect(("127.0.0.1", port.parse().unwrap())).unwrap();
        let Setup { lost, twice, .. } = *setup;
        Talk { dimpl, told: Told::default(), socket, lost, twice, datagrams: 0, skiff, says }
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
            if let Ok(line) = self.says.try_recv() {
                self.told.agreed = Some(Agreed::from(&line));
            }
            if enough(&self.told) {
                return Ok(());
            }
            if Instant::now() >= late {
                return Err("both waited in vain".to_string());
            }
            self.listen(due).map_err(|e| e.to_string())?;
        }
    }

    /// How often the next datagram arrives.
    fn copies(&mut self) -> usize {
        let this = Some(self.datagrams);
        self.datagrams += 1;
        if this == self.lost { 0 } else { 1 + (this == self.twice) as usize }
    }

    /// Says what there is to say, and until when dimpl can wait.
    fn drain(&mut self) -> Instant {
        let mut bytes = vec![0; 2048];
        loop {
            match self.dimpl.poll_output(&mut bytes) {
                Output::Packet(packet) => {
                    let packet = packet.to_vec();
                    for _ in 0..self.copies() {
                        let _ = self.socket.send(&packet);
                    }
                }
                Output::Timeout(due) => return due,
                Output::Connected => self.told.connected = true,
                Output::CloseNotify => self.told.closed = true,
                Output::ApplicationData(data) => self.told.data = data.to_vec(),
                Output::KeyingMaterial(keys, _) => {
                    self.told.keys = keys.iter().map(|b| format!("{b:02x}")).collect();
                }
                _ => {}
            }
        }
    }

    fn listen(&mut self, due: Instant) -> Result<(), dimpl::Error> {
        let mut bytes = [0; 2048];
        let wait = due.saturating_duration_since(Instant::now());
        let wait = wait.clamp(Duration::from_millis(1), GLANCE);
        self.socket.set_read_timeout(Some(wait)).unwrap();
        match self.socket.recv(&mut bytes) {
            Ok(len) => {
                for _ in 0..self.copies() {
                    self.dimpl.handle_packet(&bytes[..len])?;
                }
            }
            Err(_) => {} // nothing in time, or skiff has gone
        }
        self.dimpl.handle_timeout(Instant::now())
    }

    /// How skiff's program ended.
    pub fn skiff_ends(&mut self) -> ExitStatus {
        self.skiff.wait().unwrap()
    }
}
