//! What goes over a data channel, both ways: text streams, remote procedure calls, transcriptions.

use std::collections::HashMap;

use prost::{Message, Oneof};

/// On a data channel, both ways.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DataPacket {
    #[prost(string, tag = "4")]
    pub(crate) participant_identity: String,
    #[prost(string, repeated, tag = "5")]
    pub(crate) destination_identities: Vec<String>,
    /// Rises with each packet of a participant.
    #[prost(uint32, tag = "16")]
    pub(crate) sequence: u32,
    #[prost(string, tag = "17")]
    pub(crate) participant_sid: String,
    #[prost(oneof = "Data", tags = "2, 7, 10, 11, 12, 13, 14, 15")]
    pub(crate) value: Option<Data>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Data {
    #[prost(message, tag = "2")]
    User(UserPacket),
    #[prost(message, tag = "7")]
    Transcription(Transcription),
    #[prost(message, tag = "10")]
    RpcRequest(RpcRequest),
    #[prost(message, tag = "11")]
    RpcAck(RpcAck),
    #[prost(message, tag = "12")]
    RpcResponse(RpcResponse),
    #[prost(message, tag = "13")]
    StreamHeader(StreamHeader),
    #[prost(message, tag = "14")]
    StreamChunk(StreamChunk),
    #[prost(message, tag = "15")]
    StreamTrailer(StreamTrailer),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct UserPacket {
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) payload: Vec<u8>,
    #[prost(string, optional, tag = "4")]
    pub(crate) topic: Option<String>,
    #[prost(string, tag = "5")]
    pub(crate) participant_identity: String,
}

/// The older form of a transcription.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Transcription {
    #[prost(string, tag = "2")]
    pub(crate) transcribed_participant_identity: String,
    #[prost(string, tag = "3")]
    pub(crate) track_id: String,
    #[prost(message, repeated, tag = "4")]
    pub(crate) segments: Vec<TranscriptionSegment>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TranscriptionSegment {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) text: String,
    #[prost(bool, tag = "5")]
    pub(crate) is_final: bool,
    #[prost(string, tag = "6")]
    pub(crate) language: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcRequest {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) method: String,
    #[prost(string, tag = "3")]
    pub(crate) payload: String,
    #[prost(uint32, tag = "5")]
    pub(crate) version: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcAck {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcResponse {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    #[prost(oneof = "RpcResult", tags = "2, 3")]
    pub(crate) value: Option<RpcResult>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum RpcResult {
    #[prost(string, tag = "2")]
    Payload(String),
    #[prost(message, tag = "3")]
    Error(RpcError),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcError {
    #[prost(uint32, tag = "1")]
    pub(crate) code: u32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamHeader {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    /// Milliseconds, Unix time.
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
    #[prost(string, tag = "3")]
    pub(crate) topic: String,
    #[prost(string, tag = "4")]
    pub(crate) mime_type: String,
    #[prost(map = "string, string", tag = "8")]
    pub(crate) attributes: HashMap<String, String>,
    #[prost(oneof = "ContentHeader", tags = "9, 10")]
    pub(crate) content_header: Option<ContentHeader>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum ContentHeader {
    #[prost(message, tag = "9")]
    Text(TextHeader),
    #[prost(message, tag = "10")]
    Bytes(ByteHeader),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TextHeader {
    #[prost(bool, tag = "5")]
    pub(crate) generated: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ByteHeader {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamChunk {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    #[prost(uint64, tag = "2")]
    pub(crate) chunk_index: u64,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) content: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamTrailer {
    #[prost(string, tag = "1")]
    pub(crate) stream_id: String,
    /// Empty where the stream ended as it should.
    #[prost(string, tag = "2")]
    pub(crate) reason: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) attributes: HashMap<String, String>,
}
