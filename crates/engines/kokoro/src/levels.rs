//! How loud each voice is by itself, so that none has to be heard before it can be levelled.

/// In LUFS, of one line as the network makes it; the test `levels_of_all_voices` prints it.
const LEVELS: [(&str, f32); 0] = [];

/// The level of the voice `name`, if it is one of those that come with the model.
pub(crate) fn level(name: &str) -> Option<f32> {
    LEVELS.iter().find(|(known, _)| *known == name).map(|(_, lufs)| *lufs)
}
