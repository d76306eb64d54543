//! Several numbers at once.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, __m512, _mm256_add_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_set1_ps, _mm256_storeu_ps, _mm256_sub_ps, _mm512_add_ps, _mm512_div_ps, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

/// A vector of numbers and what is done with them.
pub(super) trait Lanes: Copy {
    /// How many; a row's width is a multiple of it.
    const COUNT: usize;
    fn load(from: &[f32]) -> Self;
    fn splat(value: f32) -> Self;
    /// `self * by + plus`.
    fn times_plus(self, by: Self, plus: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn by(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn store(self, to: &mut [f32]);
}

/// Plain Rust, which the compiler makes vectors of as the target allows.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|n| f(self.0[n], other.0[n])))
    }
}

impl Lanes for Plain {
    const COUNT: usize = 8;

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(std::array::from_fn(|n| from[n]))
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; Self::COUNT])
    }

    #[inline(always)]
    fn times_plus(self, by: Self, plus: Self) -> Self {
        self.times(by).plus(plus)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn by(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, f32::max)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, f32::min)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..Self::COUNT].copy_from_slice(&self.0);
    }
}

/// A register of AVX2. Used only inside functions with the target features `avx2,fma`, which [`super::Kernel`] enters
/// only where the processor has both; all the safety comments below rest on that.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

/// A register of AVX-512, used likewise inside functions with the target feature `avx512f`.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

/// Implements [`Lanes`] for a register of `$count` numbers by the intrinsics named.
#[cfg(target_arch = "x86_64")]
macro_rules! register {
    ($name:ident, $count:literal, $load:ident, $splat:ident, $fused:ident, $add:ident, $subtract:ident,
     $multiply:ident, $divide:ident, $max:ident, $min:ident, $store:ident) => {
        impl Lanes for $name {
            const COUNT: usize = $count;

            #[inline(always)]
            fn load(from: &[f32]) -> Self {
                let from = &from[..Self::COUNT];
                // SAFETY: the processor has it; `from` is `COUNT` readable floats, and the load asks for no alignment.
                Self(unsafe { $load(from.as_ptr()) })
            }

            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $splat(value) })
            }

            #[inline(always)]
            fn times_plus(self, by: Self, plus: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $fused(self.0, by.0, plus.0) })
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $subtract(self.0, other.0) })
            }

            #[inline(always)]
            fn times(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $multiply(self.0, other.0) })
            }

            #[inline(always)]
            fn by(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $divide(self.0, other.0) })
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $max(self.0, other.0) })
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // SAFETY: the processor has it.
                Self(unsafe { $min(self.0, other.0) })
            }

            #[inline(always)]
            fn store(self, to: &mut [f32]) {
                let to = &mut to[..Self::COUNT];
                // SAFETY: the processor has it; `to` is `COUNT` writable floats, and the store asks for no alignment.
                unsafe { $store(to.as_mut_ptr(), self.0) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
register!(
    Avx2,
    8,
    _mm256_loadu_ps,
    _mm256_set1_ps,
    _mm256_fmadd_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    _mm256_mul_ps,
    _mm256_div_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    _mm256_storeu_ps
);
#[cfg(target_arch = "x86_64")]
register!(
    Avx512,
    16,
    _mm512_loadu_ps,
    _mm512_set1_ps,
    _mm512_fmadd_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    _mm512_mul_ps,
    _mm512_div_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    _mm512_storeu_ps
);
