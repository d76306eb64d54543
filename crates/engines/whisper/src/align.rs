//! From attention to the place of each token in the sound.
//!
//! After `find_alignment` of `openai/whisper` `timing.py`: how much more than usual each token looks at a position, smoothed
//! over positions, averaged over heads; through it the best path by dynamic time warping.

use ct2rs::sys::WhisperAlignmentResult;

use crate::greedy::Attention;

/// Smooths the attention over this many positions.
pub(crate) const MEDIAN_POSITIONS: usize = 7;

/// When tokens were said, and how sure they are.
pub(crate) struct Alignment {
    /// The position at which each token begins, and the one at which the last ends; `None` where the path passes one over.
    pub(crate) places: Vec<Option<usize>>,
    /// The probability of each token.
    pub(crate) probabilities: Vec<f32>,
}

impl Alignment {
    /// That of `tokens` tokens which come after `before` others in `attention`.
    pub(crate) fn of(attention: &Attention, before: usize, probabilities: Vec<f32>) -> Self {
        let tokens = probabilities.len();
        let scores = scores(attention, before + tokens);
        let path = path(&scores[(before.saturating_sub(1)) * attention.positions..], attention.positions);
        Self { places: places(tokens, path.into_iter()), probabilities }
    }

    /// What CTranslate2 found for `tokens` tokens.
    pub(crate) fn from_ctranslate2(found: WhisperAlignmentResult, tokens: usize) -> Self {
        let step = |step: &ct2rs::sys::WhisperTokenAlignment| {
            Some((usize::try_from(step.token_x).ok()?, usize::try_from(step.frame_x).unwrap_or(0)))
        };
        let places = places(tokens, found.alignments.iter().filter_map(step));
        Self { places, probabilities: found.text_token_probs }
    }
}

/// The first position of each token on a path, and of what comes after the last.
fn places(tokens: usize, path: impl Iterator<Item = (usize, usize)>) -> Vec<Option<usize>> {
    let mut places = vec![None; tokens + 1];
    for (token, position) in path {
        if let Some(place) = places.get_mut(token) {
            place.get_or_insert(position);
        }
    }
    places
}

/// Rows of scores for the first `rows` tokens.
fn scores(attention: &Attention, rows: usize) -> Vec<f32> {
    let positions = attention.positions;
    let mut sum = vec![0.0; rows * positions];
    for head in &attention.heads {
        let standard = standardised(&head[..(rows * positions).min(head.len())], positions);
        for (sum, row) in sum.chunks_exact_mut(positions).zip(standard.chunks_exact(positions)) {
            smoothed(row).zip(sum).for_each(|(value, sum)| *sum += value);
        }
    }
    sum
}

/// Each position's values over the tokens with mean 0 and deviation 1.
fn standardised(rows: &[f32], positions: usize) -> Vec<f32> {
    let count = (rows.len() / positions).max(1) as f32;
    let over_tokens = |position: usize| rows.iter().skip(position).step_by(positions);
    let spread = |position: usize| {
        let mean = over_tokens(position).sum::<f32>() / count;
        let variance = over_tokens(position).map(|value| (value - mean).powi(2)).sum::<f32>() / count;
        (mean, variance.sqrt().max(f32::MIN_POSITIVE))
    };
    let spreads: Vec<(f32, f32)> = (0..positions).map(spread).collect();
    rows.chunks_exact(positions)
        .flat_map(|row| row.iter().zip(&spreads).map(|(value, (mean, deviation))| (value - mean) / deviation))
        .collect()
}

/// The median of each value and those around it; beyond an end the row is mirrored.
fn smoothed(row: &[f32]) -> impl Iterator<Item = f32> {
    let (half, last) = ((MEDIAN_POSITIONS / 2) as isize, row.len() as isize - 1);
    let mirrored = move |at: isize| row[at.abs().min((2 * last - at).abs()).clamp(0, last) as usize];
    (0..row.len() as isize).map(move |at| {
        let mut around: [f32; MEDIAN_POSITIONS] = std::array::from_fn(|index| mirrored(at - half + index as isize));
        around.sort_unstable_by(f32::total_cmp);
        around[MEDIAN_POSITIONS / 2]
    })
}

/// The steps (row, column) of the path through `scores`, rows of `columns`, whose sum is largest: from the first row and
/// column to the last, down, right or both at each step.
fn path(scores: &[f32], columns: usize) -> Vec<(usize, usize)> {
    let rows = scores.len() / columns.max(1);
    let (mut best, mut came) = (vec![f32::NEG_INFINITY; columns], vec![Step::Right; rows * columns]);
    for (row, scores) in scores.chunks_exact(columns.max(1)).enumerate() {
        let (mut diagonal, mut left) = (if row == 0 { 0.0 } else { f32::NEG_INFINITY }, f32::NEG_INFINITY);
        for (column, score) in scores.iter().enumerate() {
            let up = best[column];
            let step = Step::best(diagonal, up, left);
            came[row * columns + column] = step;
            left = score + [diagonal, up, left][step as usize];
            (diagonal, best[column]) = (up, left);
        }
    }
    back(&came, rows, columns)
}

/// Where a step of the path comes from.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Both,
    Down,
    Right,
}

impl Step {
    fn best(both: f32, down: f32, right: f32) -> Self {
        if both > down && both > right {
            Self::Both
        } else if down > both && down > right {
            Self::Down
        } else {
            Self::Right
        }
    }
}

/// The path, from its end back.
fn back(came: &[Step], rows: usize, columns: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let (mut row, mut column) = (rows, columns);
    while row > 0 && column > 0 {
        path.push((row - 1, column - 1));
        let step = came[(row - 1) * columns + column - 1];
        row -= usize::from(step != Step::Right);
        column -= usize::from(step != Step::Down);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_placed_where_they_look() {
        let mut attention = Attention { positions: 40, heads: vec![Vec::new()] };
        for centre in [0usize, 5, 14, 30, 39] {
            let near = |at: usize| if at.abs_diff(centre) < 5 { 0.1 } else { 0.001 };
            attention.add(0, &(0..40).map(near).collect::<Vec<f32>>());
        }
        // the row before a token is the one that chose it
        let places = Alignment::of(&attention, 1, vec![1.0; 4]).places;
        let places: Vec<usize> = places.into_iter().map(|place| place.unwrap()).collect();
        assert_eq!(places[0], 0);
        assert!(
            places[1] > 0 && places[1] <= 5 && (7..=12).contains(&places[2]) && (19..=26).contains(&places[3]),
            "{places:?}"
        );
    }

    #[test]
    fn a_path_goes_from_corner_to_corner() {
        let scores = [1.0, -1.0, -1.0, -1.0, 1.0, 1.0];
        assert_eq!(path(&scores, 3), [(0, 0), (1, 1), (1, 2)]);
        assert!(path(&[], 0).is_empty());
    }

    #[test]
    fn single_peaks_are_smoothed_away_and_edges_are_mirrored() {
        let row = [5.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0];
        let smooth: Vec<f32> = smoothed(&row).collect();
        assert_eq!(smooth[..5], [0.0; 5]);
        assert_eq!(smooth[9..], [2.0; 3]);
    }
}
