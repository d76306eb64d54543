//! Opus (RFC 6716) for speech: mono at 16 kHz, which is what the rest of the house hears and says, so that nothing is
//! resampled on the way.

use ::opus::{Application, Bitrate, Channels, Signal};

use crate::SAMPLE_RATE_HZ;

/// Samples of a frame of ours: 20 ms.
pub const FRAME_SAMPLES: usize = 320;
/// Samples of the longest packet that there is: 120 ms.
const MAX_PACKET_SAMPLES: usize = 1920;
/// Bytes of the longest packet of ours; far more than 20 ms of speech ever need.
const MAX_PACKET_BYTES: usize = 400;
/// Enough for speech in wide band, with room for a copy of the frame before.
const BITS_PER_SECOND: i32 = 32_000;
/// The loss, in per cent, that the copies of earlier frames are laid out for.
const EXPECTED_LOSS_PCT: i32 = 10;
/// Half of libopus's greatest effort; beyond it speech at this rate does not become better that can be heard.
const COMPLEXITY: i32 = 5;

/// Opus refused something.
#[derive(Debug, thiserror::Error)]
#[error("opus: {0}")]
pub struct OpusError(#[from] ::opus::Error);

/// Encodes our voice: constant in time (no DTX), with a copy of the frame before in each packet (in-band FEC).
#[derive(Debug)]
pub struct Encoder(::opus::Encoder);

impl Encoder {
    /// A new encoder.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new() -> Result<Self, OpusError> {
        let mut encoder = ::opus::Encoder::new(SAMPLE_RATE_HZ, Channels::Mono, Application::Voip)?;
        encoder.set_bitrate(Bitrate::Bits(BITS_PER_SECOND))?;
        encoder.set_signal(Signal::Voice)?;
        encoder.set_complexity(COMPLEXITY)?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(EXPECTED_LOSS_PCT)?;
        encoder.set_dtx(false)?;
        Ok(Self(encoder))
    }

    /// A packet of `frame`, 20 ms of 16 kHz mono.
    ///
    /// # Errors
    /// When `frame` has another length than [`FRAME_SAMPLES`].
    pub fn encode(&mut self, frame: &[i16]) -> Result<Vec<u8>, OpusError> {
        let mut packet = self.0.encode_vec(frame, MAX_PACKET_BYTES)?;
        packet.shrink_to_fit();
        Ok(packet)
    }
}

/// Decodes a stream of packets, and makes up for those that are lost.
#[derive(Debug)]
pub struct Decoder {
    decoder: ::opus::Decoder,
    /// Samples of the last packet: a lost one is taken to be as long.
    length: usize,
}

impl Decoder {
    /// A new decoder.
    ///
    /// # Errors
    /// When libopus has no memory.
    pub fn new() -> Result<Self, OpusError> {
        Ok(Self { decoder: ::opus::Decoder::new(SAMPLE_RATE_HZ, Channels::Mono)?, length: FRAME_SAMPLES })
    }

    /// The sound of `packet`: 2.5 to 120 ms of 16 kHz mono, -1..1.
    ///
    /// # Errors
    /// When `packet` is not Opus.
    pub fn decode(&mut self, packet: &[u8]) -> Result<Vec<f32>, OpusError> {
        let mut samples = vec![0.0; MAX_PACKET_SAMPLES];
        let count = self.decoder.decode_float(packet, &mut samples, false)?;
        self.length = count;
        samples.truncate(count);
        Ok(samples)
    }

    /// The sound of the packet before `following`, which was lost: from the copy in `following`, or guessed where it
    /// has none.
    ///
    /// # Errors
    /// When `following` is not Opus.
    pub fn recover(&mut self, following: &[u8]) -> Result<Vec<f32>, OpusError> {
        let mut samples = vec![0.0; self.length];
        self.decoder.decode_float(following, &mut samples, true)?;
        Ok(samples)
    }

    /// A guess at the sound of a packet that was lost.
    ///
    /// # Errors
    /// When libopus fails inside.
    pub fn conceal(&mut self) -> Result<Vec<f32>, OpusError> {
        let mut samples = vec![0.0; self.length];
        self.decoder.decode_float(&[], &mut samples, false)?;
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A vowel of sorts: harmonics of 140 Hz, of which the amplitude swells and falls.
    fn vowel(seconds: usize) -> Vec<i16> {
        let sample = |i: usize| {
            let t = i as f32 / SAMPLE_RATE_HZ as f32;
            let tone = |k: f32| (std::f32::consts::TAU * 140.0 * k * t).sin() / k;
            let swell = 0.6 + 0.4 * (std::f32::consts::TAU * 3.0 * t).sin();
            (6000.0 * swell * (1..9).map(|k| tone(k as f32)).sum::<f32>()) as i16
        };
        (0..seconds * SAMPLE_RATE_HZ as usize).map(sample).collect()
    }

    fn packets(sound: &[i16]) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new().unwrap();
        sound.chunks_exact(FRAME_SAMPLES).map(|frame| encoder.encode(frame).unwrap()).collect()
    }

    /// Signal to noise in decibels at the best delay.
    fn likeness(sound: &[i16], decoded: &[f32]) -> f32 {
        let at = |delay: usize| {
            let pairs = decoded[delay..].iter().zip(sound).skip(1600);
            let (signal, noise) = pairs.fold((0.0, 1e-9), |(s, n), (d, o)| {
                let o = f32::from(*o) / 32_768.0;
                (s + o * o, n + (o - d).powi(2))
            });
            10.0 * (signal / noise).log10()
        };
        (0..400).map(at).fold(f32::MIN, f32::max)
    }

    #[test]
    fn what_is_decoded_is_what_was_encoded() {
        let sound = vowel(2);
        let packets = packets(&sound);
        assert!(packets.iter().all(|packet| packet.len() <= MAX_PACKET_BYTES));
        let mut decoder = Decoder::new().unwrap();
        let decoded: Vec<f32> = packets.iter().flat_map(|packet| decoder.decode(packet).unwrap()).collect();
        assert_eq!(decoded.len(), sound.len());
        // the speech coder is no waveform coder (5.4 dB here; libopus's music mode has 24 dB and no copies against
        // loss), so that it is held beside another sound
        let (own, other) = (likeness(&sound, &decoded), likeness(&babble(2), &decoded));
        assert!(own > 4.0 && own > other + 4.0, "{own} dB, and {other} dB to another sound");
    }

    /// Vowels of 60 ms, each at a pitch of its own: what comes next cannot be guessed from what was.
    fn babble(seconds: usize) -> Vec<i16> {
        let mut phase = 0.0f32;
        let sample = |i: usize| {
            let vowel = i / 960;
            let pitch_hz = 110.0 + (vowel * 37 % 11) as f32 * 17.0;
            phase = (phase + pitch_hz / SAMPLE_RATE_HZ as f32).fract();
            let tone = |k: f32| (std::f32::consts::TAU * k * phase).sin() / k;
            (6000.0 * (1..9).map(|k| tone(k as f32)).sum::<f32>()) as i16
        };
        (0..seconds * SAMPLE_RATE_HZ as usize).map(sample).collect()
    }

    #[test]
    fn a_lost_packet_is_better_recovered_than_guessed() {
        let sound = babble(4);
        let packets = packets(&sound);
        let with = |recover: bool| {
            let mut decoder = Decoder::new().unwrap();
            let mut decoded = Vec::new();
            for (i, packet) in packets.iter().enumerate() {
                decoded.extend(match i % 7 {
                    6 if recover && i + 1 < packets.len() => decoder.recover(&packets[i + 1]).unwrap(),
                    6 => decoder.conceal().unwrap(),
                    _ => decoder.decode(packet).unwrap(),
                });
            }
            assert_eq!(decoded.len(), sound.len(), "nothing is missing");
            likeness(&sound, &decoded)
        };
        let (recovered, guessed) = (with(true), with(false));
        assert!(recovered > guessed + 1.0, "{recovered} dB and {guessed} dB");
    }

    proptest! {
        #[test]
        fn no_packet_breaks_it(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20)) {
            let mut decoder = Decoder::new().unwrap();
            for packet in &packets {
                let _ = decoder.recover(packet);
                if let Ok(samples) = decoder.decode(packet) {
                    prop_assert!(samples.iter().all(|s| s.is_finite()));
                }
                prop_assert!(decoder.conceal().unwrap().len() <= MAX_PACKET_SAMPLES);
            }
        }
    }
}
