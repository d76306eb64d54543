//! Hashes, and the chain that makes a change in the log show.

use sha2::{Digest, Sha256};

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The last link of the chain over `lines`: link 0 is 32 zero bytes, each further one is
/// SHA-256(the link before ‖ the line's bytes without its line break). Given as 64 hexadecimal digits.
pub fn chain<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let link = |before: [u8; 32], line: &str| -> [u8; 32] {
        Sha256::new().chain_update(before).chain_update(line.as_bytes()).finalize().into()
    };
    hex(&lines.into_iter().fold([0; 32], link))
}

/// Hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_an_omission_and_an_exchange_change_the_chain() {
        let whole = chain(["a", "b", "c"]);
        let others = [chain(["a", "x", "c"]), chain(["a", "c"]), chain(["b", "a", "c"]), chain(["ab", "c"]), chain([])];
        assert!(others.iter().all(|other| *other != whole));
        assert_eq!(sha256_hex(b"abc")[..16], *"ba7816bf8f01cfea");
        assert_eq!(chain([]), "0".repeat(64));
    }
}
