//! Colour structures of model files, expanded into sums of tensors.
//!
//! Sextet indices are pairs of fundamental ones: `K6` and the identity are symmetrisers,
//! `T6^a` is the generator on either of the two. Knows the notation of UFO
//! (arXiv:1108.2040, section 2.3); sextets as in 0909.2666, with K6 K6Bar = 1.

use super::number::Gaussian;
use super::tensor::{Chain, ColourTensor, Index, Junction, line, second};

/// Why a colour structure was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColourError {
    /// The structure is not one of those that can be expanded.
    #[error(
        "colour structure '{text}': found '{found}', expected a product of 1, Identity(i,j), T(a,i,j), \
         f(a,b,c), d(a,b,c), Epsilon(i,j,k), EpsilonBar(i,j,k), T6(a,m,n), K6(m,i,j) and K6Bar(m,i,j)"
    )]
    Unsupported {
        /// The whole expression.
        text: String,
        /// The factor that was not understood.
        found: String,
    },
    /// An index that does not fit its particle, or does not stand as often as it must.
    #[error("colour structure '{text}': index {index} {what}")]
    Index {
        /// The whole expression.
        text: String,
        /// The index.
        index: i64,
        /// What is wrong with it.
        what: String,
    },
    /// A representation that is not known.
    #[error(
        "particle '{name}': colour representation {representation} is not supported (only 1, 3, -3, 6, -6, 8 are)"
    )]
    Representation {
        /// Name of the particle.
        name: String,
        /// What the model says.
        representation: i8,
    },
}

/// Whether particles of this representation can be dealt with.
pub(crate) fn is_known(representation: i8) -> bool {
    matches!(representation, 1 | 3 | -3 | 6 | -6 | 8)
}

/// Index of vertex slot `slot` (from 0) in a parsed structure.
pub(crate) fn slot_index(slot: usize) -> Index {
    -10 - slot as Index
}

/// Most negative summed index: keeps names apart.
const LEAST_SUMMED: i64 = -300;

/// A factor of a structure: what it is, and its indices as they stand in the text.
struct Factor<'a> {
    name: &'a str,
    indices: Vec<i64>,
}

/// Expands a UFO colour expression into a sum of products of chains and junctions.
///
/// `representations` are those of the outgoing particles of the vertex. Slot k
/// (counted from 1 in the text) becomes the index `-9 - k`; UFO's own summed
/// (negative) indices become numbers below -100.
///
/// # Errors
/// [`ColourError::Unsupported`] for factors outside the list there,
/// [`ColourError::Index`] for indices that do not fit the particles or each other.
pub(crate) fn parse_structure(
    text: &str,
    representations: &[i8],
) -> Result<Vec<(Gaussian, ColourTensor)>, ColourError> {
    let mut number = Gaussian::one();
    let mut factors = vec![];
    for word in text.split('*').map(str::trim) {
        if let Ok(value) = word.parse::<i128>() {
            number = number * Gaussian::ratio(value, 1);
            continue;
        }
        let factor = read_factor(word).ok_or_else(|| ColourError::Unsupported {
            text: text.to_owned(),
            found: word.to_owned(),
        })?;
        factors.push(factor);
    }
    let roles = roles(text, &factors, representations)?;
    let mut sum = vec![(number, ColourTensor::default())];
    for (factor, roles) in factors.iter().zip(roles) {
        let terms = expand(factor, &roles);
        let mut next = Vec::with_capacity(sum.len() * terms.len());
        for (c0, t0) in &sum {
            for (c1, t1) in &terms {
                let mut product = t0.clone();
                product.multiply(t1);
                next.push((*c0 * *c1, product));
            }
        }
        sum = next;
    }
    Ok(sum)
}

fn read_factor(word: &str) -> Option<Factor<'_>> {
    let (name, rest) = word.split_once('(')?;
    let arguments = rest.strip_suffix(')')?.split(',');
    let indices: Vec<i64> = arguments
        .map(|a| a.trim().parse().ok())
        .collect::<Option<_>>()?;
    let name = name.trim();
    let n = match name {
        "Identity" => 2,
        "T" | "f" | "d" | "Epsilon" | "EpsilonBar" | "T6" | "K6" | "K6Bar" => 3,
        _ => return None,
    };
    (indices.len() == n).then_some(Factor { name, indices })
}

/// Representation of the outgoing particle that an index of a factor stands for; `None`
/// for those of an identity.
fn role(name: &str, position: usize) -> Option<i8> {
    Some(match (name, position) {
        ("f" | "d", _) | ("T" | "T6", 0) => 8,
        ("T", 1) | ("Epsilon", _) | ("K6Bar", 1 | 2) => 3,
        ("T", _) | ("EpsilonBar", _) | ("K6", 1 | 2) => -3,
        ("T6", 1) | ("K6", _) => 6,
        ("T6", _) | ("K6Bar", _) => -6,
        _ => return None,
    })
}

/// The representations of all indices, with every index checked.
fn roles(
    text: &str,
    factors: &[Factor],
    representations: &[i8],
) -> Result<Vec<Vec<i8>>, ColourError> {
    let bad = |index: i64, what: String| ColourError::Index {
        text: text.to_owned(),
        index,
        what,
    };
    let of_slot = |index: i64| {
        let slot = usize::try_from(index).ok()?.checked_sub(1)?;
        representations.get(slot).copied()
    };
    let conjugate = |r: i8| if r == 8 { 8 } else { -r };
    // What each place says; identities learn it from the other place of an index.
    let mut known: Vec<Vec<Option<i8>>> = vec![];
    for f in factors {
        let own = |(k, &index): (usize, &i64)| role(f.name, k).or_else(|| of_slot(index));
        known.push(f.indices.iter().enumerate().map(own).collect());
    }
    let n_identities = factors.iter().filter(|f| f.name == "Identity").count();
    for _ in 0..=n_identities {
        for k in 0..factors.len() {
            if factors[k].name != "Identity" {
                continue;
            }
            for at in 0..2 {
                let index = factors[k].indices[at];
                let elsewhere = || {
                    let places = factors.iter().zip(&known).enumerate();
                    let mut others = places.flat_map(|(j, (f, r))| {
                        (0..r.len())
                            .filter(move |&i| (j, i) != (k, at) && f.indices[i] == index)
                            .map(|i| r[i])
                    });
                    others.find_map(|r| r).map(conjugate)
                };
                let found = known[k][at]
                    .or_else(elsewhere)
                    .or_else(|| known[k][1 - at].map(conjugate));
                known[k][at] = found;
            }
        }
    }
    let mut places: Vec<(i64, Option<i8>)> = vec![];
    for (f, r) in factors.iter().zip(&known) {
        places.extend(f.indices.iter().copied().zip(r.iter().copied()));
        if f.name == "Identity" && r[0] != r[1].map(conjugate) {
            let what = "joins what are no conjugate representations".to_owned();
            return Err(bad(f.indices[0], what));
        }
    }
    check_indices(&places, representations).map_err(|(index, what)| bad(index, what))?;
    let whole = known.into_iter().map(|list| list.into_iter().collect());
    let whole: Option<Vec<Vec<i8>>> = whole.collect();
    whole.ok_or_else(|| bad(0, "stands for no known representation".to_owned()))
}

/// Whether every index stands once for each coloured particle, twice where it is summed.
fn check_indices(
    places: &[(i64, Option<i8>)],
    representations: &[i8],
) -> Result<(), (i64, String)> {
    let times = |index: i64| places.iter().filter(|p| p.0 == index).count();
    for &(index, role) in places {
        let Some(role) = role else {
            return Err((index, "stands for no known representation".to_owned()));
        };
        if index < 0 {
            let others: Vec<_> = places.iter().filter(|p| p.0 == index).collect();
            let sum: i32 = others.iter().filter_map(|p| p.1).map(i32::from).sum();
            if others.len() != 2 {
                return Err((
                    index,
                    format!("stands {} times, a summed one twice", others.len()),
                ));
            }
            if index < LEAST_SUMMED {
                return Err((index, format!("is below {LEAST_SUMMED}")));
            }
            if sum != if role == 8 { 16 } else { 0 } {
                return Err((
                    index,
                    "is summed over representations that are not conjugate".to_owned(),
                ));
            }
            continue;
        }
        let slot = usize::try_from(index - 1).ok();
        let particle = slot.and_then(|s| representations.get(s));
        match particle {
            None => return Err((index, format!("of {} particles", representations.len()))),
            Some(&found) if found != role => {
                return Err((
                    index,
                    format!("stands for an outgoing {role}, its particle is an outgoing {found}"),
                ));
            }
            Some(_) => {}
        }
    }
    for (slot, &r) in representations.iter().enumerate() {
        let (index, n) = (slot as i64 + 1, times(slot as i64 + 1));
        let wanted = usize::from(r.abs() != 1);
        if n != wanted {
            return Err((
                index,
                format!("stands {n} times, its particle has colour {r}"),
            ));
        }
    }
    Ok(())
}

/// One factor of a structure as a sum of products.
fn expand(factor: &Factor, roles: &[i8]) -> Vec<(Gaussian, ColourTensor)> {
    let index = |k: usize| -> Index {
        let a = factor.indices[k];
        if a > 0 {
            slot_index(a as usize - 1)
        } else {
            (-100 + a) as Index
        }
    };
    let trace = |g: [usize; 3]| {
        vec![Chain {
            ends: None,
            gluons: g.iter().map(|&k| index(k)).collect(),
        }]
    };
    let junction = |of_columns: bool| ColourTensor {
        chains: vec![],
        junctions: vec![Junction {
            of_columns,
            indices: [0, 1, 2].map(index),
        }],
    };
    let chains = |list: Vec<(Gaussian, Vec<Chain>)>| -> Vec<(Gaussian, ColourTensor)> {
        let of = |(c, chains)| (c, ColourTensor::of_chains(chains));
        list.into_iter().map(of).collect()
    };
    let one = Gaussian::one();
    let pair = |k: usize| [index(k), second(index(k))];
    match factor.name {
        "Identity" => {
            let (row, column) = if roles[0] > 0 { (0, 1) } else { (1, 0) };
            match roles[0].abs() {
                3 => chains(vec![(one, vec![line(index(row), &[], index(column))])]),
                6 => chains(symmetric(pair(row), pair(column))),
                _ => chains(vec![(
                    Gaussian::ratio(2, 1),
                    vec![Chain {
                        ends: None,
                        gluons: vec![index(0), index(1)],
                    }],
                )]),
            }
        }
        "T" => chains(vec![(one, vec![line(index(1), &[index(0)], index(2))])]),
        // f^{abc} = -2 i (tr(abc) - tr(acb)), d^{abc} = 2 (tr(abc) + tr(acb))
        "f" => chains(vec![
            (Gaussian::imaginary(-2, 1), trace([0, 1, 2])),
            (Gaussian::imaginary(2, 1), trace([0, 2, 1])),
        ]),
        "d" => chains(vec![
            (Gaussian::ratio(2, 1), trace([0, 1, 2])),
            (Gaussian::ratio(2, 1), trace([0, 2, 1])),
        ]),
        "Epsilon" => vec![(one, junction(false))],
        "EpsilonBar" => vec![(one, junction(true))],
        "K6" => chains(symmetric(pair(0), [index(1), index(2)])),
        "K6Bar" => chains(symmetric([index(1), index(2)], pair(0))),
        _ => chains(generator(index(0), pair(1), pair(2))),
    }
}

/// `(delta_ik delta_jl + delta_il delta_jk) / 2` of rows i, j and columns k, l.
fn symmetric(rows: [Index; 2], columns: [Index; 2]) -> Vec<(Gaussian, Vec<Chain>)> {
    let half = Gaussian::ratio(1, 2);
    let of = |k: [usize; 2]| {
        let lines = [0, 1].map(|n| line(rows[n], &[], columns[k[n]]));
        (half, lines.to_vec())
    };
    vec![of([0, 1]), of([1, 0])]
}

/// `T6^a`: the generator on either index of the pair, symmetrised.
fn generator(a: Index, rows: [Index; 2], columns: [Index; 2]) -> Vec<(Gaussian, Vec<Chain>)> {
    let half = Gaussian::ratio(1, 2);
    let of = |(r, c): (usize, usize)| {
        let own = line(rows[r], &[a], columns[c]);
        let other = line(rows[1 - r], &[], columns[1 - c]);
        (half, vec![own, other])
    };
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(of).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_structures_are_named() {
        let error = parse_structure("T(3,2,1)*Eps(1,2,3)", &[-3, 3, 8]).unwrap_err();
        assert!(error.to_string().contains("'Eps(1,2,3)'"), "{error}");
    }

    #[test]
    fn indices_that_do_not_fit_are_named() {
        let cases: [(&str, &[i8], &str); 9] = [
            (
                "T(3,1,2)",
                &[-3, 3, 8],
                "index 1 stands for an outgoing 3, its particle is an outgoing -3",
            ),
            ("Epsilon(1,2,3)", &[3, 3, -3], "index 3 stands for"),
            ("K6(3,1,2)", &[3, 3, -6], "index 3 stands for an outgoing 6"),
            ("Identity(1,2)", &[-3, 3, 8], "index 3 stands 0 times"),
            (
                "T(3,2,1)*T(3,2,1)",
                &[-3, 3, 8],
                "index 1 stands 2 times, its particle has colour -3",
            ),
            (
                "T(3,2,-1)",
                &[-3, 3, 8],
                "index -1 stands 1 times, a summed one twice",
            ),
            (
                "T(3,-1,1)*T(4,-1,2)",
                &[-3, -3, 8, 8],
                "index -1 is summed over representations that are not conjugate",
            ),
            ("f(1,2,7)", &[8, 8, 8], "index 7 of 3 particles"),
            (
                "T(3,2,-301)*Identity(-301,1)",
                &[-3, 3, 8],
                "index -301 is below -300",
            ),
        ];
        for (text, representations, want) in cases {
            let error = parse_structure(text, representations).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
        }
    }

    #[test]
    fn identities_learn_what_they_join_from_the_rest() {
        // Chains of identities are what they join.
        let cases: [(&str, &str, &[i8]); 4] = [
            (
                "Identity(-1,1)*Identity(-2,-1)*T(3,2,-2)",
                "T(3,2,1)",
                &[-3, 3, 8],
            ),
            ("Identity(-1,3)*T(-1,2,1)", "T(3,2,1)", &[-3, 3, 8]),
            ("T6(1,-1,2)*Identity(3,-1)*2", "2*T6(1,3,2)", &[8, -6, 6]),
            ("Identity(1,-1)*Identity(-1,2)", "Identity(2,1)", &[6, -6]),
        ];
        for (one, other, representations) in cases {
            let sum = |text| {
                let mut sum: Vec<(Gaussian, ColourTensor)> = vec![];
                for (c, t) in parse_structure(text, representations).unwrap() {
                    for (c, t, _) in crate::colour::contract(c, t) {
                        match sum.iter_mut().find(|(_, known)| *known == t) {
                            Some(found) => found.0 = found.0 + c,
                            None => sum.push((c, t)),
                        }
                    }
                }
                sum
            };
            assert_eq!(sum(one), sum(other), "{one}");
        }
    }
}
