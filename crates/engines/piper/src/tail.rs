//! What runs piece by piece, so that a sentence's first sound is there before the rest is computed.

use std::time::Instant;

use speech::{EngineError, EngineErrorKind};
use vocoder::Frames;

use crate::decoder::Decoder;
use crate::error;
use crate::flow::Flow;

/// Frames of the first piece (0.28 s at 22,050 Hz) and of the longest. In between, a piece is as long as can be made
/// in a part of the time for which those before it are heard: the longer they are, the less do neighbours compute twice.
const FIRST: usize = 24;
const LONGEST: usize = 384;
const PART_OF_HEARD: f64 = 0.4;

pub(crate) struct Tail {
    /// `None` where the frames come from it already.
    pub(crate) flow: Option<Flow>,
    pub(crate) decoder: Decoder,
    /// Of the sound.
    pub(crate) rate_hz: u32,
}

impl Tail {
    /// Goes through `frames`, which what comes before made, and calls `samples` with the sound of each piece until it
    /// answers no. `speaker` is one frame, where there are several speakers.
    pub(crate) fn run(
        &mut self,
        frames: &Frames,
        speaker: Option<&Frames>,
        mut samples: impl FnMut(&[f32]) -> bool,
    ) -> Result<(), EngineError> {
        let count = frames.count();
        let mut known = Frames::zeros(frames.channels(), 0);
        let reach = self.decoder.reach();
        let (mut start, mut length) = (0, FIRST);
        while start < count {
            let end = if count - start < length + length / 2 { count } else { start + length };
            let seen = start.saturating_sub(reach)..(end + reach).min(count);
            if known.count() < seen.end {
                // What the first piece needs, then all the rest.
                let wanted = if start == 0 { seen.end } else { count };
                self.know(frames, speaker, wanted, &mut known);
            }
            let inputs = [Some(known.part(seen.start, seen.end)), speaker.cloned()];
            let began = Instant::now();
            let decoded = self.decoder.run(inputs.into_iter().flatten().collect());
            let hop = self.decoder.hop();
            if decoded.len() != seen.len() * hop {
                return Err(error(EngineErrorKind::Inference, format!("{} samples of {seen:?}", decoded.len())));
            }
            if !samples(&decoded[(start - seen.start) * hop..(end - seen.start) * hop]) {
                return Ok(());
            }
            let frame_cost_s = began.elapsed().as_secs_f64() / seen.len() as f64;
            (start, length) = (end, self.next_length(end, frame_cost_s));
        }
        Ok(())
    }

    /// Frames of the next piece, after `sent` frames, when one costs `frame_cost_s`.
    fn next_length(&self, sent: usize, frame_cost_s: f64) -> usize {
        let heard_s = (sent * self.decoder.hop()) as f64 / f64::from(self.rate_hz);
        ((heard_s * PART_OF_HEARD / frame_cost_s) as usize).clamp(FIRST, LONGEST)
    }

    /// Lets `known`, the frames that the decoder takes, reach to `wanted`.
    fn know(&mut self, frames: &Frames, speaker: Option<&Frames>, wanted: usize, known: &mut Frames) {
        let done = known.count();
        let Some(flow) = self.flow.as_mut() else { return known.append(&frames.part(done, wanted)) };
        let from = done.saturating_sub(flow.reach());
        let to = (wanted + flow.reach()).min(frames.count());
        let flowed = flow.run(frames.part(from, to), speaker);
        known.append(&flowed.part(done - from, wanted - from));
    }
}
