//! The server that a URL names: itself, or the master that Sentinels know.

use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError, TlsCertificates, TlsMode,
    io::tcp::TcpSettings,
};

use super::tls;
use crate::QueueError;

/// Where the server is.
pub(crate) enum Target {
    /// At an address.
    Server(Box<ConnectionInfo>),
    /// Wherever Sentinels say that their master is.
    Sentinels(Box<Sentinels>),
}

/// Sentinels, and how the master that they know is spoken to.
pub(crate) struct Sentinels {
    /// One of each Sentinel; all take the first one's login.
    at: Vec<ConnectionInfo>,
    master: String,
    /// The master's login and database; its address is the Sentinels' to tell.
    node: ConnectionInfo,
    certificates: Option<TlsCertificates>,
}

impl Target {
    /// Reads a URL.
    pub(crate) fn parse(url: &str) -> Result<Self, QueueError> {
        // a provider of cryptography must be named once in a process; that it was already is no fault
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (plain, query) = url.split_once('?').unwrap_or((url, ""));
        let certificates = tls::certificates(query).map_err(|reason| wrong(url, &reason))?;
        match (plain.strip_prefix("sentinel://"), plain.strip_prefix("sentinels://")) {
            (Some(rest), _) => sentinels(url, rest, "redis", query, certificates),
            (_, Some(rest)) => sentinels(url, rest, "rediss", query, certificates),
            _ => Ok(Self::Server(Box::new(server(plain, url, certificates)?))),
        }
    }

    /// A client of the server, asking the Sentinels anew.
    pub(crate) async fn client(&self) -> Result<Client, RedisError> {
        match self {
            Self::Server(info) => Client::open((**info).clone()),
            Self::Sentinels(sentinels) => sentinels.client().await,
        }
    }

    /// The database's number, which is part of the names of kombu's channels.
    pub(crate) fn database(&self) -> i64 {
        match self {
            Self::Server(info) => info.redis_settings().db(),
            Self::Sentinels(sentinels) => sentinels.node.redis_settings().db(),
        }
    }
}

impl Sentinels {
    async fn client(&self) -> Result<Client, RedisError> {
        let (addresses, node) = (self.at.iter().map(|info| info.addr().clone()), self.node.redis_settings());
        let mut builder = SentinelClientBuilder::new(addresses, self.master.clone(), SentinelServerType::Master)?
            .set_client_to_redis_db(node.db())
            .set_client_to_redis_protocol(ProtocolVersion::RESP3)
            .set_client_to_redis_tcp_settings(tcp());
        if let Some(password) = node.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(username) = node.username() {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(login) = self.at.first().map(ConnectionInfo::redis_settings) {
            if let Some(password) = login.password() {
                builder = builder.set_client_to_sentinel_password(password);
            }
            if let Some(username) = login.username() {
                builder = builder.set_client_to_sentinel_username(username);
            }
        }
        if matches!(self.node.addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            if let Some(certificates) = &self.certificates {
                builder = builder.set_client_to_redis_certificates(certificates.clone());
                builder = builder.set_client_to_sentinel_certificates(certificates.clone());
            }
        }
        builder.build()?.async_get_client().await
    }
}

fn server(url: &str, shown: &str, certificates: Option<TlsCertificates>) -> Result<ConnectionInfo, QueueError> {
    let wrong = |e: RedisError| wrong(shown, &e.to_string());
    let info = match certificates {
        Some(certificates) => Client::build_with_tls(url, certificates).map_err(wrong)?.get_connection_info().clone(),
        None => url.into_connection_info().map_err(wrong)?,
    };
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp()))
}

fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// The value of a URL's parameter.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

fn sentinels(
    url: &str,
    rest: &str,
    scheme: &str,
    query: &str,
    certificates: Option<TlsCertificates>,
) -> Result<Target, QueueError> {
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, "0"));
    let master =
        parameter(query, "master").ok_or_else(|| wrong(url, "add ?master=NAME, the name the Sentinels know it by"))?;
    let user = parameter(query, "username").unwrap_or_default();
    let login = parameter(query, "password").map(|password| format!("{user}:{password}@")).unwrap_or_default();
    let node = server(&format!("{scheme}://{login}master/{database}"), url, None)?;
    let hosts = hosts.split(',').filter(|host| !host.is_empty());
    let at = hosts.map(|host| server(&sentinel_url(host, scheme), url, None)).collect::<Result<Vec<_>, _>>()?;
    if at.is_empty() {
        return Err(wrong(url, "it names no Sentinel"));
    }
    Ok(Target::Sentinels(Box::new(Sentinels { at, master, node, certificates })))
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
        let url = "sentinel://:theirs@a:1,b/2?master=mine&username=me&password=secret";
        let Target::Sentinels(sentinels) = Target::parse(url).unwrap() else { panic!("sentinels") };
        let at: Vec<_> = sentinels.at.iter().map(|info| info.addr().to_string()).collect();
        assert_eq!((at, sentinels.master.as_str()), (vec!["a:1".to_owned(), "b:26379".into()], "mine"));
        let node = sentinels.node.redis_settings();
        assert_eq!((node.db(), node.username(), node.password()), (2, Some("me"), Some("secret")));
        assert_eq!(sentinels.at[0].redis_settings().password(), Some("theirs"));
        for bad in ["http://a", "sentinel://a/0", "sentinel:///0?master=m", "redis://u:secret@h:x/0"] {
            let error = Target::parse(bad).err().unwrap().to_string();
            assert!(error.contains("queue.url") && !error.contains("secret"), "{error}");
        }
    }
}
