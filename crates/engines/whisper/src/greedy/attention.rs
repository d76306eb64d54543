//! Where in the sound the decoder looked while it wrote, as far as that tells when a word was said.

/// The attention of the heads that follow the sound, for each token that was read.
pub(crate) struct Attention {
    /// Positions of sound; what silence gets after it is left away.
    pub(crate) positions: usize,
    /// Of each head: a row of shares for each token.
    pub(crate) heads: Vec<Vec<f32>>,
}

impl Attention {
    /// Of so many heads to so many positions, before the first token.
    pub(crate) fn new(heads: usize, positions: usize) -> Self {
        Self { positions, heads: vec![Vec::new(); heads] }
    }

    /// Adds the shares of the next token, of which the first ones are for the sound.
    pub(crate) fn add(&mut self, head: usize, shares: &[f32]) {
        let shares = &shares[..self.positions.min(shares.len())];
        let sum: f32 = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        self.heads[head].extend(shares.iter().map(|share| share / sum));
    }

    /// Forgets all after the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        let kept = tokens * self.positions;
        self.heads.iter_mut().for_each(|rows| rows.truncate(kept));
    }

    /// Forgets the first `tokens`.
    pub(crate) fn skip(&mut self, tokens: usize) {
        let positions = self.positions;
        self.heads.iter_mut().for_each(|rows| drop(rows.drain(..(tokens * positions).min(rows.len()))));
    }
}
