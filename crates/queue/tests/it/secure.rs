//! Servers that want a password, speak TLS, or are what Sentinels say they are.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use queue::redis::{LocalServer, RedisQueue, RedisSettings};
use queue::{Outcome, QueueError, TaskQueue};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;

use crate::support::{LONG, Running, task, until};

/// Submits a task and does it, over a server at `url`.
async fn works(url: &str) {
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(RedisSettings::new(url)).await.unwrap());
    let worker = Running::start(queue.clone(), &["s"], 1);
    let id = queue.submit(task("s", "t.add", json!({"x": 2, "y": 3}))).await.unwrap();
    assert_eq!(queue.outcome(&id, LONG).await.unwrap(), Outcome::Done(5.into()));
    worker.stop().await;
}

/// Why a server at `url` is not worked with; a server that does not answer is waited for only briefly.
async fn refused(url: &str) -> QueueError {
    let settings = RedisSettings { patience: Duration::from_millis(200), ..RedisSettings::new(url) };
    RedisQueue::open(settings).await.err().unwrap()
}

fn cli(port: u16, args: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-p", &port.to_string()]).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_lets_in_and_the_database_is_the_one_named() {
    let server =
        LocalServer::with(&["--requirepass", "s3cret", "--user", "lee", "on", ">hush", "~*", "&*", "+@all"]).unwrap();
    let port = server.port();
    works(&format!("redis://:s3cret@127.0.0.1:{port}/3")).await;
    works(&format!("redis://lee:hush@127.0.0.1:{port}/4")).await;
    for (login, database) in [("default:s3cret", "3"), ("lee:hush", "4")] {
        let (user, password) = login.split_once(':').unwrap();
        let keys = cli(port, &["--no-auth-warning", "--user", user, "--pass", password, "-n", database, "DBSIZE"]);
        assert_ne!(keys, "0", "database {database} has what was done");
    }
    assert_eq!(cli(port, &["--no-auth-warning", "-a", "s3cret", "-n", "0", "DBSIZE"]), "0");
    for login in ["", ":wr0ng@", "lee:wr0ng@"] {
        let error = refused(&format!("redis://{login}127.0.0.1:{port}/3")).await;
        assert!(matches!(error, QueueError::Refused(_)) && !error.to_string().contains("wr0ng"), "{error}");
    }
}

/// Certificates in files: an authority's, and those of a server on this machine and of a client, signed by it.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        for name in ["server", "client"] {
            let key = KeyPair::generate().unwrap();
            let mut certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            // one that bears its issuer's name would count as signed by itself
            certificate.distinguished_name.push(DnType::CommonName, name);
            let certificate = certificate.signed_by(&key, &authority).unwrap();
            std::fs::write(folder.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(folder.path().join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        Self(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A server that speaks TLS at `port`; Redis asks clients, too, who they are, unless it is told otherwise.
    fn server(&self, port: u16) -> LocalServer {
        let (ca, certificate, key) = (self.file("ca.pem"), self.file("server.pem"), self.file("server.key"));
        let files = ["--tls-ca-cert-file", &ca, "--tls-cert-file", &certificate, "--tls-key-file", &key];
        LocalServer::with(&[&["--tls-port", &port.to_string()], files.as_slice()].concat()).unwrap()
    }

    /// A URL's parameters of a client that shows who it is.
    fn client(&self) -> String {
        format!("&ssl_certfile={}&ssl_keyfile={}", self.file("client.pem"), self.file("client.key"))
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_with_a_server_that_shows_who_it_is() {
    let (of, port) = (Certificates::make(), free_port());
    let server = of.server(port);
    let trusting = format!("rediss://127.0.0.1:{port}/2?ssl_ca_certs={}", of.file("ca.pem"));
    let known = of.client();
    works(&format!("{trusting}{known}&ssl_cert_reqs=required")).await;
    assert_ne!(cli(server.port(), &["-n", "2", "DBSIZE"]), "0");
    let unknown = refused(&trusting).await;
    assert!(unknown.retryable(), "a client without a certificate is hung up on: {unknown}");
    let untrusted = refused(&format!("rediss://127.0.0.1:{port}/2?{}", &known[1..])).await;
    assert!(untrusted.to_string().contains("certificate"), "{untrusted}");
}

/// A Sentinel process; killed when dropped.
struct Sentinel(Child, u16);

impl Sentinel {
    /// One that watches the master at `port`, under the name `mine`, and takes 0.5 s without an answer for its death.
    fn watching(port: u16, password: &str, folder: &Path) -> Self {
        let settings = format!(
            "sentinel auth-pass mine {password}\nsentinel down-after-milliseconds mine 500\n\
             sentinel failover-timeout mine 3000\n"
        );
        let own = free_port();
        Self::start(own, &format!("port {own}"), port, &settings, folder)
    }

    /// One that speaks TLS only, and watches a master that does, at `port`.
    fn secure(port: u16, of: &Certificates) -> Self {
        let own = free_port();
        let files = ["ca-cert-file ca.pem", "cert-file server.pem", "key-file server.key"].map(|file| {
            let (name, file) = file.split_once(' ').unwrap();
            format!("tls-{name} {}\n", of.file(file))
        });
        let ports = format!("port 0\ntls-port {own}\ntls-replication yes\n{}", files.concat());
        Self::start(own, &ports, port, "", of.0.path())
    }

    fn start(own: u16, ports: &str, master: u16, settings: &str, folder: &Path) -> Self {
        let file = folder.join("sentinel.conf");
        let settings = format!(
            "{ports}\nbind 127.0.0.1\ndir {}\nsentinel monitor mine 127.0.0.1 {master} 1\n{settings}",
            folder.display()
        );
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new("redis-server");
        let child = command.arg(&file).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        Self(child, own)
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_at_the_master_that_sentinels_name() {
    let login = ["--requirepass", "s3cret", "--masterauth", "s3cret"];
    let mut first = LocalServer::with(&login).unwrap();
    let of = format!("127.0.0.1 {}", first.port());
    let second = LocalServer::with(&[&login[..], &["--replicaof", &of]].concat()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sentinel = Sentinel::watching(first.port(), "s3cret", folder.path());
    until("the Sentinel knows both", || async { cli(sentinel.1, &["SENTINEL", "replicas", "mine"]).contains("link") })
        .await;
    let replicated = || async { cli(second.port(), &["--no-auth-warning", "-a", "s3cret", "INFO", "replication"]) };
    until("they are one", || async { replicated().await.contains("master_link_status:up") }).await;

    let nowhere = free_port();
    let url = format!("sentinel://127.0.0.1:{nowhere},127.0.0.1:{}/5?master=mine&password=s3cret", sentinel.1);
    let settings = RedisSettings { patience: Duration::from_secs(30), ..RedisSettings::new(url) };
    let queue: Arc<dyn TaskQueue> = Arc::new(RedisQueue::open(settings).await.unwrap());
    let worker = Running::start(queue.clone(), &["s"], 1);
    let before = queue.submit(task("s", "t.add", json!({"x": 1}))).await.unwrap();
    assert_eq!(queue.outcome(&before, LONG).await.unwrap(), Outcome::Done(1.into()));

    tokio::task::block_in_place(|| first.kill());
    let after = queue.submit(task("s", "t.add", json!({"x": 2}))).await.unwrap();
    assert_eq!(queue.outcome(&after, LONG).await.unwrap(), Outcome::Done(2.into()));
    assert!(replicated().await.contains("role:master"), "the second has taken over");
    assert_ne!(cli(second.port(), &["--no-auth-warning", "-a", "s3cret", "-n", "5", "DBSIZE"]), "0");
    worker.stop().await;
    let error = refused(&format!("sentinel://127.0.0.1:{}/5?master=other&password=s3cret", sentinel.1)).await;
    assert!(error.retryable(), "a master may yet become known: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_and_their_master_speak_tls() {
    let (of, port) = (Certificates::make(), free_port());
    let server = of.server(port);
    let sentinel = Sentinel::secure(port, &of);
    let url = format!("sentinels://127.0.0.1:{}/6?master=mine&ssl_ca_certs={}", sentinel.1, of.file("ca.pem"));
    let settings =
        RedisSettings { patience: Duration::from_secs(30), ..RedisSettings::new(format!("{url}{}", of.client())) };
    until("the Sentinel answers", || async { RedisQueue::open(settings.clone()).await.is_ok() }).await;
    works(&format!("{url}{}", of.client())).await;
    assert_ne!(cli(server.port(), &["-n", "6", "DBSIZE"]), "0");
    let plain = refused(&format!("sentinel://127.0.0.1:{}/6?master=mine", sentinel.1)).await;
    assert!(plain.retryable(), "a Sentinel that wants TLS hangs up: {plain}");
}
