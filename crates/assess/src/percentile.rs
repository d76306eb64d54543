//! Percentiles.

/// The nearest-rank percentile: the smallest value that at least `percent` of all values do not exceed; `None` of none.
pub fn nearest_rank(values: &[u64], percent: u32) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as u64 * u64::from(percent)).div_ceil(100).max(1);
    sorted.get(rank as usize - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::nearest_rank;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values = [50, 15, 40, 20, 35];
        let at = |percent| nearest_rank(&values, percent);
        assert_eq!([at(0), at(30), at(40), at(50), at(95), at(100)].map(Option::unwrap), [15, 20, 20, 35, 50, 50]);
        assert_eq!((nearest_rank(&[], 50), nearest_rank(&[7], 50), nearest_rank(&[7], 95)), (None, Some(7), Some(7)));
    }
}
