//! Worker processes of a test's own, and the Redis server between them and whoever has work.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use queue::redis::{LocalServer, RedisQueue, RedisSettings};
use serde_json::Value;

use crate::program::BINARY;

/// A Redis server.
pub(crate) struct Redis(pub(crate) LocalServer);

impl Redis {
    pub(crate) fn start() -> Self {
        Self(LocalServer::start().expect("`scripts/packages --tests` installs redis-server"))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// The queues, as a client of ours sees them.
    pub(crate) async fn queue(&self) -> RedisQueue {
        RedisQueue::open(RedisSettings::new(self.url())).await.unwrap()
    }

    /// Settings of a server that leaves `what` to workers; one of ours that dies is noticed after a second.
    pub(crate) fn settings(&self, what: &[&str]) -> Vec<(String, String)> {
        let of = |name: &str, value: &str| (format!("INTERVIEWER_QUEUE__{}", name.to_uppercase()), value.to_owned());
        let mut settings = vec![of("url", &self.url()), of("lease_s", "1")];
        settings.extend(what.iter().map(|what| of(what, "workers")));
        settings
    }
}

/// A worker; killed when dropped.
pub(crate) struct Worker {
    child: Child,
    /// Where /healthz, /readyz and /metrics are.
    pub(crate) address: String,
    out: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts one and waits until it takes work.
    pub(crate) fn start(redis: &Redis, data: &Path, queues: &str) -> Self {
        Self::start_with(redis, data, queues, &[])
    }

    /// Likewise, with further arguments.
    pub(crate) fn start_with(redis: &Redis, data: &Path, queues: &str, more: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["worker", "--queues", queues, "--url", &redis.url(), "--data-dir", data.to_str().unwrap()])
            .args(more)
            .envs(redis.settings(&[]))
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.rsplit_once("http://").unwrap_or_else(|| panic!("{line:?}")).1;
        let address = address.trim().trim_end_matches("/metrics").to_owned();
        assert!(line.contains("is ready"), "{line}");
        Self { child, address, out }
    }

    /// As a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits for that; whether it ended well.
    pub(crate) fn terminate(mut self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let ended = self.child.wait().unwrap();
        let mut rest = String::new();
        self.out.read_line(&mut rest).unwrap();
        asked.success() && ended.success() && rest.is_empty()
    }

    /// What it answers to a GET: the status line and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Whether it has a task in hand.
    pub(crate) fn is_busy(&self, redis: &Redis) -> bool {
        let pid = self.child.id();
        let script = format!(
            "local n = 0 for _, k in ipairs(redis.call('KEYS', 'interviewer:held:interviewer-{pid}-*')) do \
             n = n + redis.call('SCARD', k) end return n"
        );
        redis_cli(redis, &["EVAL", &script, "0"]) != "0"
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command by redis-cli.
pub(crate) fn redis_cli(redis: &Redis, args: &[&str]) -> String {
    let port = redis.0.port().to_string();
    let output = Command::new("redis-cli").args(["-p", &port, "-n", "1"]).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// One JSON object a line.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Asks until it is so.
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}
