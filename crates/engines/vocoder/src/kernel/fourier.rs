//! The Fourier transform of 32 real numbers and back, for eight channels at once.
//!
//! Split by even and odd positions down to four numbers; a real signal's upper half of the spectrum mirrors the lower,
//! so that of each level only the lower half and the middle are computed. Not normalised: there and back is 32 times
//! what went in.

use std::array::from_fn;

use super::lanes::Lanes;

/// Numbers in a transform.
pub(crate) const POINTS: usize = 32;
/// Frequencies from zero to the middle, both included.
pub(crate) const BINS: usize = POINTS / 2 + 1;

/// A real and an imaginary part.
pub(super) type Complex<L> = (L, L);

/// Cosine and sine of an eighth's turns of the circle: `k / 32` of it.
#[inline(always)]
fn turn<L: Lanes>(k: usize) -> (L, L) {
    const COSINES: [f32; 9] = [
        1.0,
        0.980_785_25,
        0.923_879_5,
        0.831_469_6,
        std::f32::consts::FRAC_1_SQRT_2,
        0.555_570_24,
        0.382_683_43,
        0.195_090_32,
        0.0,
    ];
    (L::splat(COSINES[k]), L::splat(COSINES[8 - k]))
}

macro_rules! level {
    ($forward:ident, $backward:ident, $half_forward:ident, $half_backward:ident, $n:literal) => {
        #[inline(always)]
        pub(super) fn $forward<L: Lanes>(x: [L; $n]) -> [Complex<L>; $n / 2 + 1] {
            let even = $half_forward(from_fn(|j| x[2 * j]));
            let odd = $half_forward(from_fn(|j| x[2 * j + 1]));
            let zero = L::splat(0.0);
            let mut out = [(zero, zero); $n / 2 + 1];
            out[0].0 = even[0].0.plus(odd[0].0);
            out[$n / 2].0 = even[0].0.minus(odd[0].0);
            out[$n / 4] = (even[$n / 4].0, zero.minus(odd[$n / 4].0));
            for k in 1..$n / 4 {
                let (cosine, sine) = turn::<L>(k * 32 / $n);
                let (re, im) = odd[k];
                let turned = (re.times(cosine).plus(im.times(sine)), im.times(cosine).minus(re.times(sine)));
                out[k] = (even[k].0.plus(turned.0), even[k].1.plus(turned.1));
                out[$n / 2 - k] = (even[k].0.minus(turned.0), turned.1.minus(even[k].1));
            }
            out
        }

        #[inline(always)]
        pub(super) fn $backward<L: Lanes>(x: [Complex<L>; $n / 2 + 1]) -> [L; $n] {
            let zero = L::splat(0.0);
            let mut even = [(zero, zero); $n / 4 + 1];
            let mut odd = even;
            even[0].0 = x[0].0.plus(x[$n / 2].0);
            odd[0].0 = x[0].0.minus(x[$n / 2].0);
            let middle = x[$n / 4];
            even[$n / 4].0 = middle.0.plus(middle.0);
            odd[$n / 4].0 = zero.minus(middle.1.plus(middle.1));
            for k in 1..$n / 4 {
                let (cosine, sine) = turn::<L>(k * 32 / $n);
                let (here, there) = (x[k], x[$n / 2 - k]);
                even[k] = (here.0.plus(there.0), here.1.minus(there.1));
                let (re, im) = (here.0.minus(there.0), here.1.plus(there.1));
                odd[k] = (re.times(cosine).minus(im.times(sine)), im.times(cosine).plus(re.times(sine)));
            }
            let (even, odd) = ($half_backward(even), $half_backward(odd));
            from_fn(|j| if j % 2 == 0 { even[j / 2] } else { odd[j / 2] })
        }
    };
}

#[inline(always)]
fn forward4<L: Lanes>(x: [L; 4]) -> [Complex<L>; 3] {
    let zero = L::splat(0.0);
    let (even, odd) = (x[0].plus(x[2]), x[1].plus(x[3]));
    [(even.plus(odd), zero), (x[0].minus(x[2]), x[3].minus(x[1])), (even.minus(odd), zero)]
}

#[inline(always)]
fn backward4<L: Lanes>(x: [Complex<L>; 3]) -> [L; 4] {
    let (even, odd) = (x[0].0.plus(x[2].0), x[0].0.minus(x[2].0));
    let (re, im) = (x[1].0.plus(x[1].0), x[1].1.plus(x[1].1));
    [even.plus(re), odd.minus(im), even.minus(re), odd.plus(im)]
}

level!(forward8, backward8, forward4, backward4, 8);
level!(forward16, backward16, forward8, backward8, 16);
level!(forward32, backward32, forward16, backward16, 32);
