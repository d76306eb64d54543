//! The arithmetic, in three versions made of the same code: vectors of AVX-512, or of AVX2 with fused multiply-add,
//! where the processor has them (found out at run time), plain Rust elsewhere.

mod body;
mod fourier;
mod lanes;
mod rows;
mod stretches;
mod toom;

pub(crate) use fourier::{BINS, POINTS};
use lanes::Plain;
#[cfg(target_arch = "x86_64")]
use lanes::{Avx2, Avx512};
pub(crate) use toom::{SHORT, evaluated};

use crate::conv::Store;
use crate::matrix::PANEL;
use crate::norm::Norm;

/// Which version computes. It can only be made by asking the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Version);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Real numbers by which a spectrum is multiplied: one each for the lowest and the highest frequency, three for each
/// of those between, as three multiplications make a complex product (Gauss).
pub(crate) const PLANES: usize = 2 + 3 * (BINS - 2);

/// The first of the three planes of a frequency between the lowest and the highest.
pub(crate) const fn plane(bin: usize) -> usize {
    2 + 3 * (bin - 1)
}

/// Rows of a matrix that begin `stride` apart; each is made of `taps` pieces of one length, which begin `step` apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) count: usize,
    pub(crate) taps: usize,
    pub(crate) step: usize,
}

impl<'a> Rows<'a> {
    /// Rows of one piece each.
    pub(crate) fn whole(values: &'a [f32], stride: usize, count: usize) -> Self {
        Self { values, stride, count, taps: 1, step: 0 }
    }
}

/// Rows to be written.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) stride: usize,
}

/// Where the spectrum of one stretch of time lies in the planes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    /// Its row in each plane.
    pub(crate) row: usize,
    /// Numbers in a row.
    pub(crate) width: usize,
    /// From one plane to the next.
    pub(crate) stride: usize,
}

impl Tile {
    #[inline(always)]
    fn plane(self, number: usize) -> usize {
        number * self.stride + self.row * self.width
    }
}

/// Frames that are `step` apart in a tensor of rows of `width` numbers; what lies outside of it is zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) width: usize,
    /// The first one's place, which may lie before the tensor.
    pub(crate) first: isize,
    pub(crate) step: usize,
}

impl<'a> Stretch<'a> {
    /// Its `n`th frame, where the tensor has it.
    #[inline(always)]
    fn row(self, n: usize) -> Option<&'a [f32]> {
        let at = usize::try_from(self.first + (n * self.step) as isize).ok()? * self.width;
        self.values.get(at..at + self.width)
    }
}

/// Frames that are written.
#[derive(Debug)]
pub(crate) struct StretchMut<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) width: usize,
    pub(crate) first: usize,
    pub(crate) step: usize,
    /// How many.
    pub(crate) count: usize,
    /// What becomes of those that are there.
    pub(crate) into: Store<'a>,
}

/// The periodic activation `x + sin²(αx) / α` of what is first scaled and shifted, each channel by its own numbers.
#[derive(Clone, Debug)]
pub struct Snake {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    pub(crate) alpha: Vec<f32>,
    pub(crate) one_by_alpha: Vec<f32>,
}

/// Makes a method that calls the version in question.
macro_rules! versions {
    ($(#[$about:meta])* $name:ident($($argument:ident: $type:ty),*)) => {
        $(#[$about])*
        pub(crate) fn $name(self, $($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) {
                body::$name::<Avx2>($($argument),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            fn avx512($($argument: $type),*) {
                body::$name::<Avx512>($($argument),*);
            }
            match self.0 {
                Version::Plain => body::$name::<Plain>($($argument),*),
                // SAFETY: the version `Avx2` is made only where the processor was found to have AVX2 and FMA.
                #[cfg(target_arch = "x86_64")]
                Version::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: likewise `Avx512` where it was found to have AVX-512's foundation besides.
                #[cfg(target_arch = "x86_64")]
                Version::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    };
}

impl Kernel {
    /// Plain Rust, for any processor.
    pub fn portable() -> Self {
        Self(Version::Plain)
    }

    /// The fastest version for this processor.
    pub fn best() -> Self {
        Self::all().pop().unwrap_or_else(Self::portable)
    }

    /// All versions that this processor can run, the slowest first.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::portable()];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            all.push(Self(Version::Avx2));
            if is_x86_feature_detected!("avx512f") {
                all.push(Self(Version::Avx512));
            }
        }
        all
    }

    /// Whether it computes in the widest registers, of which there are most.
    pub(crate) fn is_widest(self) -> bool {
        self.name() == "avx512"
    }

    /// `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Version::Plain => "portable",
            #[cfg(target_arch = "x86_64")]
            Version::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Version::Avx512 => "avx512",
        }
    }

    versions! {
        /// Each of `rows` times the panels of `matrix`, which has `inputs` rows.
        multiply(rows: Rows<'_>, matrix: &[[f32; PANEL]], inputs: usize, out: &mut RowsMut<'_>)
    }
    versions! {
        /// The spectrum of a stretch of [`POINTS`] frames, its negative numbers made smaller by `slope` (1 leaves them).
        analyse(stretch: Stretch<'_>, slope: f32, tile: Tile, planes: &mut [f32])
    }
    versions! {
        /// From the planes of a product back to numbers in time.
        put(planes: &[f32], tile: Tile, bias: &[f32], out: &mut StretchMut<'_>)
    }
    versions! {
        /// What a stretch of [`SHORT`] frames is worth at the points of [`toom`], made smaller likewise.
        evaluate(stretch: Stretch<'_>, slope: f32, tile: Tile, planes: &mut [f32])
    }
    versions! {
        /// From products at the points to the `valid` (4 to 7) numbers that they stand for.
        interpolate(planes: &[f32], tile: Tile, bias: &[f32], valid: usize, out: &mut StretchMut<'_>)
    }
    versions! {
        /// The activation of all rows.
        snake(from: &[f32], to: &mut [f32], snake: &Snake)
    }
    versions! {
        /// Sums of the columns and of their squares; for few rows, as the sums are not more exact than the numbers.
        moments(values: &[f32], sums: &mut [f32], squares: &mut [f32])
    }
    versions! {
        /// `to = from + bias`, or that added to it.
        put_row(from: &[f32], bias: &[f32], to: &mut [f32], add: bool)
    }
    versions! {
        /// `to += from`.
        add(to: &mut [f32], from: &[f32])
    }
    versions! {
        /// The hyperbolic tangent of each row's first half times the logistic function of its second; each has `width`
        /// numbers.
        gate(from: &[f32], to: &mut [f32], width: usize)
    }
    versions! {
        /// Makes the first `channels` numbers of each row of `width` positive, with the sum 1: their exponentials by
        /// the sum of those.
        softmax(values: &mut [f32], width: usize, channels: usize)
    }
    versions! {
        /// Brings each row to mean 0 and variance 1, then scales and moves its channels.
        normalise(values: &mut [f32], norm: &Norm)
    }
    versions! {
        /// All numbers times the normal distribution's share below them.
        gelu(values: &mut [f32])
    }
    versions! {
        /// All numbers times `factor`, the negative ones then times `slope`.
        leaky(values: &mut [f32], factor: f32, slope: f32)
    }
}
