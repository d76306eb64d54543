//! Fetching one address into one file: resumed where it stopped, tried again with pauses, checked at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::error::{AssetError, At};
use crate::hash;
use crate::progress::Progress;

/// One package to fetch.
#[derive(Debug)]
pub(crate) struct Want<'a> {
    /// The asset that it belongs to.
    pub(crate) asset: &'a str,
    /// The package, with its version.
    pub(crate) label: &'a str,
    /// `http:`, `https:` or `file:` address.
    pub(crate) address: &'a str,
    /// The pinned sha256, in hexadecimal.
    pub(crate) sha256: &'a str,
    /// The size, in bytes.
    pub(crate) bytes: u64,
    /// Where it goes; while it arrives, `.part` is added.
    pub(crate) file: &'a Path,
}

impl Want<'_> {
    fn part(&self) -> PathBuf {
        let mut name = self.file.as_os_str().to_owned();
        name.push(".part");
        name.into()
    }
}

/// Fetches packages.
#[derive(Debug)]
pub(crate) struct Fetcher {
    agent: ureq::Agent,
    /// The pause before the second attempt; it doubles each time.
    pause: Duration,
    /// How many attempts may bring nothing new.
    attempts: u32,
}

/// How long one answer may take to arrive; what came until then is kept, and the next attempt goes on from there.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// Why one attempt ended early.
enum Failure {
    /// Trying again may help.
    Passing(String),
    /// It will not.
    Final(AssetError),
}

impl From<AssetError> for Failure {
    fn from(error: AssetError) -> Self {
        Self::Final(error)
    }
}

impl Fetcher {
    /// Pauses are `pause`, twice that, and so on.
    pub(crate) fn new(pause: Duration) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(BODY_TIMEOUT))
            .user_agent(concat!("interviewer-assets/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(system_certificates()).build())
            .build()
            .new_agent();
        Self { agent, pause, attempts: 5 }
    }

    /// Fetches until the file is whole and has the pinned hash.
    ///
    /// # Errors
    /// [`AssetError::Download`], [`AssetError::WrongHash`], [`AssetError::DiskFull`] or [`AssetError::Stopped`].
    pub(crate) fn fetch(&self, want: &Want<'_>, progress: &dyn Progress, stop: &AtomicBool) -> Result<(), AssetError> {
        progress.started(want.label, want.bytes);
        let outcome = self.fetch_checked(want, progress, stop);
        progress.finished(want.label);
        outcome
    }

    fn fetch_checked(&self, want: &Want<'_>, progress: &dyn Progress, stop: &AtomicBool) -> Result<(), AssetError> {
        let resumed = length(&want.part()) > 0;
        self.fetch_part(want, progress, stop)?;
        match keep_if_right(want) {
            // What an earlier run left may have been spoilt; one clean attempt tells.
            Err(AssetError::WrongHash { .. }) if resumed => {
                self.fetch_part(want, progress, stop)?;
                keep_if_right(want)
            }
            outcome => outcome,
        }
    }

    fn fetch_part(&self, want: &Want<'_>, progress: &dyn Progress, stop: &AtomicBool) -> Result<(), AssetError> {
        let (mut best, mut fruitless) = (length(&want.part()), 0);
        loop {
            let reason = match self.attempt(want, progress, stop) {
                Ok(()) => return Ok(()),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(reason)) => reason,
            };
            let now = length(&want.part());
            fruitless = if now > best { 0 } else { fruitless + 1 };
            best = best.max(now);
            if fruitless >= self.attempts {
                let package = want.label.to_owned();
                return Err(AssetError::Download { package, attempts: self.attempts, reason });
            }
            if stop.load(Ordering::Relaxed) {
                return Err(AssetError::Stopped);
            }
            thread::sleep(self.pause * 2_u32.pow(fruitless));
        }
    }

    fn attempt(&self, want: &Want<'_>, progress: &dyn Progress, stop: &AtomicBool) -> Result<(), Failure> {
        let path = want.part();
        let mut have = length(&path);
        if have == want.bytes {
            return Ok(());
        }
        if have > want.bytes {
            fs::remove_file(&path).at(&path)?;
            have = 0;
        }
        let (source, from) = self.open(want, have)?;
        // A server that never ends would fill the disk; the hash tells whether these bytes are right.
        let mut source = source.take(want.bytes - from);
        let mut file = OpenOptions::new().create(true).append(true).open(&path).at(&path)?;
        if from == 0 && have > 0 {
            file.set_len(0).at(&path)?;
        }
        let total = receive(&mut source, &mut file, &path, from, &mut |bytes| {
            progress.moved(want.label, bytes);
            stop.load(Ordering::Relaxed)
        })?;
        if total < want.bytes {
            return Err(Failure::Passing(format!("only {total} of {} bytes came", want.bytes)));
        }
        Ok(())
    }

    /// The bytes from `have` on, or all of them; the number says which.
    fn open(&self, want: &Want<'_>, have: u64) -> Result<(Box<dyn Read>, u64), Failure> {
        if let Some(path) = want.address.strip_prefix("file://") {
            let path = PathBuf::from(percent_decoded(path));
            let mut file = File::open(&path).at(&path)?;
            file.seek(SeekFrom::Start(have)).at(&path)?;
            return Ok((Box::new(file), have));
        }
        self.request(want, have)
    }

    fn request(&self, want: &Want<'_>, have: u64) -> Result<(Box<dyn Read>, u64), Failure> {
        let mut request = self.agent.get(want.address).header("accept-encoding", "identity");
        if have > 0 {
            request = request.header("range", format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| Failure::Passing(error.to_string()))?;
        let status = response.status().as_u16();
        let body = || Box::new(response.into_body().into_with_config().limit(u64::MAX).reader());
        match status {
            200 => Ok((body(), 0)),
            206 => Ok((body(), have)),
            416 => {
                let _ = fs::remove_file(want.part());
                Err(Failure::Passing("the server has no such range (416)".to_owned()))
            }
            408 | 425 | 429 | 500.. => Err(Failure::Passing(format!("the server answered {status}"))),
            _ => Err(Failure::Final(AssetError::Download {
                package: want.label.to_owned(),
                attempts: 1,
                reason: format!("the server answered {status}"),
            })),
        }
    }
}

/// Appends what comes, and returns how long the file is then; `moved` answers whether to stop.
fn receive(
    source: &mut dyn Read,
    file: &mut File,
    path: &Path,
    from: u64,
    moved: &mut dyn FnMut(u64) -> bool,
) -> Result<u64, Failure> {
    let mut buffer = vec![0; 256 * 1024];
    let mut total = from;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Passing(error.to_string())),
        };
        file.write_all(&buffer[..read]).at(path)?;
        total += read as u64;
        if moved(total) {
            return Err(Failure::Final(AssetError::Stopped));
        }
    }
}

/// Gives the part its final name if it has the pinned hash, and deletes it if not.
fn keep_if_right(want: &Want<'_>) -> Result<(), AssetError> {
    let part = want.part();
    let got = hash::of_file(&part)?;
    if got == want.sha256 {
        return fs::rename(&part, want.file).at(&part);
    }
    fs::remove_file(&part).at(&part)?;
    Err(AssetError::WrongHash {
        name: want.asset.to_owned(),
        what: format!("package {}", want.label),
        expected: want.sha256.to_owned(),
        got,
        path: part,
    })
}

/// The machine's certificates (`SSL_CERT_FILE` counts), or a built-in set where it has none.
fn system_certificates() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return RootCerts::WebPki;
    }
    let certificates: Vec<_> = found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    RootCerts::Specific(Arc::new(certificates))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        let (byte, after) = match (first, code) {
            (b'%', Some(code)) => (code, &tail[2..]),
            _ => (first, tail),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn file_addresses_are_decoded() {
        assert_eq!(percent_decoded("/a%20b/c%2Bd%"), "/a b/c+d%");
    }
}
