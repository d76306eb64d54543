//! What was measured, for Prometheus.

use metrics::{counter, histogram};

use super::{Measured, Stage};

/// Adds what was measured to the live metrics: `interviewer_voice_to_voice_seconds` with its parts in
/// `interviewer_reply_stage_seconds`, `interviewer_cut_ins_total` by what had been known,
/// `interviewer_barge_in_stop_seconds`, `interviewer_unanswered_turns_total`, and of the sound that was given to recognition
/// `interviewer_recognised_milliseconds_total` and `interviewer_recognition_wasted_milliseconds_total`.
pub fn publish(measured: &Measured) {
    counter!("interviewer_recognised_milliseconds_total").increment(measured.work.recognised_ms);
    counter!("interviewer_recognition_wasted_milliseconds_total").increment(measured.work.wasted_ms);
    for turn in &measured.turns {
        if !turn.answered {
            counter!("interviewer_unanswered_turns_total").increment(1);
        }
        if turn.cut_in {
            continue;
        }
        histogram!("interviewer_voice_to_voice_seconds").record(seconds(turn.voice_to_voice_ms));
        for stage in Stage::ALL {
            let Some(stages) = &turn.stages else { continue };
            let histogram = histogram!("interviewer_reply_stage_seconds", "stage" => stage.name());
            histogram.record(seconds(stages.of(stage)));
        }
    }
    for cut_in in &measured.cut_ins {
        let because = &cut_in.because;
        let (trigger, sound, words) = (because.trigger.name(), because.sound(), because.reading());
        counter!("interviewer_cut_ins_total", "trigger" => trigger, "sound" => sound, "words" => words).increment(1);
    }
    for barge_in in &measured.barge_ins {
        histogram!("interviewer_barge_in_stop_seconds").record(seconds(barge_in.stop_ms));
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
