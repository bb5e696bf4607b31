//! Colour tensors as products of generator strings, and the colour structures of model files.
//!
//! A string with ends is `(T^a1 T^a2 ...)_{row column}`; one without is a trace.
//! Indices of external legs are their numbers; [`OPEN`] is the index of an
//! off-shell line; other negative numbers are summed.

use super::number::Gaussian;

/// A colour index.
pub(crate) type Index = i16;

/// The index of the off-shell line of a current.
pub const OPEN: Index = -1;

/// `(T^a1 T^a2 ...)_{row column}` with ends, or `tr(T^a1 T^a2 ...)` without.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chain {
    /// Row and column index; `None` for a trace.
    pub ends: Option<(Index, Index)>,
    /// Adjoint indices in order.
    pub gluons: Vec<Index>,
}

/// A product of chains in canonical order (traces start at their smallest index).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColourTensor {
    /// The factors.
    pub chains: Vec<Chain>,
}

impl ColourTensor {
    /// The colour of a single external leg, as a current with an open index:
    /// coefficient and tensor. `representation` is that of the incoming particle.
    pub(crate) fn external(leg: usize, representation: i8) -> (Gaussian, Self) {
        let leg = leg as Index;
        let (factor, chain) = match representation {
            3 => (
                1,
                Chain {
                    ends: Some((OPEN, leg)),
                    gluons: vec![],
                },
            ),
            -3 => (
                1,
                Chain {
                    ends: Some((leg, OPEN)),
                    gluons: vec![],
                },
            ),
            // delta^{ab} = 2 tr(T^a T^b)
            8 => (
                2,
                Chain {
                    ends: None,
                    gluons: vec![OPEN, leg],
                },
            ),
            _ => return (Gaussian::one(), Self::default()),
        };
        (
            Gaussian::ratio(factor, 1),
            Self {
                chains: vec![chain],
            },
        )
    }

    /// Replaces one index everywhere.
    pub fn renamed(&self, from: Index, to: Index) -> Self {
        let f = |x: Index| if x == from { to } else { x };
        let chains = self.chains.iter().map(|c| Chain {
            ends: c.ends.map(|(r, k)| (f(r), f(k))),
            gluons: c.gluons.iter().map(|&g| f(g)).collect(),
        });
        Self {
            chains: chains.collect(),
        }
    }

    /// Hermitian conjugate: every chain reversed.
    pub fn conjugate(&self) -> Self {
        let chains = self.chains.iter().map(|c| Chain {
            ends: c.ends.map(|(r, k)| (k, r)),
            gluons: c.gluons.iter().rev().copied().collect(),
        });
        Self {
            chains: chains.collect(),
        }
    }

    /// Brings the factors into canonical order.
    pub(crate) fn canonical(mut self) -> Self {
        for chain in &mut self.chains {
            if chain.ends.is_none()
                && let Some(at) = (0..chain.gluons.len()).min_by_key(|&k| chain.gluons[k])
            {
                chain.gluons.rotate_left(at);
            }
        }
        self.chains.sort();
        self
    }
}

/// Why a colour structure was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColourError {
    /// The structure is not one of those that can be expanded.
    #[error(
        "colour structure '{text}': found '{found}', expected a product of 1, Identity(i,j), T(a,i,j), f(a,b,c) and d(a,b,c)"
    )]
    Unsupported {
        /// The whole expression.
        text: String,
        /// The factor that was not understood.
        found: String,
    },
    /// A representation other than singlet, triplet, antitriplet, octet.
    #[error(
        "particle '{name}': colour representation {representation} is not supported (only 1, 3, -3, 8 are)"
    )]
    Representation {
        /// Name of the particle.
        name: String,
        /// What the model says.
        representation: i8,
    },
}

/// Index of vertex slot `slot` (from 0) in a parsed structure.
pub(crate) fn slot_index(slot: usize) -> Index {
    -10 - slot as Index
}

/// Expands a UFO colour expression into a sum of products of chains.
///
/// `representations` are those of the outgoing particles of the vertex. Slot k
/// (counted from 1 in the text) becomes the index `-9 - k`; UFO's own summed
/// (negative) indices become numbers below -100.
///
/// # Errors
/// [`ColourError::Unsupported`] for factors outside the list there.
pub(crate) fn parse_structure(
    text: &str,
    representations: &[i8],
) -> Result<Vec<(Gaussian, ColourTensor)>, ColourError> {
    let mut sum = vec![(Gaussian::one(), ColourTensor::default())];
    for factor in text.split('*').map(str::trim) {
        let bad = || ColourError::Unsupported {
            text: text.to_owned(),
            found: factor.to_owned(),
        };
        let terms = parse_factor(factor, representations).ok_or_else(bad)?;
        let mut next = Vec::with_capacity(sum.len() * terms.len());
        for (c0, t0) in &sum {
            for (c1, chains) in &terms {
                let mut chains_all = t0.chains.clone();
                chains_all.extend(chains.iter().cloned());
                next.push((*c0 * *c1, ColourTensor { chains: chains_all }));
            }
        }
        sum = next;
    }
    Ok(sum)
}

/// One factor of a structure as a sum of products of chains.
fn parse_factor(factor: &str, reps: &[i8]) -> Option<Vec<(Gaussian, Vec<Chain>)>> {
    if let Ok(number) = factor.parse::<i128>() {
        return Some(vec![(Gaussian::ratio(number, 1), vec![])]);
    }
    let (head, rest) = factor.split_once('(')?;
    let arguments: Vec<i64> = rest
        .strip_suffix(')')?
        .split(',')
        .map(|a| a.trim().parse().ok())
        .collect::<Option<_>>()?;
    let index = |k: usize| -> Index {
        let a = arguments[k];
        if a > 0 {
            slot_index(a as usize - 1)
        } else {
            (-100 + a) as Index
        }
    };
    let trace = |g: [usize; 3]| Chain {
        ends: None,
        gluons: g.iter().map(|&k| index(k)).collect(),
    };
    match (head.trim(), arguments.len()) {
        ("Identity", 2) => {
            let rep = |k: usize| reps.get(usize::try_from(arguments[k] - 1).ok()?).copied();
            match (rep(0)?, rep(1)?) {
                (3, -3) => Some(vec![(Gaussian::one(), vec![line(index(0), &[], index(1))])]),
                (-3, 3) => Some(vec![(Gaussian::one(), vec![line(index(1), &[], index(0))])]),
                (8, 8) => Some(vec![(
                    Gaussian::ratio(2, 1),
                    vec![Chain {
                        ends: None,
                        gluons: vec![index(0), index(1)],
                    }],
                )]),
                _ => None,
            }
        }
        ("T", 3) => Some(vec![(
            Gaussian::one(),
            vec![line(index(1), &[index(0)], index(2))],
        )]),
        // f^{abc} = -2 i (tr(abc) - tr(acb)), d^{abc} = 2 (tr(abc) + tr(acb))
        ("f", 3) => Some(vec![
            (Gaussian::imaginary(-2, 1), vec![trace([0, 1, 2])]),
            (Gaussian::imaginary(2, 1), vec![trace([0, 2, 1])]),
        ]),
        ("d", 3) => Some(vec![
            (Gaussian::ratio(2, 1), vec![trace([0, 1, 2])]),
            (Gaussian::ratio(2, 1), vec![trace([0, 2, 1])]),
        ]),
        _ => None,
    }
}

fn line(row: Index, gluons: &[Index], column: Index) -> Chain {
    Chain {
        ends: Some((row, column)),
        gluons: gluons.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_structures_are_named() {
        let error = parse_structure("T(3,2,1)*Epsilon(1,2,3)", &[-3, 3, 8]).unwrap_err();
        assert!(error.to_string().contains("'Epsilon(1,2,3)'"), "{error}");
    }

    #[test]
    fn canonical_form_is_unique_under_rotation() {
        let t = |g: &[Index]| {
            ColourTensor {
                chains: vec![Chain {
                    ends: None,
                    gluons: g.to_vec(),
                }],
            }
            .canonical()
        };
        assert_eq!(t(&[3, 1, 2]), t(&[1, 2, 3]));
        assert_ne!(t(&[3, 2, 1]), t(&[1, 2, 3]));
    }
}
