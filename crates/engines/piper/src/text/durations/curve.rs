//! Curves that rise everywhere (Durkan et al., "Neural spline flows", NeurIPS 2019): quotients of parabolas from knot to
//! knot within a square, the diagonal outside of it.

/// The square reaches from its negative to this.
const BOUND: f32 = 5.0;
/// The least width, height (as shares of the square's) and slope.
const LEAST: f32 = 1e-3;

/// Where the curve has the height `height`. Its `numbers` are, for `n` pieces, `n` for widths and `n` for heights, both
/// times `scale`, and `n - 1` for the slopes between them.
pub(super) fn bent_back(height: f32, numbers: &[f32], scale: f32) -> f32 {
    if !(-BOUND..=BOUND).contains(&height) {
        return height;
    }
    let pieces = numbers.len().div_ceil(3);
    let (widths, rest) = numbers.split_at(pieces);
    let (heights, slopes) = rest.split_at(pieces);
    let (x, y) = (knots(widths, scale), knots(heights, scale));
    let piece = y[1..pieces].iter().filter(|knot| height >= **knot).count();
    // At the ends the curve goes on as the diagonal.
    let slope = |knot: usize| if knot == 0 || knot == pieces { 1.0 } else { LEAST + softplus(slopes[knot - 1]) };
    let (width, rise) = (x[piece + 1] - x[piece], y[piece + 1] - y[piece]);
    x[piece] + width * share(height - y[piece], rise, rise / width, slope(piece), slope(piece + 1))
}

/// Which share of a piece's width lies before it has risen by `risen` of `rise`: the root of a parabola (Durkan et al.,
/// equation 29 in the appendix).
fn share(risen: f32, rise: f32, mean_slope: f32, first_slope: f32, last_slope: f32) -> f32 {
    let bend = risen * (first_slope + last_slope - 2.0 * mean_slope);
    let (a, b, c) = (bend + rise * (mean_slope - first_slope), rise * first_slope - bend, -mean_slope * risen);
    2.0 * c / (-b - (b * b - 4.0 * a * c).max(0.0).sqrt())
}

/// The ends of all pieces, whose parts of the square are a softmax of `numbers`.
fn knots(numbers: &[f32], scale: f32) -> Vec<f32> {
    let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let parts: Vec<f32> = numbers.iter().map(|number| ((number - most) * scale).exp()).collect();
    let by_sum = 1.0 / parts.iter().sum::<f32>();
    let left = 1.0 - LEAST * parts.len() as f32;
    let mut so_far = 0.0;
    let mut knots = vec![-BOUND];
    knots.extend(parts.iter().map(|part| {
        so_far += LEAST + left * part * by_sum;
        2.0 * BOUND * so_far - BOUND
    }));
    if let Some(last) = knots.last_mut() {
        *last = BOUND;
    }
    knots
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The height of the curve at `x`: equation 4 of the paper.
    fn bent(x: f32, numbers: &[f32], scale: f32) -> f32 {
        let pieces = numbers.len().div_ceil(3);
        let (xs, ys) = (knots(&numbers[..pieces], scale), knots(&numbers[pieces..2 * pieces], scale));
        let piece = xs[1..pieces].iter().filter(|knot| x >= **knot).count();
        let slope = |knot: usize| match knot {
            _ if knot == 0 || knot == pieces => 1.0,
            _ => LEAST + softplus(numbers[2 * pieces + knot - 1]),
        };
        let (width, rise) = (xs[piece + 1] - xs[piece], ys[piece + 1] - ys[piece]);
        let (share, mean) = ((x - xs[piece]) / width, rise / width);
        let (first, last) = (slope(piece), slope(piece + 1));
        let above = rise * (mean * share * share + first * share * (1.0 - share));
        ys[piece] + above / (mean + (first + last - 2.0 * mean) * share * (1.0 - share))
    }

    proptest! {
        #[test]
        fn what_is_bent_back_is_where_the_curve_has_that_height(
            height in -4.99_f32..4.99, numbers in prop::collection::vec(-3.0_f32..3.0, 29)
        ) {
            let back = bent_back(height, &numbers, 0.5);
            prop_assert!((-BOUND..=BOUND).contains(&back));
            prop_assert!((bent(back, &numbers, 0.5) - height).abs() < 2e-3);
        }
    }

    #[test]
    fn outside_of_the_square_nothing_is_bent() {
        for height in [-5.1, 7.0, f32::INFINITY] {
            assert_eq!(bent_back(height, &[0.3; 29], 1.0), height);
        }
    }
}
