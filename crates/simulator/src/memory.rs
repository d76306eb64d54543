//! What engines answered, kept on disk under the hash of what they were asked: a simulation that is run again asks them
//! nothing.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use speech::{
    EndOfTurn, FloorClaim, Recognition, RecognitionRequest, Recognizer, SpeechRequest, VAD_FRAME_SAMPLES, VadFrame,
    VadMemory, Voice, VoiceActivity,
};

/// The engines that a session has.
#[derive(Clone)]
pub struct Engines {
    /// Voice activity.
    pub activity: Arc<dyn VoiceActivity>,
    /// How a pause sounds.
    pub end_of_turn: Arc<dyn EndOfTurn>,
    /// Whether a voice over ours wants the floor.
    pub floor_claim: Arc<dyn FloorClaim>,
    /// Speech to text.
    pub recognizer: Arc<dyn Recognizer>,
    /// Our voice.
    pub voice: Arc<dyn Voice>,
    /// A voice of many speakers: candidates.
    pub candidates: Arc<dyn Voice>,
}

/// Engines with a memory.
pub struct Memory {
    engines: Engines,
    kept: Mutex<Kept>,
}

struct Kept {
    answers: HashMap<String, Value>,
    file: File,
}

impl Memory {
    /// Engines that remember in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(engines: Engines, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let path = folder.join("answers.jsonl");
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        // a line that a crash cut short is asked for again
        let lines = BufReader::new(&file).lines().map_while(Result::ok);
        let answers = lines.filter_map(|line| serde_json::from_str::<(String, Value)>(&line).ok()).collect();
        Ok(Self { engines, kept: Mutex::new(Kept { answers, file }) })
    }

    /// Voice activity, which is asked each time: what it hears depends on what it heard before.
    pub fn activity(&self) -> &dyn VoiceActivity {
        &*self.engines.activity
    }

    /// The probability of a voice in each frame of 32 ms of `sound`.
    ///
    /// # Errors
    /// The engine's.
    pub async fn voice_in(&self, sound: &[f32]) -> Result<Vec<f32>> {
        let key = key("activity", "", sound);
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let (mut memory, mut probabilities) = (VadMemory::default(), Vec::new());
        for frame in sound.chunks_exact(VAD_FRAME_SAMPLES) {
            let result = self.engines.activity.detect(VadFrame { samples: frame.to_vec(), memory }).await?;
            memory = result.memory;
            probabilities.push(result.probability);
        }
        self.keep(key, &probabilities)?;
        Ok(probabilities)
    }

    /// What is said in `sound`.
    ///
    /// # Errors
    /// The engine's.
    pub async fn recognised(&self, sound: &[f32]) -> Result<Recognition> {
        let key = key("words", self.engines.recognizer.name(), sound);
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let recognition = self.engines.recognizer.recognize(RecognitionRequest::new(sound.to_vec())).await?;
        self.keep(key, &recognition)?;
        Ok(recognition)
    }

    /// The probability that the speaker of `sound` has finished.
    ///
    /// # Errors
    /// The engine's.
    pub async fn finished(&self, sound: &[f32]) -> Result<f32> {
        let key = key("end of turn", "", sound);
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let probability = self.engines.end_of_turn.probability(sound.into()).await?;
        self.keep(key, &probability)?;
        Ok(probability)
    }

    /// The probability that the voice in `sound` wants the floor: quick, and asked anew each time, since it is what is
    /// fitted.
    ///
    /// # Errors
    /// The engine's.
    pub async fn claims(&self, sound: &[f32]) -> Result<f32> {
        Ok(self.engines.floor_claim.probability(sound.into()).await?)
    }

    /// `text` in our voice.
    ///
    /// # Errors
    /// The engine's.
    pub async fn spoken(&self, text: &str) -> Result<Vec<f32>> {
        self.speech(&*self.engines.voice, SpeechRequest::new(text)).await
    }

    /// `text` as a candidate says it who has this one of the candidates' voices, at this pace.
    ///
    /// # Errors
    /// The engine's.
    pub async fn spoken_by(&self, voice: &str, text: &str, speed: f32) -> Result<Vec<f32>> {
        let request = SpeechRequest { voice: Some(voice.to_owned()), speed, ..SpeechRequest::new(text) };
        self.speech(&*self.engines.candidates, request).await
    }

    async fn speech(&self, voice: &dyn Voice, request: SpeechRequest) -> Result<Vec<f32>> {
        let (name, speed) = (request.voice.clone().unwrap_or_default(), request.speed);
        let key = key(&format!("voice {} {name} {speed}", voice.info().fingerprint), &request.text, &[]);
        if let Some(known) = self.known::<Vec<i16>>(&key) {
            return Ok(known.iter().map(|sample| f32::from(*sample) / 32_768.0).collect());
        }
        let mut stream = voice.speak(request);
        let mut sound = Vec::new();
        while let Some(chunk) = stream.recv().await {
            sound.extend(chunk?.samples);
        }
        let pcm: Vec<i16> = sound.iter().map(|sample| audio::wav::pcm16(*sample)).collect();
        self.keep(key, &pcm)?;
        Ok(pcm.iter().map(|sample| f32::from(*sample) / 32_768.0).collect())
    }

    fn known<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(key).and_then(|value| serde_json::from_value(value.clone()).ok())
    }

    fn keep<T: Serialize>(&self, key: String, answer: &T) -> Result<()> {
        let value = serde_json::to_value(answer)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = serde_json::to_string(&(&key, &value))?;
        line.push('\n');
        kept.file.write_all(line.as_bytes())?;
        kept.answers.insert(key, value);
        Ok(())
    }
}

/// The hash of what an engine is asked.
fn key(engine: &str, asked: &str, sound: &[f32]) -> String {
    let mut hash = Sha256::new();
    hash.update(engine.as_bytes());
    hash.update([0]);
    hash.update(asked.as_bytes());
    hash.update([0]);
    let bytes: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    hash.update(&bytes);
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_questions_have_different_keys() {
        let keys = [
            key("words", "base", &[0.1, 0.2]),
            key("words", "tiny", &[0.1, 0.2]),
            key("activity", "base", &[0.1, 0.2]),
            key("words", "base", &[0.1, 0.3]),
        ];
        let different: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(keys[0], key("words", "base", &[0.1, 0.2]));
    }
}
