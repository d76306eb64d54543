//! The first words on a socket.

use axum::extract::ws::{Message as Frame, WebSocket};
use tokio::time::{Duration, Instant, timeout_at};

use crate::proto::{self, Message};

/// A client that has not said hello after so long is let go.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Waits for a good `hello`; the rate at which the client will send, or `None` when it left or did not say it in time.
pub(crate) async fn hello(socket: &mut WebSocket) -> Option<u32> {
    let until = Instant::now() + HELLO_WITHIN;
    loop {
        match timeout_at(until, socket.recv()).await {
            Ok(Some(Ok(Frame::Text(text)))) => match proto::parse(&text) {
                Ok(Message::Hello { sample_rate_hz }) => return Some(sample_rate_hz),
                Ok(Message::Ping(id)) => send(socket, proto::pong(&id)).await?,
                Ok(_) => send(socket, hello_expected()).await?,
                Err((code, message)) => send(socket, proto::error(code, &message)).await?,
            },
            Ok(Some(Ok(Frame::Binary(_)))) => send(socket, hello_expected()).await?,
            Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => {}
            Ok(Some(Ok(Frame::Close(_)) | Err(_)) | None) => return None,
            Err(_) => {
                send(socket, hello_expected()).await?;
                let _ = socket.send(Frame::Close(None)).await;
                return None;
            }
        }
    }
}

async fn send(socket: &mut WebSocket, text: String) -> Option<()> {
    socket.send(Frame::Text(text.into())).await.ok()
}

fn hello_expected() -> String {
    proto::error(
        "hello_expected",
        "The first message is {\"type\":\"hello\"}, within 10 seconds; see docs/websocket.md.",
    )
}
