//! Registries for tests: a real one, and one that lies.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than a registry takes to start on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A registry of its own, which ends when this is dropped.
#[derive(Debug)]
pub struct Registry {
    /// Where it listens, as `127.0.0.1:40000`.
    pub host: String,
    child: Child,
}

/// What a registry asks of who speaks to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guarded<'a> {
    /// The file of those who may log in, as htpasswd writes it.
    pub users: Option<&'a Path>,
    /// The files of a certificate and its key.
    pub certificate: Option<(&'a Path, &'a Path)>,
}

impl Registry {
    /// Starts a registry that keeps what it has in a folder; none if none is installed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(folder: &Path, guarded: Guarded<'_>) -> Option<Self> {
        let program = ["docker-registry", "registry"].into_iter().find(|name| is_installed(name))?;
        // A port that is free now may be taken before the registry has it.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).ok()?.port();
            let host = format!("127.0.0.1:{port}");
            let file = folder.join(format!("registry-{port}.yml"));
            fs::write(&file, configuration(folder, &host, guarded)).expect("the folder can be written");
            let log = fs::File::create(folder.join(format!("registry-{port}.log")))
                .expect("the folder can be written");
            let mut command = Command::new(program);
            command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            let child = command.spawn().expect("the registry can be started");
            let mut registry = Self { host, child };
            if registry.answers() {
                return Some(registry);
            }
        }
        panic!("the registry does not start; {} has its logs", folder.display())
    }

    fn answers(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if self.child.try_wait().expect("a child can be waited for").is_some() {
                return false;
            }
            if TcpStream::connect(&self.host).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path, host: &str, guarded: Guarded<'_>) -> String {
    let folder = folder.join("kept");
    let mut text = format!(
        "version: 0.1\nlog: {{ level: warn }}\nstorage:\n  filesystem: {{ rootdirectory: {folder:?} }}\nhttp:\n  addr: {host}\n  secret: none\n"
    );
    if let Some((certificate, key)) = guarded.certificate {
        text += &format!("  tls: {{ certificate: {certificate:?}, key: {key:?} }}\n");
    }
    if let Some(users) = guarded.users {
        text += &format!("auth:\n  htpasswd: {{ realm: tests, path: {users:?} }}\n");
    }
    text
}

/// Whether a program can be started.
pub fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// A registry that answers what a test says.
#[derive(Debug)]
pub struct Liar {
    /// Where it listens.
    pub host: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// A request as it was heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// `GET /v2/…`
    pub line: String,
    /// What was said of who asks, if anything.
    pub authorization: Option<String>,
}

/// How an answer goes on after what was given of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It is over.
    Here,
    /// With the same bytes again and again, for as long as somebody reads.
    Never,
    /// With a byte now and then.
    Slowly,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `200 OK`
    pub status: &'static str,
    /// Lines such as `Content-Type: text/html`.
    pub headers: Vec<String>,
    /// The first bytes of the body.
    pub body: Vec<u8>,
    /// What follows.
    pub ends: Ends,
}

impl Answer {
    /// An answer with a status and a body.
    pub fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ends: Ends::Here }
    }

    /// The same with a further line.
    pub fn with(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }

    /// The same with another end.
    pub fn ending(self, ends: Ends) -> Self {
        Self { ends, ..self }
    }
}

impl Liar {
    /// Starts one. It is asked with the line of the request and what was said of who asks, and goes on for as long as the tests run.
    ///
    /// # Panics
    ///
    /// If this machine has no port left.
    pub fn start(answer: impl Fn(&Heard, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let host = listener.local_addr().expect("it listens").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept, own) = (Arc::new(answer), Arc::clone(&heard), host.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, kept, own) = (Arc::clone(&answer), Arc::clone(&kept), own.clone());
                thread::spawn(move || serve(&stream, &kept, |heard| answer(heard, &own)));
            }
        });
        Self { host, heard }
    }

    /// What it was asked.
    ///
    /// # Panics
    ///
    /// If answering panicked.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("answering does not panic").clone()
    }
}

/// Answers one request.
fn serve(mut stream: &TcpStream, kept: &Mutex<Vec<Heard>>, answer: impl Fn(&Heard) -> Answer) {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    if lines.read_line(&mut line).is_err() || line.is_empty() {
        return;
    }
    let mut heard =
        Heard { line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(), authorization: None };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).is_err() || line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "authorization" => heard.authorization = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let _ = lines.take(length).read_to_end(&mut Vec::new());
    kept.lock().expect("answering does not panic").push(heard.clone());
    let Answer { status, headers, body, ends } = answer(&heard);
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    let says = |name: &str| headers.iter().any(|header| header.to_ascii_lowercase().starts_with(name));
    if ends == Ends::Here && !says("content-length") {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    // Who asked may have heard enough at any point.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
    match ends {
        Ends::Here => {}
        Ends::Never => while stream.write_all(&body).is_ok() {},
        Ends::Slowly => {
            while stream.write_all(b" ").is_ok() {
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// A certificate authority and a certificate of it for this machine: the files `ca.pem`, `server.pem` and `server.key` in a folder.
///
/// # Panics
///
/// If openssl fails.
pub fn certificates(folder: &Path) -> [PathBuf; 3] {
    let [ca, ca_key, request, server, key, names] =
        ["ca.pem", "ca.key", "server.csr", "server.pem", "server.key", "names"].map(|name| folder.join(name));
    fs::write(&names, "subjectAltName=IP:127.0.0.1,DNS:localhost\n").expect("the folder can be written");
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"].map(OsStr::new);
    let run = |args: &[&OsStr]| {
        let ran = Command::new("openssl").args(args).output().expect("openssl can be started");
        assert!(ran.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    let text = OsStr::new;
    let made = [
        text("req"),
        text("-x509"),
        text("-days"),
        text("2"),
        text("-subj"),
        text("/CN=tests"),
        text("-keyout"),
        ca_key.as_ref(),
        text("-out"),
        ca.as_ref(),
    ];
    run(&[&made[..], &curve[..]].concat());
    let asked = [
        text("req"),
        text("-subj"),
        text("/CN=registry"),
        text("-keyout"),
        key.as_ref(),
        text("-out"),
        request.as_ref(),
    ];
    run(&[&asked[..], &curve[..]].concat());
    run(&[
        text("x509"),
        text("-req"),
        text("-days"),
        text("2"),
        text("-in"),
        request.as_ref(),
        text("-CA"),
        ca.as_ref(),
        text("-CAkey"),
        ca_key.as_ref(),
        text("-CAcreateserial"),
        text("-extfile"),
        names.as_ref(),
        text("-out"),
        server.as_ref(),
    ]);
    [ca, server, key]
}
