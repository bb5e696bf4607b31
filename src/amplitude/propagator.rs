//! Propagators that are no instructions of their own: of spins 3/2 and 2, and those that a
//! model states.
//!
//! A numerator is a tensor of two legs, applied to a current as a vertex is; the zeros of
//! the denominator are poles that follow one by one. Knows expressions of models; knows
//! no process and no helicity.
//! Sources: UFO (arXiv:1108.2040, 2304.09883); 1010.4255 (spin 3/2); 0805.2554 (spin 2).

use super::AmplitudeError;
use super::lorentz::{Tensor, expand};
use super::momentum_function::MomentumFunction;
use super::structure::{length_of_number, n_indices};
use crate::model::{Model, Particle, ParticleId};
use num_complex::Complex64;
use rustc_hash::FxHashMap;

/// Numerator and poles of a propagator.
#[derive(Clone, Debug)]
pub(crate) struct SpecialPropagator {
    /// The numerator without the factor i: leg 1 is the row of a fermion line, and its
    /// momentum that along the arrow, of bosons that along the current. `None` for one.
    pub(crate) numerator: Option<Tensor>,
    /// What both are multiplied with.
    pub(crate) factor: Complex64,
    /// Mass and width of each pole.
    pub(crate) poles: Vec<[f64; 2]>,
}

/// Those of the particles of a subprocess.
pub(crate) type Propagators = FxHashMap<ParticleId, SpecialPropagator>;

/// The propagator of a particle, unless it has an instruction. A particle that stands for
/// a contact interaction has no denominator.
///
/// # Errors
/// [`AmplitudeError::Propagator`] for an expression of the model that is not understood.
pub(crate) fn special(
    model: &Model,
    id: ParticleId,
) -> Result<Option<SpecialPropagator>, AmplitudeError> {
    let p = model.particle(id);
    let is_plain = p.spin < 4 && !p.is_instant;
    let of_spin = (!is_plain).then(|| numerator_of_spin(p.spin, p.mass == 0.0));
    let own = p.propagator.as_ref();
    let Some(text) = own.map(|own| own.numerator.as_str()).or(of_spin) else {
        return Ok(None);
    };
    let bad = |found: String| AmplitudeError::Propagator {
        particle: p.name.clone(),
        name: own.map_or("its spin", |own| &own.name).to_owned(),
        found,
    };
    let reader = Reader { model, id, p };
    let (numerator, mut factor) = reader.numerator(text).map_err(&bad)?;
    let mut poles = match p.is_instant {
        true => vec![],
        false => vec![[model.signed_mass(id), p.width]],
    };
    if let Some(text) = own.and_then(|own| own.denominator.as_ref()) {
        let (scale, found) = reader.poles(text).map_err(&bad)?;
        (factor, poles) = (factor / scale, found);
    }
    Ok(Some(SpecialPropagator {
        numerator,
        factor,
        poles,
    }))
}

/// The numerators, of vectors in unitary gauge, in the notation of models.
fn numerator_of_spin(spin: u8, massless: bool) -> &'static str {
    match (spin, massless) {
        (1, _) => "1",
        (2, _) => "Gamma('mu',1,2)*P('mu',id) + Mass(id)*Identity(1,2)",
        (3, false) => "-Metric(1,2) + P(1,id)*P(2,id)/Mass(id)**2",
        (3, true) => "-Metric(1,2)",
        (4, false) => {
            "-(Gamma('mu',1,2)*P('mu',id) + Mass(id)*Identity(1,2)) \
             * (Metric(1,2) - P(1,id)*P(2,id)/Mass(id)**2) \
             - 1/3*(Gamma(1,1,'a') + Identity(1,'a')*P(1,id)/Mass(id)) \
             * (Gamma('mu','a','b')*P('mu',id) - Mass(id)*Identity('a','b')) \
             * (Gamma(2,'b',2) + Identity('b',2)*P(2,id)/Mass(id))"
        }
        (4, true) => "1/2*Gamma(2,1,'a')*Gamma('mu','a','b')*P('mu',id)*Gamma(1,'b',2)",
        (5, false) => {
            "1/2*(Metric(1,51) - P(1,id)*P(51,id)/Mass(id)**2) \
             * (Metric(2,52) - P(2,id)*P(52,id)/Mass(id)**2) \
             + 1/2*(Metric(1,52) - P(1,id)*P(52,id)/Mass(id)**2) \
             * (Metric(2,51) - P(2,id)*P(51,id)/Mass(id)**2) \
             - 1/3*(Metric(1,2) - P(1,id)*P(2,id)/Mass(id)**2) \
             * (Metric(51,52) - P(51,id)*P(52,id)/Mass(id)**2)"
        }
        _ => {
            "1/2*(Metric(1,51)*Metric(2,52) + Metric(1,52)*Metric(2,51) \
             - Metric(1,2)*Metric(51,52))"
        }
    }
}

/// Reads the expressions of one particle's propagator.
struct Reader<'a> {
    model: &'a Model,
    id: ParticleId,
    p: &'a Particle,
}

impl Reader<'_> {
    /// The numerator as a tensor times a number.
    fn numerator(&self, text: &str) -> Result<(Option<Tensor>, Complex64), String> {
        let spin = self.p.spin;
        let text = self.translated(text, spin)?;
        let mut expansion = expand(&text, &[spin, spin]).map_err(|e| e.to_string())?;
        let tensor = match (expansion.pop(), expansion.pop()) {
            (Some((None, tensor)), None) => tensor,
            (None, _) => return Ok((None, 0.0.into())),
            _ => return Err("a numerator that is no polynomial in the momentum".to_owned()),
        };
        let mut terms = tensor.terms.iter();
        match (spin, terms.next(), terms.next()) {
            (1, Some(((_, monomial), value)), None) if monomial.is_empty() => Ok((None, *value)),
            _ => Ok((Some(tensor), 1.0.into())),
        }
    }

    /// The denominator: its leading coefficient in `P^2`, and its poles.
    fn poles(&self, text: &str) -> Result<(Complex64, Vec<[f64; 2]>), String> {
        let text = self.translated(text, 1)?;
        let expansion = expand(&text, &[1, 1]).map_err(|e| e.to_string())?;
        let whole = expansion.into_iter().map(|(function, tensor)| {
            let terms = tensor.terms.into_iter();
            let own = MomentumFunction::Polynomial(terms.map(|((_, m), c)| (m, c)).collect());
            MomentumFunction::product(function.into_iter().chain([own]).collect())
        });
        let mut factors = vec![];
        collect_factors(&MomentumFunction::sum(whole.collect()), &mut factors)?;
        let (mut scale, mut poles) = (Complex64::from(1.0), vec![]);
        for polynomial in factors {
            scale *= polynomial.last().copied().unwrap_or_default();
            for zero in zeros(&polynomial)? {
                poles.push(mass_and_width(zero)?);
            }
        }
        if scale.norm() == 0.0 || !scale.is_finite() {
            return Err("a denominator that is zero".to_owned());
        }
        Ok((scale, poles))
    }

    /// An expression of a propagator as a Lorentz structure of two legs of this spin.
    fn translated(&self, text: &str, spin: u8) -> Result<String, String> {
        let mut out = String::new();
        let mut labels: Vec<&str> = vec![];
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if !(c.is_ascii_alphabetic() || c == '_') {
                // A number takes its exponent along.
                let end = match c.is_ascii_digit() || c == '.' {
                    true => length_of_number(rest.as_bytes()),
                    false => c.len_utf8(),
                };
                out.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            let part = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
            let (word, after) = rest.split_at(rest.find(part).unwrap_or(rest.len()));
            rest = after;
            let arguments = after.trim_start().strip_prefix('(');
            let is_object = matches!(word, "Mass" | "Width") || n_indices(word).is_some();
            let Some(inside) = arguments.filter(|_| is_object) else {
                match arguments.is_some() || word.ends_with("pi") {
                    true => out.push_str(word),
                    false => out.push_str(&self.parameter(word)?),
                }
                continue;
            };
            let end = inside
                .find(')')
                .ok_or_else(|| format!("'{word}(' without ')'"))?;
            rest = &inside[end + 1..];
            match word {
                "Mass" => out.push_str(&number(self.model.signed_mass(self.id).into())),
                "Width" => out.push_str(&number(self.p.width.into())),
                _ => {
                    let mut all = vec![];
                    for argument in inside[..end].split(',') {
                        all.push(index(argument.trim(), spin, &mut labels)?);
                    }
                    out.push_str(&format!("{word}({})", all.join(",")));
                }
            }
        }
        Ok(out)
    }

    fn parameter(&self, name: &str) -> Result<String, String> {
        let mut all = self.model.parameters.iter();
        let found = all.find(|q| q.name == name).map(|q| q.value);
        let (re, im) = found.ok_or_else(|| format!("'{name}', which is no parameter"))?;
        Ok(number(Complex64::new(re, im)))
    }
}

/// A number in the notation of structures.
fn number(z: Complex64) -> String {
    format!("complex({:e},{:e})", z.re, z.im)
}

/// An argument of a tensor: `1` and `2` (of spin 2 `1`, `2` and `51`, `52`) are indices of
/// the two legs, `id` is the momentum, a label in quotes is summed.
fn index<'t>(argument: &'t str, spin: u8, labels: &mut Vec<&'t str>) -> Result<String, String> {
    let label = argument.trim_matches(['\'', '"']);
    let leg = match (argument, spin) {
        ("id", _) => 1,
        ("1", 5) => 1001,
        ("2", 5) => 2001,
        ("51", 5) => 1002,
        ("52", 5) => 2002,
        (text, _) => match text.parse::<i32>() {
            Ok(n) => n,
            Err(_) if label.len() < text.len() => {
                let known = labels.iter().position(|l| *l == label);
                let at = known.unwrap_or_else(|| {
                    labels.push(label);
                    labels.len() - 1
                });
                -10_001 - at as i32
            }
            Err(_) => return Err(format!("the index {text}")),
        },
    };
    Ok(leg.to_string())
}

/// Coefficients of the powers of `P^2`, in rising order.
type InSquare = Vec<Complex64>;

/// Takes an invariant apart into factors that are polynomials in `P^2`.
fn collect_factors(f: &MomentumFunction, out: &mut Vec<InSquare>) -> Result<(), String> {
    match f {
        MomentumFunction::Product(list) => list.iter().try_for_each(|f| collect_factors(f, out)),
        MomentumFunction::Power(base, exponent) => match whole_power(exponent) {
            Some(n) => (0..n).try_for_each(|_| collect_factors(base, out)),
            None => Err("a power that is no small whole number".to_owned()),
        },
        _ => {
            out.push(in_square(f)?);
            Ok(())
        }
    }
}

fn whole_power(f: &MomentumFunction) -> Option<u32> {
    let MomentumFunction::Polynomial(terms) = f else {
        return None;
    };
    let value: Complex64 = match terms.as_slice() {
        [] => 0.0.into(),
        [(monomial, c)] if monomial.is_empty() => *c,
        _ => return None,
    };
    let n = value.re;
    (value.im == 0.0 && n.fract() == 0.0 && (0.0..9.0).contains(&n)).then_some(n as u32)
}

fn in_square(f: &MomentumFunction) -> Result<InSquare, String> {
    match f {
        MomentumFunction::Polynomial(terms) => {
            // Of a momentum at rest P^2 is the square of the energy.
            let mut sum = vec![];
            for (monomial, c) in terms.iter().filter(|(m, _)| m.iter().all(|x| x.1 == 0)) {
                if monomial.len() % 2 == 1 {
                    return Err("an odd power of the momentum".to_owned());
                }
                let n = monomial.len() / 2;
                sum.resize(sum.len().max(n + 1), Complex64::default());
                sum[n] += c;
            }
            Ok(sum)
        }
        MomentumFunction::Sum(list) => list.iter().try_fold(vec![], |mut sum, f| {
            let own = in_square(f)?;
            sum.resize(own.len().max(sum.len()), Complex64::default());
            own.iter().zip(&mut sum).for_each(|(c, s)| *s += c);
            Ok(sum)
        }),
        MomentumFunction::Product(_) | MomentumFunction::Power(..) => {
            let mut factors = vec![];
            collect_factors(f, &mut factors)?;
            let one = vec![Complex64::from(1.0)];
            Ok(factors.iter().fold(one, |a, b| product(&a, b)))
        }
        MomentumFunction::Call(..) => Err("a function of the momentum".to_owned()),
    }
}

fn product(a: &[Complex64], b: &[Complex64]) -> InSquare {
    let mut result = vec![Complex64::default(); (a.len() + b.len()).saturating_sub(1)];
    for (j, x) in a.iter().enumerate() {
        for (k, y) in b.iter().enumerate() {
            result[j + k] += x * y;
        }
    }
    result
}

fn zeros(polynomial: &[Complex64]) -> Result<Vec<Complex64>, String> {
    match *polynomial {
        [] | [_] => Ok(vec![]),
        [c, b] => Ok(vec![-c / b]),
        [c, b, a] => {
            let root = (b * b - 4.0 * a * c).sqrt();
            let sum = if (b.conj() * root).re < 0.0 {
                b - root
            } else {
                b + root
            };
            match sum.norm() == 0.0 {
                true => Ok(vec![0.0.into(); 2]),
                false => Ok(vec![-0.5 * sum / a, -2.0 * c / sum]),
            }
        }
        _ => Err(format!(
            "a factor with P^2 to the power {}, at most 2 are known",
            polynomial.len() - 1
        )),
    }
}

/// Of a zero `m^2 - i m width` of the denominator.
fn mass_and_width(zero: Complex64) -> Result<[f64; 2], String> {
    let mass = zero.re.max(0.0).sqrt();
    match (mass > 0.0, zero.im == 0.0) {
        (true, _) => Ok([mass, -zero.im / mass]),
        (false, true) if zero.re == 0.0 => Ok([0.0, 0.0]),
        _ => Err(format!("a pole at P^2 = {} + {} i GeV^2", zero.re, zero.im)),
    }
}
