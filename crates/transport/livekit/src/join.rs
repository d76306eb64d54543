//! What a client says when it comes: in the address it opens, or in a request packed into the address.

use std::collections::HashMap;
use std::io::Read;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;
use prost::Message as _;
use serde::Deserialize;

use crate::proto::{AddTrackRequest, Compression, JoinRequest, SessionDescription, WrappedJoinRequest};

/// Bytes of a join request, unpacked; those of LiveKit's clients have 14 to 19 kB.
const MAX_REQUEST_BYTES: u64 = 256 * 1024;
/// Padding is sometimes there and sometimes not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How many peer connections a client makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// One for both ways; the client offers (`/rtc/v1`).
    Single,
    /// One for each way; the client offers its own, we offer the other (`/rtc`).
    Dual,
}

/// The query of the address; fields that are not needed are passed over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// The token of clients that cannot set headers.
    pub access_token: String,
    /// A packed request, base64.
    pub join_request: String,
    /// `1` or `true` when the client was here before; as text, since clients differ.
    pub reconnect: String,
    /// Who it was then.
    pub sid: String,
    /// A room, where the client names one; the token decides.
    pub room: String,
}

/// What a client wants.
#[derive(Clone, Debug)]
pub struct Join {
    /// How many peer connections it makes.
    pub style: Style,
    /// Who it was, if it wants to go on where it was.
    pub resumes: Option<String>,
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) metadata: String,
    pub(crate) offer: Option<SessionDescription>,
    pub(crate) tracks: Vec<AddTrackRequest>,
}

/// Why a join request cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadJoin {
    /// It is not base64.
    #[error("join_request is not base64 (URL-safe)")]
    Base64,
    /// It is not what it should be inside.
    #[error("join_request is not a packed JoinRequest")]
    Message,
    /// It is packed and does not unpack.
    #[error("join_request does not unpack as gzip, or to more than 256 kB")]
    Gzip,
}

impl Join {
    /// Reads the query of a client of this style.
    ///
    /// # Errors
    /// When the packed request cannot be read.
    pub fn read(query: &Query, style: Style) -> Result<Self, BadJoin> {
        if query.join_request.is_empty() {
            let again = query.reconnect == "1" || query.reconnect == "true";
            return Ok(Self::from_request(
                JoinRequest { reconnect: again, participant_sid: query.sid.clone(), ..JoinRequest::default() },
                style,
            ));
        }
        let packed = BASE64.decode(&query.join_request).map_err(|_| BadJoin::Base64)?;
        let wrapped = WrappedJoinRequest::decode(&*packed).map_err(|_| BadJoin::Message)?;
        let bytes = match Compression::try_from(wrapped.compression) {
            Ok(Compression::None) => wrapped.join_request,
            Ok(Compression::Gzip) => unpack(&wrapped.join_request)?,
            Err(_) => return Err(BadJoin::Message),
        };
        let request = JoinRequest::decode(&*bytes).map_err(|_| BadJoin::Message)?;
        Ok(Self::from_request(request, style))
    }

    fn from_request(request: JoinRequest, style: Style) -> Self {
        let resumes = (request.reconnect && !request.participant_sid.is_empty()).then_some(request.participant_sid);
        Self {
            style,
            resumes,
            attributes: request.participant_attributes,
            metadata: request.metadata,
            offer: request.publisher_offer,
            tracks: request.add_track_requests,
        }
    }
}

/// A request as it stands in the address that a client opens.
pub(crate) fn pack(request: &JoinRequest) -> String {
    let wrapped = WrappedJoinRequest { compression: Compression::None as i32, join_request: request.encode_to_vec() };
    BASE64.encode(wrapped.encode_to_vec())
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, BadJoin> {
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed).take(MAX_REQUEST_BYTES + 1).read_to_end(&mut bytes).map_err(|_| BadJoin::Gzip)?;
    if read as u64 > MAX_REQUEST_BYTES { Err(BadJoin::Gzip) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression as Level;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(compression: Compression, bytes: &[u8]) -> Query {
        let join_request = match compression {
            Compression::None => bytes.to_vec(),
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        };
        let wrapped = WrappedJoinRequest { compression: compression as i32, join_request };
        Query { join_request: BASE64.encode(wrapped.encode_to_vec()), ..Query::default() }
    }

    #[test]
    fn both_forms_are_read_and_padding_does_not_matter() {
        let request = JoinRequest { reconnect: true, participant_sid: "PA_1".into(), ..JoinRequest::default() };
        for compression in [Compression::None, Compression::Gzip] {
            let mut query = packed(compression, &request.encode_to_vec());
            assert_eq!(Join::read(&query, Style::Single).unwrap().resumes.as_deref(), Some("PA_1"));
            query.join_request = query.join_request.trim_end_matches('=').to_owned();
            assert!(Join::read(&query, Style::Single).is_ok());
        }
        let query = Query { reconnect: "1".into(), sid: "PA_2".into(), ..Query::default() };
        assert_eq!(Join::read(&query, Style::Dual).unwrap().resumes.as_deref(), Some("PA_2"));
        assert!(Join::read(&Query::default(), Style::Dual).unwrap().resumes.is_none());
    }

    #[test]
    fn a_bomb_does_not_unpack() {
        let query = packed(Compression::Gzip, &vec![0; 8 << 20]);
        assert_eq!(Join::read(&query, Style::Single).unwrap_err(), BadJoin::Gzip);
    }

    proptest! {
        #[test]
        fn rubbish_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,100}") {
            let _ = Join::read(&packed(Compression::None, &bytes), Style::Single);
            let wrapped = Query { join_request: BASE64.encode(&bytes), ..Query::default() };
            let _ = Join::read(&wrapped, Style::Single);
            let _ = Join::read(&Query { join_request: text, ..Query::default() }, Style::Single);
        }
    }
}
