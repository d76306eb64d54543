//! A Redis server of a test's own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use queue::redis::RedisSettings;
use tempfile::TempDir;

/// A running server; ends when dropped.
pub(crate) struct RedisServer {
    child: Option<Child>,
    pub(crate) port: u16,
    folder: TempDir,
    durable: bool,
}

impl RedisServer {
    /// One that forgets.
    pub(crate) fn start() -> Self {
        Self::with(false)
    }

    /// One with an append-only file.
    pub(crate) fn durable() -> Self {
        Self::with(true)
    }

    fn with(durable: bool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { child: None, port, folder: tempfile::tempdir().unwrap(), durable };
        server.begin();
        server
    }

    fn begin(&mut self) {
        let append = if self.durable { "yes" } else { "no" };
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", append])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing; `scripts/packages --tests` installs it");
        self.child = Some(child);
        let until = Instant::now() + Duration::from_secs(20);
        while self.cli(&["PING"]) != "PONG" {
            assert!(Instant::now() < until, "redis-server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts one that was killed.
    pub(crate) fn restart_killed(&mut self) {
        self.begin();
    }

    /// Kills it, lets some time pass, and starts it on the same files.
    pub(crate) fn restart(&mut self, after: Duration) {
        self.kill();
        std::thread::sleep(after);
        self.begin();
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/1", self.port)
    }

    pub(crate) fn settings(&self) -> RedisSettings {
        RedisSettings { lease: Duration::from_millis(900), ..RedisSettings::new(self.url()) }
    }

    /// A command by redis-cli, on the tests' database.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-p", &port, "-n", "1"]).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Puts a file's bytes into a list.
    pub(crate) fn push_raw(&self, list: &str, bytes: &[u8]) {
        let path = self.folder.path().join("raw");
        std::fs::write(&path, bytes).unwrap();
        let (port, file) = (self.port.to_string(), std::fs::File::open(Path::new(&path)).unwrap());
        let status = Command::new("redis-cli")
            .args(["-p", &port, "-n", "1", "-x", "LPUSH", list])
            .stdin(file)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
