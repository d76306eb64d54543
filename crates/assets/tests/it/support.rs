//! Packages, a cache around them, and a server that can be told to misbehave.

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use assets::{Addresses, AssetError, Cache, Manifest, Package, Quiet};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A wheel with these files.
pub(crate) fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, zip::write::SimpleFileOptions::default()).expect("start");
        zip.write_all(bytes).expect("write");
    }
    zip.finish().expect("finish").into_inner()
}

/// An npm tarball with these files.
pub(crate) fn tarball(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, *bytes).expect("append");
    }
    tar.into_inner().expect("tar").finish().expect("gzip")
}

/// A manifest's package table; the registry follows from the bytes.
pub(crate) fn package(name: &str, bytes: &[u8]) -> String {
    let registry = if bytes.starts_with(b"\x1f\x8b") { "npm" } else { "pypi" };
    let (length, hash) = (bytes.len(), sha256(bytes));
    format!(
        "[[asset.package]]\nregistry = \"{registry}\"\nname = \"{name}\"\nversion = \"1\"\n\
         any = {{ bytes = {length}, sha256 = \"{hash}\" }}\n"
    )
}

/// The head of an asset's entry.
pub(crate) fn asset(name: &str) -> String {
    format!("[[asset]]\nname = \"{name}\"\nlicence = \"MIT\"\nabout = \"a test\"\nunpacked_bytes = 10\n")
}

/// A file rule.
pub(crate) fn file(to: &str, from: &[&str]) -> String {
    format!("[[asset.file]]\nto = \"{to}\"\nfrom = {from:?}\n")
}

/// Packages' addresses follow from their names.
struct Fixed(String);

impl Addresses for Fixed {
    fn find(&self, packages: &[&Package]) -> Result<Vec<String>, AssetError> {
        Ok(packages.iter().map(|package| format!("{}/{}", self.0, package.name)).collect())
    }
}

/// A cache and a folder of packages, both thrown away at the end.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("packages")).expect("packages");
        Self { folder }
    }

    pub(crate) fn with_package(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.folder.path().join("packages").join(name), bytes).expect("a package");
        self
    }

    /// The cache, fetching from the folder of packages.
    pub(crate) fn cache(&self, manifest: &str) -> Cache {
        self.cache_from(manifest, &format!("file://{}/packages", self.folder.path().display()))
    }

    /// The cache, fetching from below an address.
    pub(crate) fn cache_from(&self, manifest: &str, address: &str) -> Cache {
        let manifest = Manifest::parse(manifest).expect("a manifest");
        let addresses = Box::new(Fixed(address.to_owned()));
        Cache::new(self.root(), manifest, addresses, Duration::from_millis(1))
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Where a wheel waits while it arrives.
    pub(crate) fn part(&self, name: &str) -> PathBuf {
        fs::create_dir_all(self.root().join("downloads")).expect("downloads");
        self.root().join("downloads").join(format!("{name}-1.whl.part"))
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.root().join("assets").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// What stands in the folder of assets.
    pub(crate) fn installed(&self) -> Vec<String> {
        names(&self.root().join("assets"))
    }

    /// What stands in the folder of downloads.
    pub(crate) fn downloads(&self) -> Vec<String> {
        names(&self.root().join("downloads"))
    }
}

pub(crate) fn pull(cache: &Cache) -> Result<Vec<String>, AssetError> {
    cache.pull::<&str>(&[], &Quiet)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// One way to answer a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// As asked, ranges included.
    Well,
    /// The whole body, whatever range was asked for.
    IgnoringRange,
    /// As asked, but only so many bytes before the connection closes.
    CutAfter(usize),
    /// A status and no body.
    Status(u16),
}

/// Serves one body at every path, answering each request in turn; the last answer repeats.
pub(crate) struct Server {
    /// Address without a path.
    pub(crate) address: String,
    /// The `Range` headers of the requests so far; empty where there was none.
    pub(crate) ranges: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(body: Vec<u8>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ranges);
        thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let answer = answers[index.min(answers.len() - 1)];
                let stream = stream.expect("a connection");
                let range = read_range(&stream);
                seen.lock().expect("ranges").push(range.clone());
                serve(stream, &body, answer, &range);
            }
        });
        Self { address, ranges }
    }

    pub(crate) fn ranges(&self) -> Vec<String> {
        self.ranges.lock().expect("ranges").clone()
    }
}

fn serve(mut stream: TcpStream, body: &[u8], answer: Answer, range: &str) {
    let asked = range.strip_prefix("bytes=").and_then(|text| text.strip_suffix('-')?.parse::<usize>().ok());
    let (status, from, limit) = match (answer, asked) {
        (Answer::Status(status), _) => (status, body.len(), usize::MAX),
        (Answer::IgnoringRange, _) | (Answer::Well, None) => (200, 0, usize::MAX),
        (Answer::Well, Some(from)) => (206, from, usize::MAX),
        (Answer::CutAfter(limit), from) => (if from.is_some() { 206 } else { 200 }, from.unwrap_or(0), limit),
    };
    let rest = &body[from..];
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", rest.len());
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&rest[..rest.len().min(limit)]);
}

fn read_range(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    head.iter().find_map(|line| line.strip_prefix("range: ").map(str::to_owned)).unwrap_or_default()
}
