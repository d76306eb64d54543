//! Running the binary, and asking a server of it over HTTP.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_interviewer");

/// An interview that is quick to walk through.
const PLAN: &str = r#"
id: quick
title: Quick
role: tester
opening: Let us begin.
closing: Goodbye.
questions:
  - {id: first, competency: C, text: What did you build?, rephrase: What was it?, pause_budget_ms: 8000}
  - {id: second, competency: C, text: Which fault was hard to find?, rephrase: Which one?, pause_budget_ms: 8000}
  - {id: third, competency: C, text: What did you learn?, rephrase: What was new?}
"#;

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It failed with one line that has all of `named` in it, and nothing else.
    #[track_caller]
    pub(crate) fn failed_in_one_line(&self, named: &[&str]) {
        let lines: Vec<_> = self.err.lines().filter(|line| *line != "loading the models ...").collect();
        assert!(self.code == 1 && lines.len() == 1 && lines[0].starts_with("error: "), "{self:?}");
        assert!(named.iter().all(|named| lines[0].contains(named)), "{named:?} in {self:?}");
    }
}

pub(crate) fn interviewer(args: &[&str]) -> Ran {
    ran(Command::new(BINARY).args(args))
}

pub(crate) fn interviewer_with_cache(cache: &Path, args: &[&str]) -> Ran {
    ran(Command::new(BINARY).args(args).env("INTERVIEWER_CACHE_DIR", cache))
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.env_remove("RUST_LOG").stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// `text`, spoken: 16 kHz mono, 16 bit.
pub(crate) fn spoken(text: &str) -> Vec<i16> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let ran = interviewer(&["speak", text, "--out", path.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    audio::decode::read(&path).unwrap().channels[0].iter().map(|sample| audio::wav::pcm16(*sample)).collect()
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {} {text}", self.status))
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) data: PathBuf,
    errors: PathBuf,
    settings: Vec<(String, String)>,
    own_folder: Arc<TempDir>,
}

impl Server {
    /// A server with a data folder of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Likewise, with these settings in its environment.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let plans = folder.path().join("data/plans");
        std::fs::create_dir_all(&plans).unwrap();
        std::fs::write(plans.join("quick.yaml"), PLAN).unwrap();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::on(folder, settings)
    }

    /// Another server on the same data, with the same settings.
    pub(crate) fn beside(&self) -> Self {
        Self::on(self.own_folder.clone(), self.settings.clone())
    }

    fn on(folder: Arc<TempDir>, settings: Vec<(String, String)>) -> Self {
        let (child, address) = launch(folder.path(), &settings);
        let (data, errors) = (folder.path().join("data"), folder.path().join("errors"));
        Self { child, address, data, errors, settings, own_folder: folder }
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it as a power cut would, and starts another on the same data.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        (self.child, self.address) = launch(self.own_folder.path(), &self.settings);
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// One request, written by hand, so that it may be as wrong as it likes.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (host, length) = (&self.address, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let kind = "Content-Type: application/json\r\n";
        let _ = write!(stream, "{head}{kind}Content-Length: {length}\r\n\r\n{body}");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, body: bytes[end + 4..].to_vec() }
    }

    /// A new interview by the quick plan; its id.
    pub(crate) fn create(&self) -> String {
        let made = self.ask("POST", "/api/interviews", &json!({"plan": "quick"}).to_string());
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn status(&self, id: &str) -> Value {
        self.get(&format!("/api/interviews/{id}")).json()["status"].clone()
    }

    pub(crate) fn file(&self, id: &str, name: &str) -> Answer {
        self.get(&format!("/api/interviews/{id}/files/{name}"))
    }

    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.data.join("interviews").join(id)
    }

    /// It still answers, and nothing inside it has panicked.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        assert_eq!(self.get("/healthz").status, 200);
        let errors = std::fs::read_to_string(&self.errors).unwrap();
        assert!(!errors.contains("panicked"), "{errors}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server on the data in `folder`, and waits until it says where it is.
fn launch(folder: &Path, settings: &[(String, String)]) -> (Child, String) {
    let errors = File::options().create(true).append(true).open(folder.join("errors")).unwrap();
    let mut child = Command::new(BINARY)
        .args(["serve", "--port", "0", "--data-dir", folder.join("data").to_str().unwrap()])
        .env_remove("RUST_LOG")
        .envs(settings.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    match line.trim().strip_prefix("interviewer is ready: http://") {
        Some(address) => (child, address.trim_end_matches('/').to_owned()),
        None => {
            let _ = child.kill();
            panic!("{line:?}: {}", std::fs::read_to_string(folder.join("errors")).unwrap())
        }
    }
}
