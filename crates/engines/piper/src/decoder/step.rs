//! One step of the decoder.

use vocoder::{Convolution, Frames, Kernel, Scratch, Store, Strided, Upsample};

/// Tensors whose memory is kept between two runs.
const MOST_SPARE: usize = 6;

/// A tensor's place.
pub(super) type Slot = usize;

pub(super) struct Step {
    pub(super) work: Work,
    pub(super) input: Slot,
    /// What negative inputs are multiplied with first.
    pub(super) slope: f32,
    /// What the result is added to, if anything.
    pub(super) onto: Option<Slot>,
    pub(super) output: Slot,
}

pub(super) enum Work {
    Conv(Convolution),
    Strided(Strided),
    Upsample(Upsample),
    Add,
    Scale(f32),
}

/// What steps compute with and in.
pub(super) struct Memory {
    kernel: Kernel,
    scratch: Scratch,
    /// Memory of tensors that are not needed any more, for those to come.
    spare: Vec<Frames>,
}

impl Memory {
    pub(super) fn new(kernel: Kernel) -> Self {
        Self { kernel, scratch: Scratch::default(), spare: Vec::new() }
    }

    /// Takes the memory of a tensor that is not needed any more.
    pub(super) fn keep(&mut self, frames: Frames) {
        if frames.capacity() > 0 {
            self.spare.push(frames);
        }
    }

    /// Gives up all but the largest.
    pub(super) fn tidy(&mut self) {
        self.spare.sort_by_key(|frames| std::cmp::Reverse(frames.capacity()));
        self.spare.truncate(MOST_SPARE);
    }
}

impl Step {
    /// The slots that it takes.
    pub(super) fn inputs(&self) -> impl Iterator<Item = Slot> + use<> {
        [Some(self.input), self.onto].into_iter().flatten()
    }

    /// Computes it; what `is_last` says is not needed afterwards may be taken out of `slots`.
    pub(super) fn run(&self, memory: &mut Memory, slots: &mut [Frames], is_last: impl Fn(Slot) -> bool) -> Frames {
        let Memory { kernel, scratch, spare } = memory;
        let (kernel, step) = (*kernel, self);
        let take = |slot: Slot, slots: &mut [Frames], spare: &mut Vec<Frames>| match is_last(slot) {
            true => std::mem::take(&mut slots[slot]),
            false => slots[slot].copied_to(largest(spare)),
        };
        match &step.work {
            Work::Conv(conv) => {
                let (mut out, into) = match step.onto {
                    Some(slot) if is_last(slot) && slot != step.input => (std::mem::take(&mut slots[slot]), Store::Add),
                    Some(slot) => (largest(spare), Store::Plus(&slots[slot])),
                    None => (largest(spare), Store::Set),
                };
                conv.run(kernel, scratch, &slots[step.input], step.slope, &mut out, into);
                out
            }
            Work::Strided(conv) => conv.run(kernel, &slots[step.input]),
            Work::Upsample(upsample) => {
                let (mut input, mut out) = (take(step.input, slots, spare), largest(spare));
                upsample.run(kernel, scratch, &mut input, step.slope, &mut out);
                spare.push(input);
                out
            }
            Work::Add => {
                let mut sum = take(step.input, slots, spare);
                let other = &slots[step.onto.unwrap_or_default()];
                if other.count() == 1 {
                    sum.add_to_each(other)
                } else {
                    sum.add(kernel, other)
                }
                sum
            }
            Work::Scale(factor) => {
                let mut scaled = take(step.input, slots, spare);
                scaled.leaky(kernel, *factor, 1.0);
                scaled
            }
        }
    }
}

/// The one with the most memory, so that it seldom has to grow.
fn largest(spare: &mut Vec<Frames>) -> Frames {
    let at = (0..spare.len()).max_by_key(|at| spare[*at].capacity());
    at.map(|at| spare.swap_remove(at)).unwrap_or_default()
}
