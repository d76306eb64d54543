//! The arithmetic, in two versions made of the same code: AVX2 where the processor has it (found out at run time), plain
//! Rust elsewhere.

mod body;
mod lanes;

use lanes::Plain;

/// Which version computes. It can only be made by asking the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel(Version);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    /// The fastest version for this processor.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self(Version::Avx2);
        }
        Self(Version::Plain)
    }

    /// For any processor.
    #[cfg(test)]
    pub(crate) fn portable() -> Self {
        Self(Version::Plain)
    }
}

/// Defines a method that is compiled twice, and asks `self` which of the two to run.
macro_rules! compiled_twice {
    ($(#[$about:meta])* $name:ident as $avx2:ident($($argument:ident: $kind:ty),*)) => {
        impl Kernel {
            $(#[$about])*
            pub(crate) fn $name(self, $($argument: $kind),*) {
                match self.0 {
                    Version::Plain => body::$name::<Plain>($($argument),*),
                    // SAFETY: the version `Avx2` is made only where the processor was found to have AVX2 and FMA.
                    #[cfg(target_arch = "x86_64")]
                    Version::Avx2 => unsafe { $avx2($($argument),*) },
                }
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $avx2($($argument: $kind),*) {
            body::$name::<lanes::Avx2>($($argument),*);
        }
    };
}

compiled_twice! {
    /// Products of each row of `weights` with each of `inputs`, all of `width` numbers: `out` has a row for each input.
    /// The sums of products must fit 32 bits.
    multiply as multiply_avx2(weights: &[i8], inputs: &[i16], width: usize, out: &mut [i32])
}
compiled_twice! {
    /// Whole numbers nearest to `values` times `scale`.
    round as round_avx2(values: &[f32], scale: f32, out: &mut [i16])
}
compiled_twice! {
    /// What `products` stand for: times `unit` and the row's scale, plus the row's bias.
    scale as scale_avx2(products: &[i32], unit: f32, scales: &[f32], bias: &[f32], out: &mut [f32])
}
compiled_twice! {
    /// Products of `query` with each row of `keys`, which is as long.
    score as score_avx2(query: &[f32], keys: &[f32], out: &mut [f32])
}
compiled_twice! {
    /// Adds to `out` each row of `values`, which is as long, times its share.
    mix as mix_avx2(shares: &[f32], values: &[f32], out: &mut [f32])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, step: usize) -> impl Iterator<Item = i64> {
        (0..count).map(move |at| (at * step % 251) as i64 - 125)
    }

    #[test]
    fn both_versions_multiply_alike() {
        let (width, rows) = (64, 9);
        let weights: Vec<i8> = numbers(rows * width, 7).map(|n| n as i8).collect();
        for inputs in [1, 4, 6] {
            let input: Vec<i16> = numbers(inputs * width, 13).map(|n| (n * 32) as i16).collect();
            let mut out = [vec![0; inputs * rows], vec![0; inputs * rows]];
            Kernel::best().multiply(&weights, &input, width, &mut out[0]);
            Kernel::portable().multiply(&weights, &input, width, &mut out[1]);
            let product = |at: usize| weights[at] as i32 * i32::from(input[at]);
            assert_eq!(out[0][0], (0..width).map(product).sum::<i32>());
            assert_eq!(out[0], out[1]);
        }
    }

    #[test]
    fn attention_is_a_sum_of_values_by_the_likeness_of_keys() {
        let rows: Vec<f32> = (0..16).map(|n| n as f32).collect();
        for kernel in [Kernel::best(), Kernel::portable()] {
            let (mut scores, mut mixed) = ([0.0; 2], [1.0; 8]);
            kernel.score(&[1.0; 8], &rows, &mut scores);
            kernel.mix(&[0.5, 0.25], &rows, &mut mixed);
            assert_eq!(scores, [28.0, 92.0]);
            assert_eq!(mixed[..2], [1.0 + 0.25 * 8.0, 1.0 + 0.5 + 0.25 * 9.0]);
        }
    }
}
