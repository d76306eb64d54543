//! Settings: defaults, then a file, then the environment; checked before anything starts.

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use config::{Config, Environment, File, FileFormat};
use serde::{Deserialize, Serialize};
use turn::Profile;

use crate::{LiveKitSettings, QueueSettings};

/// The commented defaults; the documentation of every setting.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server.
    pub server: ServerSettings,
    /// Speech to text.
    pub recognition: RecognitionSettings,
    /// Text to speech.
    pub voice: VoiceSettings,
    /// Turn-taking.
    pub turn: TurnSettings,
    /// What is kept of the sound.
    pub recording: RecordingSettings,
    /// Work that may be done elsewhere.
    pub queue: QueueSettings,
    /// LiveKit's clients.
    pub livekit: LiveKitSettings,
}

/// The server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port.
    pub listen: String,
    /// Where interviews are kept; empty for the user's data folder.
    pub data_dir: String,
    /// Interviews held at once; 0 for two a core.
    pub max_sessions: usize,
}

/// What is kept of the sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingSettings {
    /// Whether the candidate's packets are kept as they came.
    pub keep_opus: bool,
}

/// Speech to text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecognitionSettings {
    /// Asset or folder.
    pub model: String,
    /// Threads within one recognition; 0 for one a core, at most 4.
    pub threads: usize,
    /// `cpu`, `cuda` or `auto`.
    pub device: String,
    /// `int8`, `float16` or `float32`.
    pub compute: String,
}

/// Text to speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceSettings {
    /// Who speaks: `piper` or `kokoro`.
    pub engine: String,
    /// Who speaks where the first cannot: `piper`, `kokoro` or `none`.
    pub fallback: String,
    /// When the other voice is loaded: at the `start`, or when it is `needed`.
    pub fallback_load: String,
    /// Piper's voice: asset or file.
    pub model: String,
    /// Kokoro's voice, for instance `af_heart`, or the mean of several: `af_heart+af_nova`.
    pub kokoro: String,
    /// How long the first sound of a line may take, in milliseconds, before the fallback speaks.
    pub first_sound_ms: u64,
    /// Threads within one synthesis; 0 for one a core, at most 2.
    pub threads: usize,
    /// Bound of the cache of spoken lines on disk, megabytes.
    pub cache_mb: u64,
    /// Bound of the cache of spoken lines in memory, megabytes.
    pub cache_memory_mb: usize,
}

/// Turn-taking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnSettings {
    /// `brisk`, `interview` or `patient`.
    pub profile: String,
    /// What every patience is multiplied by, 1 to 4.
    pub accommodation: f32,
    /// Single numbers of the profile, by their names.
    #[serde(default)]
    pub numbers: BTreeMap<String, u32>,
}

impl Settings {
    /// The defaults, changed by `file` if one is given, changed by the environment.
    ///
    /// # Errors
    /// A file that is not there or not TOML, an unknown key, or a value that cannot be; each is named.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        Self::load_from(file, std::env::vars().collect())
    }

    fn load_from(file: Option<&Path>, environment: HashMap<String, String>) -> Result<Self> {
        let ours = environment.into_iter().filter(|(name, _)| name.starts_with("INTERVIEWER_") && name.contains("__"));
        let environment = Environment::with_prefix("INTERVIEWER")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("livekit.public_addresses");
        let mut builder = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let config = builder.add_source(environment.source(Some(ours.collect()))).build();
        let place = file.map_or("the settings".to_owned(), |file| file.display().to_string());
        let settings: Self = config
            .and_then(Config::try_deserialize)
            .with_context(|| format!("{place}: not valid; `interviewer config show` prints every setting"))?;
        settings.check().with_context(|| place)?;
        Ok(settings)
    }

    fn check(&self) -> Result<()> {
        self.listen()?;
        self.profile()?;
        self.queue.check()?;
        self.livekit.check()?;
        self.livekit.ports(self.listen()?.ip())?;
        if !(1.0..=interview::MOST_ACCOMMODATION).contains(&self.turn.accommodation) {
            let most = interview::MOST_ACCOMMODATION;
            bail!("turn.accommodation is {}; it must be 1 to {most}", self.turn.accommodation);
        }
        if !["cpu", "cuda", "auto"].contains(&self.recognition.device.as_str()) {
            bail!("recognition.device is \"{}\"; it must be cpu, cuda or auto", self.recognition.device);
        }
        if !["int8", "float16", "float32"].contains(&self.recognition.compute.as_str()) {
            bail!("recognition.compute is \"{}\"; it must be int8, float16 or float32", self.recognition.compute);
        }
        self.voice.check()?;
        for (name, model) in [("recognition.model", &self.recognition.model), ("voice.model", &self.voice.model)] {
            if model.trim().is_empty() {
                bail!("{name} is empty; name an asset or a path");
            }
        }
        Ok(())
    }

    /// Address and port.
    ///
    /// # Errors
    /// When `server.listen` is not an address with a port.
    pub fn listen(&self) -> Result<SocketAddr> {
        let listen = &self.server.listen;
        let found = listen.to_socket_addrs().ok().and_then(|mut all| all.next());
        found.with_context(|| {
            format!("server.listen is \"{listen}\"; it must be an address and a port, as 127.0.0.1:8080")
        })
    }

    /// The turn-taking profile, with the numbers that are set on their own.
    ///
    /// # Errors
    /// When `turn.profile` names none, or `turn.numbers` holds what a profile does not have.
    pub fn profile(&self) -> Result<Profile> {
        let name = &self.turn.profile;
        let profile = Profile::named(name)
            .with_context(|| format!("turn.profile is \"{name}\"; it must be brisk, interview or patient"))?;
        let mut numbers = serde_json::to_value(profile)?;
        for (name, number) in &self.turn.numbers {
            numbers[name] = (*number).into();
        }
        serde_json::from_value(numbers).context("turn.numbers")
    }

    /// Where interviews are kept.
    ///
    /// # Errors
    /// When none is set and the user has no home folder.
    pub fn data_dir(&self) -> Result<PathBuf> {
        if !self.server.data_dir.is_empty() {
            return Ok(PathBuf::from(&self.server.data_dir));
        }
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
        let base = base.context("there is no home folder to keep interviews in; name one with --data-dir")?;
        Ok(base.join("interviewer"))
    }

    /// Interviews held at once.
    pub fn max_sessions(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.server.max_sessions == 0 { 2 * cores } else { self.server.max_sessions }
    }
}

impl VoiceSettings {
    fn check(&self) -> Result<()> {
        for (name, value, known) in [
            ("engine", &self.engine, &["piper", "kokoro"][..]),
            ("fallback", &self.fallback, &["piper", "kokoro", "none"]),
            ("fallback_load", &self.fallback_load, &["start", "needed"]),
        ] {
            if !known.contains(&value.as_str()) {
                bail!("voice.{name} is \"{value}\"; it must be one of {}", known.join(", "));
            }
        }
        if !(200..=60_000).contains(&self.first_sound_ms) {
            bail!("voice.first_sound_ms is {}; it must be 200 to 60000", self.first_sound_ms);
        }
        if self.engine == self.fallback {
            bail!("voice.fallback is \"{}\", as is voice.engine; name the other voice, or none", self.fallback);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, file.unwrap_or_default()).unwrap();
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::load_from(file.map(|_| path.as_path()), variables).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn the_defaults_are_valid_and_the_later_wins() {
        let settings = load(None, &[("INTERVIEWER_CACHE_DIR", "/elsewhere")]).unwrap();
        assert_eq!(settings.server.listen, "127.0.0.1:8080");
        let file = "[server]\nlisten = \"127.0.0.1:1\"\n[turn]\nprofile = \"patient\"";
        let settings = load(Some(file), &[("INTERVIEWER_SERVER__LISTEN", "127.0.0.1:2")]).unwrap();
        assert_eq!((settings.server.listen.as_str(), settings.profile().unwrap()), ("127.0.0.1:2", Profile::PATIENT));
    }

    #[test]
    fn addresses_of_both_families_can_be_given_in_the_environment() {
        let (listen, public) = ("INTERVIEWER_LIVEKIT__LISTEN", "INTERVIEWER_LIVEKIT__PUBLIC_ADDRESSES");
        let settings = load(None, &[(listen, "::"), (public, "203.0.113.7,2001:db8::7")]).unwrap();
        let ports = settings.livekit.ports(settings.listen().unwrap().ip()).unwrap();
        assert_eq!((ports.listen.to_string().as_str(), ports.public.len(), ports.tcp_port), ("::", 2, Some(7881)));
    }

    #[test]
    fn single_numbers_of_the_profile_can_be_set() {
        let settings = load(Some("[turn]\nprofile = \"brisk\"\n[turn.numbers]\nfinished_ms = 999"), &[]).unwrap();
        assert_eq!(settings.profile().unwrap(), Profile { finished_ms: 999, ..Profile::BRISK });
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, named) in [
            ("[server]\nport = 1", "port"),
            ("[turn]\nprofile = \"hasty\"", "hasty"),
            ("[turn]\naccommodation = 0.5", "turn.accommodation"),
            ("[turn.numbers]\nfinnished_ms = 600", "finnished_ms"),
            ("[server]\nlisten = \"here\"", "server.listen"),
            ("[recognition]\ndevice = \"tpu\"", "recognition.device"),
            ("[recognition]\ncompute = \"int4\"", "recognition.compute"),
            ("[voice]\nfallback = \"cello\"", "piper, kokoro, none"),
            ("[voice]\nfallback = \"piper\"", "as is voice.engine"),
            ("[voice]\nfirst_sound_ms = 5", "voice.first_sound_ms"),
            ("[queue]\nvoice = \"there\"", "queue.voice"),
            ("[queue]\nlease_s = 0", "queue.lease_s"),
            ("[livekit]\nkey = \"k\"", "livekit.secret"),
            ("[livekit]\nkey = \"k\"\nsecret = \"short\"", "32 at least"),
            ("[livekit]\nurl = \"http://here\"", "livekit.url"),
            ("[livekit]\nice_servers = [{ urls = [\"here\"] }]", "livekit.ice_servers"),
            ("[livekit]\nice_servers = [{ urls = [\"turn:here\"] }]", "use-auth-secret"),
            (
                "[livekit]\nice_servers = [{ urls = [\"turn:here\"], username = \"u\", secret = \"s\" }]",
                "turn:here needs",
            ),
            ("[livekit]\nlisten = \"localhost\"", "livekit.listen is \"localhost\""),
            ("[livekit]\npublic_addresses = [\"2001:db8::7\"]", "2001:db8::7"),
            ("[server", "settings.toml"),
        ] {
            let error = load(Some(file), &[]).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
