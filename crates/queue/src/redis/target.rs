//! The server that a URL names: itself, or the master that Sentinels know.

use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, TlsMode, io::tcp::TcpSettings};

use crate::QueueError;

/// Where the server is.
pub(crate) enum Target {
    /// At an address.
    Server(Box<ConnectionInfo>),
    /// Wherever the Sentinels at these URLs say that `master` is.
    Sentinels { urls: Vec<String>, master: String, node: Box<ConnectionInfo> },
}

impl Target {
    /// Reads a URL.
    pub(crate) fn parse(url: &str) -> Result<Self, QueueError> {
        // a provider of cryptography must be named once in a process; that it was already is no fault
        let _ = rustls::crypto::ring::default_provider().install_default();
        match url.strip_prefix("sentinel://") {
            Some(rest) => sentinels(url, rest, "redis"),
            None => match url.strip_prefix("sentinels://") {
                Some(rest) => sentinels(url, rest, "rediss"),
                None => Ok(Self::Server(Box::new(server(url, url)?))),
            },
        }
    }

    /// A client of the server, asking the Sentinels anew.
    pub(crate) async fn client(&self) -> Result<Client, redis::RedisError> {
        match self {
            Self::Server(info) => Client::open((**info).clone()),
            Self::Sentinels { urls, master, node } => {
                let mut sentinel = Sentinel::build(urls.clone())?;
                let tls = matches!(node.addr(), redis::ConnectionAddr::TcpTls { .. });
                let mut about = SentinelNodeConnectionInfo::default()
                    .set_redis_connection_info(node.redis_settings().clone())
                    .set_tcp_settings(tcp());
                if tls {
                    about = about.set_tls_mode(TlsMode::Secure);
                }
                sentinel.async_master_for(master, Some(&about)).await
            }
        }
    }

    /// The database's number, which is part of the names of kombu's channels.
    pub(crate) fn database(&self) -> i64 {
        match self {
            Self::Server(info) => info.redis_settings().db(),
            Self::Sentinels { node, .. } => node.redis_settings().db(),
        }
    }
}

fn server(url: &str, shown: &str) -> Result<ConnectionInfo, QueueError> {
    let info = url.into_connection_info().map_err(|e| wrong(shown, &e.to_string()))?;
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp()))
}

fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn sentinels(url: &str, rest: &str, scheme: &str) -> Result<Target, QueueError> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, "0"));
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let master =
        parameter("master").ok_or_else(|| wrong(url, "add ?master=NAME, the name the Sentinels know it by"))?;
    let login = parameter("password").map(|password| format!(":{password}@")).unwrap_or_default();
    let node = server(&format!("{scheme}://{login}master/{database}"), url)?;
    let urls: Vec<_> =
        hosts.split(',').filter(|host| !host.is_empty()).map(|host| sentinel_url(host, scheme)).collect();
    if urls.is_empty() {
        return Err(wrong(url, "it names no Sentinel"));
    }
    Ok(Target::Sentinels { urls, master: master.to_owned(), node: Box::new(node) })
}

fn sentinel_url(host: &str, scheme: &str) -> String {
    let address = host.rsplit('@').next().unwrap_or(host);
    if address.contains(':') { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:26379") }
}

/// A URL without its password.
pub(crate) fn shown(url: &str) -> String {
    let plain = url.split_once('?').map_or(url, |(plain, _)| plain);
    match (plain.split_once("://"), plain.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => plain.to_owned(),
    }
}

fn wrong(url: &str, reason: &str) -> QueueError {
    QueueError::Settings(format!(
        "queue.url is \"{}\": {reason}; it must be redis://HOST:PORT/DATABASE, rediss://… or \
         sentinel://HOST:PORT,…/DATABASE?master=NAME",
        shown(url)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_passwords_are_not_shown() {
        let target = Target::parse("redis://:secret@127.0.0.1:7000/3").unwrap();
        assert_eq!(target.database(), 3);
        assert!(Target::parse("rediss://example.org").is_ok());
        let Target::Sentinels { urls, master, node } =
            Target::parse("sentinel://a:1,b/2?master=mine&password=secret").unwrap()
        else {
            panic!("sentinels")
        };
        assert_eq!(
            (urls.as_slice(), master.as_str()),
            (["redis://a:1".to_owned(), "redis://b:26379".into()].as_slice(), "mine")
        );
        assert_eq!((node.redis_settings().db(), node.redis_settings().password()), (2, Some("secret")));
        for bad in ["http://a", "sentinel://a/0", "sentinel:///0?master=m", "redis://u:secret@h:x/0"] {
            let error = Target::parse(bad).err().unwrap().to_string();
            assert!(error.contains("queue.url") && !error.contains("secret"), "{error}");
        }
    }
}
