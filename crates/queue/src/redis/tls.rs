//! Whom we trust, and who we are, where a connection is encrypted: parameters of the URL, by the names that redis-py
//! and so Celery have for them.

use redis::{ClientTlsConfig, TlsCertificates};

/// Reads `ssl_ca_certs` (a file with the certificates that are trusted in place of the system's), `ssl_certfile` with
/// `ssl_keyfile` (who we are, for a server that asks), and `ssl_cert_reqs`; all files are PEM. `None` when the system's
/// certificates are to be trusted and we need not say who we are.
///
/// # Errors
/// A sentence on what is wrong.
pub(super) fn certificates(query: &str) -> Result<Option<TlsCertificates>, String> {
    let parameter = |name: &str| super::target::parameter(query, name);
    let file = |name: &str| parameter(name).map(|path| read(name, &path)).transpose();
    match parameter("ssl_cert_reqs").as_deref() {
        None | Some("required" | "CERT_REQUIRED") => {}
        Some(other) => {
            return Err(format!(
                "ssl_cert_reqs is {other}, but a server that cannot show who it is is not spoken to; name its \
                 certificate with ssl_ca_certs=FILE"
            ));
        }
    }
    let root_cert = file("ssl_ca_certs")?;
    let client_tls = match (file("ssl_certfile")?, file("ssl_keyfile")?) {
        (Some(client_cert), Some(client_key)) => Some(ClientTlsConfig { client_cert, client_key }),
        (None, None) => None,
        _ => return Err("ssl_certfile and ssl_keyfile go together".to_owned()),
    };
    Ok((root_cert.is_some() || client_tls.is_some()).then_some(TlsCertificates { client_tls, root_cert }))
}

fn read(name: &str, path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{name}: {path} cannot be read ({e})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_or_their_fault_is_named() {
        assert!(certificates("").unwrap().is_none());
        assert!(certificates("ssl_cert_reqs=CERT_REQUIRED").unwrap().is_none());
        for (query, named) in [
            ("ssl_cert_reqs=none", "ssl_cert_reqs"),
            ("ssl_ca_certs=/nowhere/ca.pem", "/nowhere/ca.pem"),
            ("ssl_certfile=/dev/null", "ssl_keyfile"),
        ] {
            let error = certificates(query).err().unwrap();
            assert!(error.contains(named), "{error}");
        }
    }
}
