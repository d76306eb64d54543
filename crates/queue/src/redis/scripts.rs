//! Scripts: what the server does in one piece.

use redis::{FromRedisValue, Script};

use super::Link;
use crate::QueueError;

macro_rules! scripts {
    ($($name:ident),*) => {
        /// All scripts, hashed once.
        pub(crate) struct Scripts {
            $(pub(crate) $name: Script,)*
        }

        impl Scripts {
            pub(crate) fn new() -> Self {
                Self { $($name: Script::new(include_str!(concat!("lua/", stringify!($name), ".lua"))),)* }
            }
        }
    };
}

scripts!(
    submit,
    take,
    finish,
    retry,
    bury,
    give_back,
    restore,
    chord_part,
    chord_end,
    replay,
    cache_put,
    cache_get,
    lease_claim,
    lease_release,
    chunk
);

/// A call of a script: its keys and its arguments.
pub(crate) struct Call<'a> {
    script: &'a Script,
    keys: Vec<String>,
    args: Vec<Vec<u8>>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(script: &'a Script) -> Self {
        Self { script, keys: Vec::new(), args: Vec::new() }
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<[u8]>) -> Self {
        self.args.push(arg.as_ref().to_vec());
        self
    }

    pub(crate) fn number(self, number: impl ToString) -> Self {
        self.arg(number.to_string())
    }

    /// Runs it on `link`, perhaps more than once if the connection breaks.
    pub(crate) async fn run<T: FromRedisValue>(&self, link: &Link) -> Result<T, QueueError> {
        link.run(|mut connection| {
            let mut call = self.script.prepare_invoke();
            for key in &self.keys {
                call.key(key);
            }
            for arg in &self.args {
                call.arg(arg.as_slice());
            }
            async move { call.invoke_async(&mut connection).await }
        })
        .await
    }
}
