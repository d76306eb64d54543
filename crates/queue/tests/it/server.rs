//! A Redis server of a test's own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use queue::redis::{LocalServer, RedisSettings};

/// A running server; ends when dropped.
pub(crate) struct RedisServer(LocalServer);

impl RedisServer {
    /// One that forgets.
    pub(crate) fn start() -> Self {
        Self(LocalServer::start().expect("`scripts/packages --tests` installs redis-server"))
    }

    /// One with an append-only file.
    pub(crate) fn durable() -> Self {
        Self(LocalServer::durable().expect("`scripts/packages --tests` installs redis-server"))
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }

    /// Starts one that was killed.
    pub(crate) fn restart_killed(&mut self) {
        self.0.begin().unwrap();
    }

    /// Kills it, lets some time pass, and starts it on the same files.
    pub(crate) fn restart(&mut self, after: Duration) {
        self.kill();
        std::thread::sleep(after);
        self.restart_killed();
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) fn settings(&self) -> RedisSettings {
        RedisSettings { lease: Duration::from_millis(900), ..RedisSettings::new(self.url()) }
    }

    /// A command by redis-cli, on the tests' database.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        let port = self.0.port().to_string();
        let output = Command::new("redis-cli").args(["-p", &port, "-n", "1"]).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Puts a file's bytes into a list.
    pub(crate) fn push_raw(&self, list: &str, bytes: &[u8]) {
        let path = self.0.folder().join("raw");
        std::fs::write(&path, bytes).unwrap();
        let (port, file) = (self.0.port().to_string(), std::fs::File::open(Path::new(&path)).unwrap());
        let status = Command::new("redis-cli")
            .args(["-p", &port, "-n", "1", "-x", "LPUSH", list])
            .stdin(file)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    }
}
