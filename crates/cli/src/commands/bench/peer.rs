//! Another project, measured beside ours: a Python script in an environment of its own, one JSON object a line in and
//! out, one request at a time, so that ours and theirs take turns on the same work.
//!
//! The first line that a script writes is its hello, an object with `versions`; then it answers each request with an
//! object, or with `{"error": "…"}`. Whatever else happens (it dies, writes something else, or is silent for too long)
//! is an error here and ends the peer.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::NamedTempFile;

/// How long a peer may take to load its model or to answer one request.
const PATIENCE: Duration = Duration::from_secs(300);
const SETUP: &str = "run \"bench/peers/setup\" in the repository (or make bench-peers)";

/// A peer that is running; it ends when this is dropped.
pub(super) struct Peer {
    name: String,
    process: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
    versions: String,
    patience: Duration,
}

impl Peer {
    /// Starts `script` (Python text, of the file `name` in bench/peers) with `arguments`, held to `threads` threads.
    ///
    /// # Errors
    /// When the peers are not installed, with the command that does it, or when the script does not say hello.
    pub(super) fn start(name: &str, script: &str, arguments: &[&str], threads: usize) -> Result<Self> {
        let python = assets::cache_dir()?.join("peers/bin/python");
        ensure!(python.is_file(), "the peers are not installed ({} is missing); {SETUP}", python.display());
        let mut command = Command::new(python);
        command.args(["-c", script]).args(arguments);
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(variable, threads.to_string());
        }
        Self::spawn(name, command, PATIENCE)
    }

    fn spawn(name: &str, mut command: Command, patience: Duration) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("the peer {name} could not be started; {SETUP}"))?;
        let (requests, output) = process.stdin.take().zip(process.stdout.take()).context("a pipe is missing")?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        let mut peer = Self { name: name.to_owned(), process, requests, answers, versions: String::new(), patience };
        let hello: Value = peer.answer()?;
        let versions = hello["versions"].as_object().with_context(|| format!("the peer {name} named no versions"))?;
        let named = versions.iter().map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or("?")));
        peer.versions = named.collect::<Vec<_>>().join(", ");
        Ok(peer)
    }

    /// The peer's packages with their versions, for instance `onnxruntime 1.32.0, silero-vad 6.2.3`.
    pub(super) fn versions(&self) -> &str {
        &self.versions
    }

    /// Sends `request` and waits for the answer.
    ///
    /// # Errors
    /// The peer's own error; when it has ended or does not answer in time; when the answer is something else than was
    /// asked for.
    pub(super) fn ask<A: DeserializeOwned>(&mut self, request: &impl Serialize) -> Result<A> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        if self.requests.write_all(line.as_bytes()).and_then(|()| self.requests.flush()).is_err() {
            return Err(self.ended());
        }
        self.answer()
    }

    fn answer<A: DeserializeOwned>(&mut self) -> Result<A> {
        let line = match self.answers.recv_timeout(self.patience) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.process.kill();
                bail!("the peer {} did not answer within {} s and was stopped", self.name, self.patience.as_secs());
            }
        };
        let rubbish = || format!("the peer {} answered \"{}\"", self.name, line.chars().take(200).collect::<String>());
        let answer: Value = serde_json::from_str(&line).with_context(rubbish)?;
        if let Some(error) = answer["error"].as_str() {
            bail!("the peer {}: {error}", self.name);
        }
        serde_json::from_value(answer).with_context(rubbish)
    }

    fn ended(&mut self) -> anyhow::Error {
        let _ = self.process.kill();
        let status = self.process.wait().map_or("unknown".to_owned(), |status| status.to_string());
        anyhow::anyhow!(
            "the peer {} has ended ({status}); what it wrote above says why. If a package is missing, {SETUP}",
            self.name
        )
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `samples` in a file of 32-bit floats (little-endian), for a peer to read with `numpy.fromfile(path, "<f4")`. It is
/// removed when this is dropped.
pub(super) struct Lent(NamedTempFile);

impl Lent {
    pub(super) fn new(samples: &[f32]) -> Result<Self> {
        let mut file = NamedTempFile::new().context("no temporary file can be made")?;
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        file.write_all(&bytes).and_then(|()| file.flush()).context("a temporary file cannot be written")?;
        Ok(Self(file))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HELLO: &str = r#"echo '{"versions": {"b": "2", "a": "1"}}'; "#;

    /// A peer that is a shell script.
    fn fake(script: &str, patience: Duration) -> Result<Peer> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Peer::spawn("fake", command, patience)
    }

    /// What is said when such a peer is asked.
    fn complaint(script: &str) -> String {
        let mut peer = fake(&format!("{HELLO}{script}"), PATIENCE).unwrap();
        format!("{:#}", peer.ask::<Value>(&json!({"x": 1})).unwrap_err())
    }

    #[test]
    fn requests_are_answered_one_by_one() {
        let mut peer = fake(&format!("{HELLO}while read -r line; do echo \"$line\"; done"), PATIENCE).unwrap();
        assert_eq!(peer.versions(), "a 1, b 2");
        for n in 0..3 {
            assert_eq!(peer.ask::<Value>(&json!({"n": n})).unwrap()["n"], n);
        }
    }

    #[test]
    fn death_rubbish_and_errors_are_told_apart() {
        for (script, said) in [
            ("exit 3", "has ended (exit status: 3)"),
            ("read x; exit 0", "has ended (exit status: 0)"),
            ("read x; echo oh dear", "answered \"oh dear\""),
            ("read x; echo '{\"error\": \"no model\"}'", "the peer fake: no model"),
        ] {
            let complaint = complaint(script);
            assert!(complaint.contains(said), "{script}: {complaint}");
        }
    }

    #[test]
    fn an_answer_of_another_shape_is_named() {
        let mut peer = fake(&format!("{HELLO}read x; echo '{{\"y\": 1}}'"), PATIENCE).unwrap();
        let error = format!("{:#}", peer.ask::<Vec<f32>>(&json!({})).unwrap_err());
        assert!(error.contains("answered \"{\"y\": 1}\"") && error.contains("expected"), "{error}");
    }

    #[test]
    fn silence_is_an_error_and_never_a_hang() {
        let brief = Duration::from_millis(20);
        let error = fake("exec sleep 600", brief).err().unwrap().to_string();
        assert!(error.contains("did not answer within"), "{error}");
    }

    #[test]
    fn samples_are_lent_as_they_are() {
        let lent = Lent::new(&[0.5, -1.0]).unwrap();
        assert_eq!(std::fs::read(lent.path()).unwrap(), [0, 0, 0, 63, 0, 0, 128, 191]);
    }
}
