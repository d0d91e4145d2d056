//! Skiff's program behind a UDP socket on the loopback, and what a peer needs to meet it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long a peer waits for skiff.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look for what skiff says.
pub const GLANCE: Duration = Duration::from_millis(20);

/// What the peer speaks; skiff speaks both.
#[derive(Clone, Copy, PartialEq)]
pub enum Version {
    Only12,
    Only13,
    Both,
}

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
    pub version: Version,
    /// The number of a datagram, from or to skiff, that gets lost.
    pub lost: Option<usize>,
    /// The number of one that comes twice.
    pub twice: Option<usize>,
    /// Skiff expects another fingerprint.
    pub stranger: bool,
    /// Associations of skiff's one after the other, with tickets when there are several.
    pub rounds: u8,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            skiff_calls: false,
            cookie: false,
            group: None,
            ours: "P-256",
            theirs: "P-256",
            version: Version::Only13,
            lost: None,
            twice: None,
            stranger: false,
            rounds: 1,
        }
    }
}

/// What the peer shows.
pub struct Certificate {
    pub der: Vec<u8>,
    pub key: Vec<u8>,
    fingerprint: String,
}

impl Certificate {
    /// One that was made for the tests.
    pub fn of(kind: &str) -> Certificate {
        let made = format!("{}/{kind}", env::var("SKIFF_CERTIFICATES").unwrap());
        let der = fs::read(made.clone() + ".crt").unwrap();
        let key = fs::read(made.clone() + ".key").unwrap();
        let print = fs::read_to_string(made + ".print").unwrap();
        Certificate { der, key, fingerprint: print.trim().to_string() }
    }

    fn another_fingerprint(&self) -> String {
        let mut print = self.fingerprint.clone();
        let last = if print.ends_with('0') { "1" } else { "0" };
        print.replace_range(print.len() - 1.., last);
        print
    }
}

/// What skiff says of the handshake.
#[derive(Debug, PartialEq)]
pub struct Agreed {
    pub suite: u16,
    pub group: u16,
    pub profile: u16,
    pub keys: String,
    pub resumed: bool,
}

impl Agreed {
    fn from(line: &str) -> Agreed {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [suite, group, profile, keys, resumed] = words[..] else {
            panic!("skiff says {line:?}");
        };
        Agreed {
            suite: suite.parse().unwrap(),
            group: group.parse().unwrap(),
            profile: profile.parse().unwrap(),
            keys: keys.to_string(),
            resumed: resumed == "1",
        }
    }
}

/// Skiff, and the way to it.
pub struct Skiff {
    socket: UdpSocket,
    child: Child,
    says: Receiver<String>,
    lost: Option<usize>,
    twice: Option<usize>,
    datagrams: usize,
    again: Option<Vec<u8>>,
}

impl Drop for Skiff {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_program(setup: &Setup, port: u16, theirs: &Certificate) -> Child {
    let role = match (setup.skiff_calls, setup.cookie) {
        (true, _) => "client",
        (false, true) => "server",
        (false, false) => "open-server",
    };
    let fingerprint =
        if setup.stranger { theirs.another_fingerprint() } else { theirs.fingerprint.clone() };
    Command::new(env::var("SKIFF_END").unwrap())
        .args([role, &port.to_string(), setup.ours, &fingerprint])
        .args([&setup.group.unwrap_or(0).to_string(), "-1", &setup.rounds.to_string()])
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

impl Skiff {
    pub fn start(setup: &Setup, theirs: &Certificate) -> Skiff {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut child = start_program(setup, socket.local_addr().unwrap().port(), theirs);
        let says = lines_of(child.stdout.take().unwrap());
        let line = says.recv_timeout(PATIENCE).expect("skiff did not start");
        let port = line.strip_prefix("port ").unwrap();
        socket.connect(("127.0.0.1", port.parse().unwrap())).unwrap();
        let Setup { lost, twice, .. } = *setup;
        Skiff { socket, child, says, lost, twice, datagrams: 0, again: None }
    }

    /// Counts datagrams from now on.
    pub fn trouble(&mut self, lost: Option<usize>, twice: Option<usize>) {
        (self.lost, self.twice, self.datagrams) = (lost, twice, 0);
    }

    /// How often the next datagram arrives.
    fn copies(&mut self) -> usize {
        let this = Some(self.datagrams);
        self.datagrams += 1;
        if this == self.lost { 0 } else { 1 + (this == self.twice) as usize }
    }

    pub fn send(&mut self, datagram: &[u8]) {
        for _ in 0..self.copies() {
            let _ = self.socket.send(datagram);
        }
    }

    /// A datagram of skiff's; none when none came in time, or skiff has gone.
    pub fn hear(&mut self, wait: Duration) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 2048];
        if self.again.is_some() {
            return self.again.take();
        }
        self.socket.set_read_timeout(Some(wait)).unwrap();
        let len = self.socket.recv(&mut bytes).ok()?;
        bytes.truncate(len);
        let copies = self.copies();
        if copies == 2 {
            self.again = Some(bytes.clone());
        }
        (copies > 0).then_some(bytes)
    }

    /// What skiff says of the handshake, once it is connected.
    pub fn says(&self) -> Option<Agreed> {
        self.says.try_recv().ok().map(|line| Agreed::from(&line))
    }

    /// How skiff's program ended.
    pub fn ends(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
