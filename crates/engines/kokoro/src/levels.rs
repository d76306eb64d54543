//! How loud each voice is by itself, so that none has to be heard before it can be levelled.

/// In LUFS, of one line as the network makes it; the test `levels_of_all_voices` prints it.
const LEVELS: [(&str, f32); 28] = [
    ("af_alloy", -23.3),
    ("af_aoede", -19.6),
    ("af_bella", -23.2),
    ("af_heart", -23.9),
    ("af_jessica", -23.8),
    ("af_kore", -20.0),
    ("af_nicole", -22.6),
    ("af_nova", -28.3),
    ("af_river", -23.0),
    ("af_sarah", -22.4),
    ("af_sky", -25.5),
    ("am_adam", -20.2),
    ("am_echo", -24.0),
    ("am_eric", -23.0),
    ("am_fenrir", -21.6),
    ("am_liam", -23.0),
    ("am_michael", -24.9),
    ("am_onyx", -25.6),
    ("am_puck", -20.1),
    ("am_santa", -24.6),
    ("bf_alice", -22.5),
    ("bf_emma", -21.6),
    ("bf_isabella", -19.0),
    ("bf_lily", -23.0),
    ("bm_daniel", -23.0),
    ("bm_fable", -22.2),
    ("bm_george", -23.0),
    ("bm_lewis", -25.3),
];

/// The level of the voice `name`, if it is one of those that come with the model.
pub(crate) fn level(name: &str) -> Option<f32> {
    LEVELS.iter().find(|(known, _)| *known == name).map(|(_, lufs)| *lufs)
}
