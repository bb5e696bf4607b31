//! Exponentials, logarithms, powers and angles with the same bits on every machine.
//!
//! Those of the standard library are the C library's that a program meets when it runs, and
//! versions, processors and other C libraries differ in the last digit: the events of a
//! gridpack would. These are compiled in and use the arithmetic of IEEE 754 alone. Whatever
//! decides a number of a run takes them; pictures and messages need not.
//! Knows numbers only. Source: the crate `libm`.

use num_complex::Complex64;

/// Functions of the standard library, with the names they have there and `_same` behind.
pub(crate) trait Elementary: Sized {
    /// `self^y`.
    fn powf_same(self, y: Self) -> Self;
    /// Square root of the sum of two squares.
    fn hypot_same(self, y: Self) -> Self;
    /// Angle of the point (`x`, `self`), from -pi to pi.
    fn atan2_same(self, x: Self) -> Self;
    /// Sine and cosine.
    fn sin_cos_same(self) -> (Self, Self);
    /// `e^self`.
    fn exp_same(self) -> Self;
    /// `e^self - 1`, exact for small numbers as well.
    fn exp_m1_same(self) -> Self;
    /// Natural logarithm.
    fn ln_same(self) -> Self;
    /// `ln(1 + self)`, exact for small numbers as well.
    fn ln_1p_same(self) -> Self;
    /// Logarithm to the base 2.
    fn log2_same(self) -> Self;
    /// Logarithm to the base 10.
    fn log10_same(self) -> Self;
    /// Sine.
    fn sin_same(self) -> Self;
    /// Cosine.
    fn cos_same(self) -> Self;
    /// Tangent.
    fn tan_same(self) -> Self;
    /// Inverse cosine.
    fn acos_same(self) -> Self;
    /// Inverse tangent.
    fn atan_same(self) -> Self;
    /// Hyperbolic sine.
    fn sinh_same(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh_same(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh_same(self) -> Self;
    /// Inverse hyperbolic sine.
    fn asinh_same(self) -> Self;
    /// Inverse hyperbolic cosine.
    fn acosh_same(self) -> Self;
}

macro_rules! of_one_number {
    ($($name:ident = $function:ident,)*) => {
        $(#[inline] fn $name(self) -> Self { libm::$function(self) })*
    };
}

impl Elementary for f64 {
    #[inline]
    fn powf_same(self, y: Self) -> Self {
        libm::pow(self, y)
    }

    #[inline]
    fn hypot_same(self, y: Self) -> Self {
        libm::hypot(self, y)
    }

    #[inline]
    fn atan2_same(self, x: Self) -> Self {
        libm::atan2(self, x)
    }

    #[inline]
    fn sin_cos_same(self) -> (Self, Self) {
        libm::sincos(self)
    }

    of_one_number! {
        exp_same = exp,
        exp_m1_same = expm1,
        ln_same = log,
        ln_1p_same = log1p,
        log2_same = log2,
        log10_same = log10,
        sin_same = sin,
        cos_same = cos,
        tan_same = tan,
        acos_same = acos,
        atan_same = atan,
        sinh_same = sinh,
        cosh_same = cosh,
        tanh_same = tanh,
        asinh_same = asinh,
        acosh_same = acosh,
    }
}

/// Functions of complex numbers with the branches of `num-complex`, by the functions of real
/// numbers above; of real numbers where these are defined.
pub(crate) trait ElementaryComplex: Sized {
    /// Distance from 0.
    fn norm_same(self) -> f64;
    /// Angle from the positive real axis, from -pi to pi.
    fn arg_same(self) -> f64;
    /// Square root with a real part that is not negative.
    fn sqrt_same(self) -> Self;
    /// `self^y`.
    fn powc_same(self, y: Self) -> Self;
    /// `e^self`.
    fn exp_same(self) -> Self;
    /// Natural logarithm.
    fn ln_same(self) -> Self;
    /// Logarithm to the base 10.
    fn log10_same(self) -> Self;
    /// Sine.
    fn sin_same(self) -> Self;
    /// Cosine.
    fn cos_same(self) -> Self;
    /// Tangent.
    fn tan_same(self) -> Self;
    /// Inverse sine.
    fn asin_same(self) -> Self;
    /// Inverse cosine.
    fn acos_same(self) -> Self;
    /// Inverse tangent.
    fn atan_same(self) -> Self;
    /// Hyperbolic sine.
    fn sinh_same(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh_same(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh_same(self) -> Self;
    /// Inverse hyperbolic sine.
    fn asinh_same(self) -> Self;
    /// Inverse hyperbolic cosine.
    fn acosh_same(self) -> Self;
    /// Inverse hyperbolic tangent.
    fn atanh_same(self) -> Self;
}

/// `f` of a real number for which `defined` holds.
fn on_axis(z: Complex64, defined: impl Fn(f64) -> bool, f: fn(f64) -> f64) -> Option<Complex64> {
    (z.im == 0.0 && defined(z.re)).then(|| f(z.re).into())
}

impl ElementaryComplex for Complex64 {
    fn norm_same(self) -> f64 {
        libm::hypot(self.re, self.im)
    }

    fn arg_same(self) -> f64 {
        libm::atan2(self.im, self.re)
    }

    fn sqrt_same(self) -> Self {
        if self.re == 0.0 && self.im == 0.0 || !self.is_finite() {
            return self.sqrt();
        }
        // The larger of the two parts by a sum without cancellation, the other one from it.
        let large = ((self.norm_same() + self.re.abs()) / 2.0).sqrt();
        let small = self.im.abs() / (2.0 * large);
        if self.re >= 0.0 {
            Self::new(large, small.copysign(self.im))
        } else {
            Self::new(small, large.copysign(self.im))
        }
    }

    fn powc_same(self, y: Self) -> Self {
        if y.re == 0.0 && y.im == 0.0 {
            return 1.0.into();
        }
        if self.re == 0.0 && self.im == 0.0 {
            return self.powc(y);
        }
        (y * self.ln_same()).exp_same()
    }

    fn exp_same(self) -> Self {
        let size = libm::exp(self.re);
        if self.im == 0.0 {
            return Self::new(size, self.im);
        }
        let (sin, cos) = libm::sincos(self.im);
        Self::new(size * cos, size * sin)
    }

    fn ln_same(self) -> Self {
        on_axis(self, |x| x > 0.0, libm::log)
            .unwrap_or_else(|| Self::new(libm::log(self.norm_same()), self.arg_same()))
    }

    fn log10_same(self) -> Self {
        on_axis(self, |x| x > 0.0, libm::log10)
            .unwrap_or_else(|| self.ln_same() / std::f64::consts::LN_10)
    }

    fn sin_same(self) -> Self {
        let (sin, cos) = libm::sincos(self.re);
        Self::new(sin * libm::cosh(self.im), cos * libm::sinh(self.im))
    }

    fn cos_same(self) -> Self {
        let (sin, cos) = libm::sincos(self.re);
        Self::new(cos * libm::cosh(self.im), -sin * libm::sinh(self.im))
    }

    fn tan_same(self) -> Self {
        on_axis(self, |_| true, libm::tan).unwrap_or_else(|| {
            let (sin, cos) = libm::sincos(2.0 * self.re);
            let b = 2.0 * self.im;
            Self::new(sin, libm::sinh(b)) / (cos + libm::cosh(b))
        })
    }

    fn asin_same(self) -> Self {
        on_axis(self, |x| x.abs() <= 1.0, libm::asin).unwrap_or_else(|| {
            let i = Self::i();
            -i * ((1.0 - self * self).sqrt_same() + i * self).ln_same()
        })
    }

    fn acos_same(self) -> Self {
        on_axis(self, |x| x.abs() <= 1.0, libm::acos).unwrap_or_else(|| {
            let i = Self::i();
            -i * (i * (1.0 - self * self).sqrt_same() + self).ln_same()
        })
    }

    fn atan_same(self) -> Self {
        on_axis(self, |_| true, libm::atan).unwrap_or_else(|| {
            let i = Self::i();
            ((1.0 + i * self).ln_same() - (1.0 - i * self).ln_same()) / (2.0 * i)
        })
    }

    fn sinh_same(self) -> Self {
        let (sin, cos) = libm::sincos(self.im);
        Self::new(libm::sinh(self.re) * cos, libm::cosh(self.re) * sin)
    }

    fn cosh_same(self) -> Self {
        let (sin, cos) = libm::sincos(self.im);
        Self::new(libm::cosh(self.re) * cos, libm::sinh(self.re) * sin)
    }

    fn tanh_same(self) -> Self {
        on_axis(self, |_| true, libm::tanh).unwrap_or_else(|| {
            let (sin, cos) = libm::sincos(2.0 * self.im);
            let a = 2.0 * self.re;
            Self::new(libm::sinh(a), sin) / (libm::cosh(a) + cos)
        })
    }

    fn asinh_same(self) -> Self {
        on_axis(self, |_| true, libm::asinh)
            .unwrap_or_else(|| (self + (1.0 + self * self).sqrt_same()).ln_same())
    }

    fn acosh_same(self) -> Self {
        on_axis(self, |x| x >= 1.0, libm::acosh).unwrap_or_else(|| {
            let half = |z: Self| (z / 2.0).sqrt_same();
            2.0 * (half(self + 1.0) + half(self - 1.0)).ln_same()
        })
    }

    fn atanh_same(self) -> Self {
        on_axis(self, |x| x.abs() < 1.0, libm::atanh)
            .unwrap_or_else(|| ((1.0 + self).ln_same() - (1.0 - self).ln_same()) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two numbers agree to a few units in the last place.
    fn near(found: f64, want: f64) -> bool {
        found.to_bits() == want.to_bits() || (found - want).abs() <= 1e-15 * want.abs()
    }

    #[test]
    fn agrees_with_the_standard_library() {
        type Pair = (fn(f64) -> f64, fn(f64) -> f64);
        let any: [Pair; 11] = [
            (f64::exp_same, f64::exp),
            (f64::exp_m1_same, f64::exp_m1),
            (f64::sin_same, f64::sin),
            (f64::cos_same, f64::cos),
            (f64::tan_same, f64::tan),
            (f64::atan_same, f64::atan),
            (f64::sinh_same, f64::sinh),
            (f64::cosh_same, f64::cosh),
            (f64::tanh_same, f64::tanh),
            (f64::asinh_same, f64::asinh),
            (|x| x.hypot_same(0.7), |x| x.hypot(0.7)),
        ];
        let positive: [Pair; 6] = [
            (f64::ln_same, f64::ln),
            (f64::ln_1p_same, f64::ln_1p),
            (f64::log2_same, f64::log2),
            (f64::log10_same, f64::log10),
            (|x| x.powf_same(0.37), |x| x.powf(0.37)),
            (|x| (1.0 + x).acosh_same(), |x| (1.0 + x).acosh()),
        ];
        let inner: [Pair; 2] = [
            (f64::acos_same, f64::acos),
            (|x| x.atan2_same(-0.3), |x| x.atan2(-0.3)),
        ];
        for k in -3000..3000 {
            let x = f64::from(k) * 0.007 + 0.0003;
            for (n, (f, g)) in any.iter().enumerate() {
                assert!(near(f(x), g(x)), "{n}: {x} {} {}", f(x), g(x));
            }
            for (n, (f, g)) in positive.iter().enumerate() {
                let x = x.abs();
                assert!(near(f(x), g(x)), "{n}: {x} {} {}", f(x), g(x));
            }
            for (n, (f, g)) in inner.iter().enumerate() {
                let x = x / 22.0;
                assert!(near(f(x), g(x)), "{n}: {x} {} {}", f(x), g(x));
            }
            assert_eq!(x.sin_cos_same(), (x.sin_same(), x.cos_same()));
        }
    }

    #[test]
    fn known_bits_do_not_change() {
        let sum = |f: fn(f64) -> f64| {
            let bits = (1..2000).map(|k| f(f64::from(k) * 0.003).to_bits());
            bits.fold(0_u64, |sum, b| sum.rotate_left(5) ^ b)
        };
        let found = [
            sum(f64::exp_same),
            sum(f64::ln_same),
            sum(f64::sin_same),
            sum(f64::tanh_same),
            sum(|x| x.powf_same(1.7)),
            sum(|x| x.hypot_same(1.7)),
        ];
        let want = [
            0xfef3_9175_e86b_6411,
            0x69d8_2bf0_c10a_96f1,
            0xdae7_52be_12fa_a45f,
            0x0e80_8b01_82c9_cd9a,
            0xde09_ad29_7da8_796e,
            0x02d1_91f4_9cd6_61a4,
        ];
        assert_eq!(found, want, "{found:#x?}");
    }

    #[test]
    fn complex_functions_agree_with_those_of_num_complex() {
        type Pair = (fn(Complex64) -> Complex64, fn(Complex64) -> Complex64);
        let all: [Pair; 16] = [
            (Complex64::sqrt_same, |z| z.sqrt()),
            (Complex64::exp_same, |z| z.exp()),
            (Complex64::ln_same, |z| z.ln()),
            (Complex64::log10_same, |z| z.log10()),
            (Complex64::sin_same, |z| z.sin()),
            (Complex64::cos_same, |z| z.cos()),
            (Complex64::tan_same, |z| z.tan()),
            (Complex64::asin_same, |z| z.asin()),
            (Complex64::acos_same, |z| z.acos()),
            (Complex64::atan_same, |z| z.atan()),
            (Complex64::sinh_same, |z| z.sinh()),
            (Complex64::cosh_same, |z| z.cosh()),
            (Complex64::tanh_same, |z| z.tanh()),
            (Complex64::asinh_same, |z| z.asinh()),
            (Complex64::acosh_same, |z| z.acosh()),
            (Complex64::atanh_same, |z| z.atanh()),
        ];
        for a in -6..=6 {
            for b in -6..=6 {
                let z = Complex64::new(f64::from(a) * 0.29, f64::from(b) * 0.27);
                let on_cut = a == 0 || b == 0;
                for (n, (f, g)) in all.iter().enumerate() {
                    let (found, want) = (f(z), g(z));
                    let off = (found - want).norm();
                    // On a cut rounding may choose the side; the parts agree up to signs.
                    let sizes =
                        (found.re.abs() - want.re.abs()).hypot(found.im.abs() - want.im.abs());
                    let small = 1e-14 * (1.0 + want.norm());
                    let same = off <= small || on_cut && sizes <= small || !want.is_finite();
                    assert!(same, "{n}: {z} {found} {want}");
                }
                let y = Complex64::new(0.4, -0.3);
                if a != 0 || b != 0 {
                    let off = (z.powc_same(y) - z.powc(y)).norm();
                    assert!(off < 1e-14 * (1.0 + z.powc(y).norm()), "{z}");
                }
            }
        }
    }
}
