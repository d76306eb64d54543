//! What attention can be paid to.

use std::ops::Range;

/// Keys and values of positions, for each head by themselves: it reads them one after the other.
#[derive(Clone)]
pub(super) struct KeysValues {
    heads: Vec<Head>,
}

#[derive(Clone, Default)]
struct Head {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl KeysValues {
    /// None yet, for so many heads.
    pub(super) fn none(heads: usize) -> Self {
        Self { heads: vec![Head::default(); heads] }
    }

    /// Makes room for keys of so many numbers, and values of as many.
    pub(super) fn reserve(&mut self, numbers: usize) {
        let each = numbers / self.heads.len();
        for head in &mut self.heads {
            head.keys.reserve(each);
            head.values.reserve(each);
        }
    }

    /// Adds `rows` of keys and values side by side.
    pub(super) fn extend<'a>(&mut self, rows: impl Iterator<Item = &'a [f32]>) {
        for row in rows {
            let (keys, values) = row.split_at(row.len() / 2);
            let size = keys.len() / self.heads.len();
            for ((head, keys), values) in
                self.heads.iter_mut().zip(keys.chunks_exact(size)).zip(values.chunks_exact(size))
            {
                head.keys.extend_from_slice(keys);
                head.values.extend_from_slice(values);
            }
        }
    }

    /// Drops what comes after so many positions of `width` numbers.
    pub(super) fn truncate(&mut self, positions: usize, width: usize) {
        let kept = positions * width / self.heads.len();
        for head in &mut self.heads {
            head.keys.truncate(kept);
            head.values.truncate(kept);
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Part<'_> {
        self.part(0..usize::MAX)
    }

    /// Those of some positions, as far as there are any.
    pub(super) fn part(&self, positions: Range<usize>) -> Part<'_> {
        Part { of: self, positions }
    }
}

/// Keys and values of some positions.
#[derive(Clone)]
pub(super) struct Part<'a> {
    of: &'a KeysValues,
    positions: Range<usize>,
}

impl Part<'_> {
    /// Keys and values of one head that are `size` numbers each.
    pub(super) fn of_head(&self, head: usize, size: usize) -> (&[f32], &[f32]) {
        let Head { keys, values } = &self.of.heads[head];
        let place = |position: usize| position.saturating_mul(size).min(keys.len());
        let range = place(self.positions.start)..place(self.positions.end);
        (&keys[range.clone()], &values[range])
    }
}
