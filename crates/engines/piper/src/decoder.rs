//! The decoder: frames in, samples out, by the steps that the model's own graph lists.
//!
//! Piper's voices of all qualities differ in how many convolutions there are and how they are joined, not in what they
//! do. So the steps are read from the graph, each is given the form that is quickest here, and the ones that belong
//! together (a rectifier before a convolution, an addition behind it) become one.
//!
//! Between two upsamplings only one tensor passes. There the steps are cut into stages, and each stage runs on pieces
//! of time that are small enough for the processor's cache: its tensors are written and read a dozen times.

mod read;
mod step;

use std::ops::Range;

use onnx::Graph;
use vocoder::{Frames, Kernel};

use read::{Extent, Reader};
use step::{Memory, Slot, Step, Work};

/// Numbers of a stage's largest tensor that are in work at once: half of a usual second-level cache.
const WORK: f64 = (1 << 17) as f64;
/// A piece is at least so many times as long as what it has to know on one side.
const LEAST_REACHES: usize = 8;

pub(crate) struct Decoder {
    memory: Memory,
    steps: Vec<Step>,
    stages: Vec<Stage>,
    /// The step after which a slot is not needed any more.
    last_use: Vec<usize>,
    reach: usize,
    hop: usize,
}

/// Steps from one tensor to the next that is alone.
struct Stage {
    steps: Range<usize>,
    input: Slot,
    output: Slot,
    /// Of its own input: frames to each side that one depends on, its frames for one of them, frames at once.
    reach: usize,
    hop: usize,
    most: usize,
}

impl Decoder {
    /// Reads the nodes whose names begin with `prefix`. `inputs` are the names of the frames and, where there are
    /// several speakers, of theirs. `None` when there is a step that this code does not know.
    pub(crate) fn read(kernel: Kernel, graph: &Graph<'_>, prefix: &str, inputs: &[&str]) -> Option<Self> {
        let (steps, extents, output) = Reader::new(kernel, graph, inputs).read(prefix)?;
        let mut last_use = vec![0; extents.len()];
        for (at, step) in steps.iter().enumerate() {
            step.inputs().for_each(|slot| last_use[slot] = at);
        }
        last_use[output] = usize::MAX;
        let stages = stages(&steps, &extents, output);
        let (reach, hop) = (extents[output].reach.ceil() as usize, extents[output].rate as usize);
        Some(Self { memory: Memory::new(kernel), steps, stages, last_use, reach, hop })
    }

    /// Frames to each side that a frame's samples depend on.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }

    /// Samples a frame.
    pub(crate) fn hop(&self) -> usize {
        self.hop
    }

    /// The samples of `inputs`, which are in the order of [`Self::read`].
    pub(crate) fn run(&mut self, inputs: Vec<Frames>) -> Vec<f32> {
        let mut slots = inputs;
        slots.resize_with(self.last_use.len(), Frames::default);
        let mut samples = Vec::new();
        for number in 0..self.stages.len() {
            let is_last = number + 1 == self.stages.len();
            let whole = self.stage(number, &mut slots, |frames, kept| {
                if is_last {
                    let rows = frames.rows().take(kept.end).skip(kept.start);
                    samples.extend(rows.map(|row| row[0].tanh()));
                }
            });
            slots[self.stages[number].output] = whole;
        }
        self.memory.tidy();
        samples
    }

    /// Runs a stage piece by piece. `made` sees each piece and which of its frames count; all of them together are
    /// the answer, but for the last stage, whose frames become samples.
    fn stage(&mut self, number: usize, slots: &mut [Frames], mut made: impl FnMut(&Frames, Range<usize>)) -> Frames {
        let Stage { input, output, reach, hop, most, .. } = self.stages[number];
        let count = slots[input].count();
        if number == 0 || count <= most + 2 * reach {
            self.steps(number, slots);
            made(&slots[output], 0..slots[output].count());
            return std::mem::take(&mut slots[output]);
        }
        let is_last = number + 1 == self.stages.len();
        let frames = std::mem::take(&mut slots[input]);
        let mut whole = Frames::default();
        for piece in even_pieces(count, most) {
            let seen = piece.start.saturating_sub(reach)..(piece.end + reach).min(count);
            slots[input] = frames.part(seen.start, seen.end);
            self.steps(number, slots);
            let kept = (piece.start - seen.start) * hop..(piece.end - seen.start) * hop;
            made(&slots[output], kept.clone());
            let part = std::mem::take(&mut slots[output]);
            if !is_last {
                whole.append_part(&part, kept);
            }
            self.memory.keep(part);
        }
        self.memory.keep(frames);
        whole
    }

    /// Runs a stage's steps on what is in `slots`.
    fn steps(&mut self, number: usize, slots: &mut [Frames]) {
        for at in self.stages[number].steps.clone() {
            let step = &self.steps[at];
            let last_use = &self.last_use;
            let made = step.run(&mut self.memory, slots, |slot| last_use[slot] == at);
            for slot in step.inputs().filter(|slot| last_use[*slot] == at) {
                self.memory.keep(std::mem::take(&mut slots[slot]));
            }
            slots[step.output] = made;
        }
    }
}

/// Cuts the steps before each upsampling that only one tensor reaches.
fn stages(steps: &[Step], extents: &[Extent], output: Slot) -> Vec<Stage> {
    let is_cut = |at: usize| {
        let made = |slot: Slot| steps[at..].iter().any(|step| step.output == slot);
        let alone = |slot: Slot| slot == steps[at].input || made(slot);
        matches!(steps[at].work, Work::Upsample(_)) && steps[at..].iter().all(|step| step.inputs().all(alone))
    };
    let cuts: Vec<usize> = (1..steps.len()).filter(|at| is_cut(*at)).collect();
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([steps.len()]);
    starts.zip(ends).map(|(start, end)| stage(steps, extents, start..end, output)).collect()
}

fn stage(steps: &[Step], extents: &[Extent], range: Range<usize>, last: Slot) -> Stage {
    let input = if range.start == 0 { 0 } else { steps[range.start].input };
    let output = steps.get(range.end).map_or(last, |next| next.input);
    let (from, to) = (extents[input], extents[output]);
    let reach = ((to.reach - from.reach) * from.rate).ceil() as usize;
    let numbers = |step: &Step| extents[step.output].channels as f64 * extents[step.output].rate / from.rate;
    let largest = steps[range.clone()].iter().map(numbers).fold(1.0, f64::max);
    let most = ((WORK / largest) as usize).max(LEAST_REACHES * reach).max(1);
    Stage { steps: range, input, output, reach, hop: (to.rate / from.rate) as usize, most }
}

/// As few pieces as are needed for none to be longer than `most`, of about one length.
fn even_pieces(count: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let pieces = count.div_ceil(most).max(1);
    (0..pieces).map(move |n| n * count / pieces..(n + 1) * count / pieces)
}
