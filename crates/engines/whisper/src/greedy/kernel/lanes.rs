//! Sums of products of whole numbers, several side by side.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Sums in progress.
pub(super) trait Sums: Copy {
    /// Sixteen weights, ready to be multiplied.
    type Weights: Copy;
    /// No sums yet.
    fn zero() -> Self;
    /// Makes weights ready.
    fn widened(weights: &[i8; 16]) -> Self::Weights;
    /// With the products of sixteen weights and inputs.
    fn plus(self, weights: Self::Weights, inputs: &[i16; 16]) -> Self;
    /// All of them together.
    fn total(self) -> i32;
}

/// One sum, for any processor.
#[derive(Clone, Copy)]
pub(super) struct Plain(i32);

impl Sums for Plain {
    type Weights = [i16; 16];

    #[inline(always)]
    fn zero() -> Self {
        Self(0)
    }

    #[inline(always)]
    fn widened(weights: &[i8; 16]) -> [i16; 16] {
        weights.map(i16::from)
    }

    #[inline(always)]
    fn plus(self, weights: [i16; 16], inputs: &[i16; 16]) -> Self {
        let product = |(weight, input): (&i16, &i16)| i32::from(*weight) * i32::from(*input);
        Self(self.0 + weights.iter().zip(inputs).map(product).sum::<i32>())
    }

    #[inline(always)]
    fn total(self) -> i32 {
        self.0
    }
}

/// Eight sums in a register. Its methods may run only where the processor has AVX2: it is used in functions that are
/// compiled for it, which only [`super::Kernel`] calls.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256i);

#[cfg(target_arch = "x86_64")]
impl Sums for Avx2 {
    type Weights = __m256i;

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: see the type.
        Self(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    fn widened(weights: &[i8; 16]) -> __m256i {
        // SAFETY: see the type; the array holds the 16 bytes that are read.
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(weights.as_ptr().cast())) }
    }

    #[inline(always)]
    fn plus(self, weights: __m256i, inputs: &[i16; 16]) -> Self {
        // SAFETY: see the type; the array holds the 32 bytes that are read.
        Self(unsafe {
            let inputs = _mm256_loadu_si256(inputs.as_ptr().cast());
            _mm256_add_epi32(self.0, _mm256_madd_epi16(weights, inputs))
        })
    }

    #[inline(always)]
    fn total(self) -> i32 {
        // SAFETY: see the type.
        unsafe {
            let four = _mm_add_epi32(_mm256_castsi256_si128(self.0), _mm256_extracti128_si256::<1>(self.0));
            let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b1110>(four));
            _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b0001>(two)))
        }
    }
}
