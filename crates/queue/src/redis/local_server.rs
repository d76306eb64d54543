//! A Redis server of one's own, for as long as it is needed: for benches, tests and trials, never for what must last.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::QueueError;

/// The program.
const PROGRAM: &str = "redis-server";
/// A server that does not answer within this time will not.
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// How often it is asked meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// A server on a free port of 127.0.0.1, with a folder of its own. It ends, and its folder is removed, when this is
/// dropped.
pub struct LocalServer {
    process: Option<Child>,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
}

impl LocalServer {
    /// Starts one that forgets everything when it ends.
    ///
    /// # Errors
    /// `Settings` when `redis-server` is not installed, `Lost` when it does not answer.
    pub fn start() -> Result<Self, QueueError> {
        Self::with(&["--appendonly", "no"])
    }

    /// Starts one with an append-only file.
    ///
    /// # Errors
    /// As [`LocalServer::start`].
    pub fn durable() -> Result<Self, QueueError> {
        Self::with(&["--appendonly", "yes"])
    }

    /// Starts one with these arguments beside its own, as `redis-server` takes them.
    ///
    /// # Errors
    /// As [`LocalServer::start`].
    pub fn with(arguments: &[&str]) -> Result<Self, QueueError> {
        let lost = |e: std::io::Error| QueueError::Lost(format!("no server of one's own can be made: {e}"));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(lost)?.port();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut server = Self { process: None, port, folder: tempfile::tempdir().map_err(lost)?, arguments };
        server.begin()?;
        Ok(server)
    }

    /// Where it is: database 1.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/1", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts one that was killed, on the same port and files.
    ///
    /// # Errors
    /// As [`LocalServer::start`].
    pub fn begin(&mut self) -> Result<(), QueueError> {
        let mut command = Command::new(PROGRAM);
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(&self.arguments).arg("--dir").arg(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let missing = |e| {
            QueueError::Settings(format!("{PROGRAM} cannot be started ({e}); Debian has it: apt-get install {PROGRAM}"))
        };
        self.process = Some(command.spawn().map_err(missing)?);
        let until = Instant::now() + STARTS_WITHIN;
        while !self.answers() {
            if Instant::now() >= until {
                return Err(QueueError::Lost(format!("{PROGRAM} does not answer on port {}", self.port)));
            }
            std::thread::sleep(ASK_EVERY);
        }
        Ok(())
    }

    /// Whether it takes commands; while it reads its file it does not. One that wants a password first does.
    fn answers(&self) -> bool {
        let mut answer = [0; 5];
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(STARTS_WITHIN))?;
            stream.write_all(b"PING\r\n")?;
            stream.read_exact(&mut answer)
        });
        asked.is_ok() && [b"+PONG", b"-NOAU"].contains(&&answer)
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.kill();
    }
}
