//! What goes from layer to layer.

/// Numbers of which the widest vector is made; rows are padded to whole ones.
const WIDEST: usize = 16;

/// Features in time: frame after frame, each of `width` numbers, of which the first `channels` count and the rest
/// are zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    channels: usize,
    values: Vec<f32>,
}

impl Frames {
    /// `count` frames of zeros.
    pub fn zeros(channels: usize, count: usize) -> Self {
        Self { channels, values: vec![0.0; padded(channels) * count] }
    }

    /// From a matrix of `[channels, count]`, as ONNX has it.
    pub fn from_channels_first(values: &[f32], channels: usize) -> Self {
        let count = values.len() / channels.max(1);
        let mut frames = Self::zeros(channels, count);
        let width = frames.width();
        for (channel, row) in values.chunks_exact(count.max(1)).enumerate() {
            for (frame, value) in frames.values.chunks_exact_mut(width).zip(row) {
                frame[channel] = *value;
            }
        }
        frames
    }

    /// As a matrix of `[channels, count]`.
    pub fn to_channels_first(&self) -> Vec<f32> {
        (0..self.channels).flat_map(|channel| self.rows().map(move |row| row[channel])).collect()
    }

    /// Channels that count.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Numbers in a row, the padding included.
    pub fn width(&self) -> usize {
        padded(self.channels)
    }

    /// Frames.
    pub fn count(&self) -> usize {
        if self.channels == 0 { 0 } else { self.values.len() / self.width() }
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, row after row; the padding is to stay zero.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The frames one by one, with their padding.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width().max(1))
    }

    /// One frame.
    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width()..][..self.width()]
    }

    /// The frames from `from` up to `to`.
    pub fn part(&self, from: usize, to: usize) -> Self {
        Self { channels: self.channels, values: self.values[from * self.width()..to * self.width()].to_vec() }
    }

    /// `other`'s frames after these; it has as many channels.
    pub fn append(&mut self, other: &Self) {
        debug_assert_eq!(self.channels, other.channels);
        self.values.extend_from_slice(&other.values);
    }

    /// Some frames of `other` after these; without any so far, these get its channels.
    pub fn append_part(&mut self, other: &Self, frames: std::ops::Range<usize>) {
        debug_assert!(self.values.is_empty() || self.channels == other.channels);
        self.channels = other.channels;
        self.values.extend_from_slice(&other.values[frames.start * other.width()..frames.end * other.width()]);
    }

    /// Numbers for which there is memory.
    pub fn capacity(&self) -> usize {
        self.values.capacity()
    }

    /// A copy in the memory of `other`, whatever that holds.
    pub fn copied_to(&self, mut other: Self) -> Self {
        other.channels = self.channels;
        other.values.clear();
        other.values.extend_from_slice(&self.values);
        other
    }

    /// Takes each frame for several of `channels`, and leaves away so many of those at each end.
    pub(crate) fn split(&mut self, channels: usize, ends: usize) {
        self.channels = channels;
        let ends = ends * self.width();
        self.values.truncate(self.values.len().saturating_sub(ends));
        self.values.drain(..ends.min(self.values.len()));
    }

    /// Becomes `count` frames of `channels`, whatever they hold; keeps its memory.
    pub(crate) fn reshape(&mut self, channels: usize, count: usize) {
        self.channels = channels;
        self.values.resize(padded(channels) * count, 0.0);
    }
}

/// `channels` rounded up to whole vectors.
pub(crate) fn padded(channels: usize) -> usize {
    channels.div_ceil(WIDEST) * WIDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_first_and_back() {
        let values: Vec<f32> = (0..15).map(|n| n as f32).collect();
        let frames = Frames::from_channels_first(&values, 3);
        assert_eq!((frames.count(), frames.channels(), frames.width()), (5, 3, 16));
        assert_eq!(frames.row(1)[..4], [1.0, 6.0, 11.0, 0.0]);
        assert_eq!(frames.to_channels_first(), values);
        assert_eq!(frames.part(1, 3).row(1), frames.row(2));
    }
}
