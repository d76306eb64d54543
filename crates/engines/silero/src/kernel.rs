//! The arithmetic, in two versions made of the same code: eight lanes of AVX2 with fused multiply-add where the
//! processor has them (found out at run time), plain Rust elsewhere.

mod body;
mod lanes;

use std::ops::Range;

use realfft::num_complex::Complex32;

use crate::matrix::{Matrix, Rows, RowsMut};
use crate::weights::CELL;
#[cfg(target_arch = "x86_64")]
use lanes::Avx2;
use lanes::Plain;

/// Which version computes. It can only be made by asking the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Version);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Kernel {
    /// Plain Rust, for any processor.
    pub fn portable() -> Self {
        Self(Version::Plain)
    }

    /// The fastest version for this processor.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self(Version::Avx2);
        }
        Self::portable()
    }

    /// `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        if self == Self::portable() { "portable" } else { "avx2" }
    }

    /// `columns` of `matrix` times each of `rows`, plus the bias; negative results become zero if `relu`.
    pub(crate) fn multiply(self, matrix: &Matrix, columns: Range<usize>, rows: Rows, out: &mut RowsMut, relu: bool) {
        match self.0 {
            Version::Plain => body::multiply::<Plain>(matrix, columns, rows, out, relu),
            // SAFETY: the version `Avx2` is made only where the processor was found to have AVX2 and FMA.
            #[cfg(target_arch = "x86_64")]
            Version::Avx2 => unsafe { multiply_avx2(matrix, columns, rows, out, relu) },
        }
    }

    /// One step of the recurrent cell: from its four gates before their functions to its next `state` and `memory`.
    pub(crate) fn cell(self, gates: &[f32; 4 * CELL], state: &mut [f32; CELL], memory: &mut [f32; CELL]) {
        match self.0 {
            Version::Plain => body::cell::<Plain>(gates, state, memory),
            // SAFETY: as in `multiply`.
            #[cfg(target_arch = "x86_64")]
            Version::Avx2 => unsafe { cell_avx2(gates, state, memory) },
        }
    }

    /// The magnitudes of a spectrum.
    pub(crate) fn magnitudes(self, spectrum: &[Complex32], out: &mut [f32]) {
        match self.0 {
            Version::Plain => body::magnitudes(spectrum, out),
            // SAFETY: as in `multiply`.
            #[cfg(target_arch = "x86_64")]
            Version::Avx2 => unsafe { magnitudes_avx2(spectrum, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_avx2(matrix: &Matrix, columns: Range<usize>, rows: Rows, out: &mut RowsMut, relu: bool) {
    body::multiply::<Avx2>(matrix, columns, rows, out, relu);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn cell_avx2(gates: &[f32; 4 * CELL], state: &mut [f32; CELL], memory: &mut [f32; CELL]) {
    body::cell::<Avx2>(gates, state, memory);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn magnitudes_avx2(spectrum: &[Complex32], out: &mut [f32]) {
    body::magnitudes(spectrum, out);
}
