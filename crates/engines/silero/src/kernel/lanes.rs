//! Eight numbers at once.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps,
};

/// How many.
pub(super) const LANES: usize = 8;

/// Eight numbers and what is done with them.
pub(super) trait Lanes: Copy {
    fn load(from: &[f32; LANES]) -> Self;
    fn splat(value: f32) -> Self;
    /// `self * by + plus`.
    fn times_plus(self, by: Self, plus: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    /// Zero for what is negative.
    fn relu(self) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    /// `value * by + plus` of one number, in a loop that the compiler makes vectors of.
    fn fused(value: f32, by: f32, plus: f32) -> f32;
}

/// Plain Rust, which the compiler makes vectors of as the target allows.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; LANES]);

impl Lanes for Plain {
    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn times_plus(self, by: Self, mut plus: Self) -> Self {
        for lane in 0..LANES {
            plus.0[lane] += self.0[lane] * by.0[lane];
        }
        plus
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] += other.0[lane];
        }
        self
    }

    #[inline(always)]
    fn relu(self) -> Self {
        Self(self.0.map(|v| v.max(0.0)))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }

    #[inline(always)]
    fn fused(value: f32, by: f32, plus: f32) -> f32 {
        value * by + plus
    }
}

/// A register of AVX2. Used only inside functions with the target features `avx2,fma`, which [`super::Kernel`] enters
/// only where the processor has both; all the safety comments below rest on that.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: the processor has AVX; `from` is eight readable floats, and the load asks for no alignment.
        Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: the processor has AVX.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    fn times_plus(self, by: Self, plus: Self) -> Self {
        // SAFETY: the processor has FMA.
        Self(unsafe { _mm256_fmadd_ps(self.0, by.0, plus.0) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: the processor has AVX.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: the processor has AVX.
        Self(unsafe { _mm256_max_ps(self.0, _mm256_setzero_ps()) })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: the processor has AVX; `to` is eight writable floats, and the store asks for no alignment.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn fused(value: f32, by: f32, plus: f32) -> f32 {
        value.mul_add(by, plus)
    }
}
