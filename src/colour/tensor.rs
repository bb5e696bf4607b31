//! Colour tensors: products of generator strings and of epsilon tensors.
//!
//! A string with ends is `(T^a1 T^a2 ...)_{row column}`; one without is a trace. Rows are
//! indices of outgoing triplets, columns of outgoing antitriplets. A sextet is a symmetric
//! pair of rows, an antisextet of columns: a tensor stands for its part that is symmetric
//! in both indices of every such leg. An epsilon tensor is a [`Junction`] of three strings.
//! Indices of external legs are their numbers; [`OPEN`] is the index of an off-shell
//! line; other negative numbers are summed.

use super::number::Gaussian;

/// A colour index: see [`second`] and [`inner`].
pub(crate) type Index = i16;

/// The index of the off-shell line of a current.
pub const OPEN: Index = -1;

/// Indices of legs, slots and sums are below this, on either side of zero.
const BAND: Index = 500;
const SECOND: Index = 2 * BAND;
const INNER: Index = 4 * SECOND;

/// The second fundamental index of the sextet whose first is `index`.
pub(crate) const fn second(index: Index) -> Index {
    index + SECOND
}

/// Where the string that begins at `index` meets its junction.
const fn inner(index: Index) -> Index {
    index + INNER
}

/// The leg, slot or sum that an index belongs to.
pub(crate) fn owner(index: Index) -> Index {
    (index + BAND).rem_euclid(SECOND) - BAND
}

/// Whether an index is the second of its sextet.
pub(crate) fn is_second(index: Index) -> bool {
    (index + BAND).div_euclid(SECOND) % 4 == 1
}

/// `(T^a1 T^a2 ...)_{row column}` with ends, or `tr(T^a1 T^a2 ...)` without.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chain {
    /// Row and column index; `None` for a trace.
    pub ends: Option<(Index, Index)>,
    /// Adjoint indices in order.
    pub gluons: Vec<Index>,
}

/// An epsilon tensor, `epsilon_123 = 1`, of three strings: of rows, or of columns.
///
/// An index is the row (column) itself where there are no gluons in between, else it is
/// summed with the column (row) of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Junction {
    /// Whether it joins columns.
    pub of_columns: bool,
    /// Its indices.
    pub indices: [Index; 3],
}

/// A product of chains and junctions in canonical order (traces start at their smallest
/// index).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColourTensor {
    /// The strings.
    pub chains: Vec<Chain>,
    /// The epsilon tensors.
    pub junctions: Vec<Junction>,
}

impl ColourTensor {
    /// Strings without junctions.
    pub fn of_chains(chains: Vec<Chain>) -> Self {
        Self {
            chains,
            junctions: vec![],
        }
    }

    /// The colour of a single external leg, as a current with an open index:
    /// coefficient and tensor. `representation` is that of the incoming particle.
    pub(crate) fn external(leg: usize, representation: i8) -> (Gaussian, Self) {
        let leg = leg as Index;
        let triplet = line(OPEN, &[], leg);
        let antitriplet = line(leg, &[], OPEN);
        let (factor, chains) = match representation {
            3 => (1, vec![triplet]),
            -3 => (1, vec![antitriplet]),
            6 => (1, vec![triplet, line(second(OPEN), &[], second(leg))]),
            -6 => (1, vec![antitriplet, line(second(leg), &[], second(OPEN))]),
            // delta^{ab} = 2 tr(T^a T^b)
            8 => (
                2,
                vec![Chain {
                    ends: None,
                    gluons: vec![OPEN, leg],
                }],
            ),
            _ => return (Gaussian::one(), Self::default()),
        };
        (Gaussian::ratio(factor, 1), Self::of_chains(chains))
    }

    /// Whether it is a generator pair that joins the open octet line with one other:
    /// `tr(T^open T^a)`.
    pub(crate) fn is_octet_line(&self) -> bool {
        matches!((self.chains.as_slice(), self.junctions.as_slice()), ([chain], [])
            if chain.ends.is_none() && chain.gluons.len() == 2 && chain.gluons.contains(&OPEN))
    }

    /// Multiplies by another tensor.
    pub(crate) fn multiply(&mut self, other: &Self) {
        self.chains.extend(other.chains.iter().cloned());
        self.junctions.extend(other.junctions.iter().copied());
    }

    /// The same with every index changed.
    fn mapped(&self, f: impl Fn(Index) -> Index) -> Self {
        let chains = self.chains.iter().map(|c| Chain {
            ends: c.ends.map(|(r, k)| (f(r), f(k))),
            gluons: c.gluons.iter().map(|&g| f(g)).collect(),
        });
        let junctions = self.junctions.iter().map(|j| Junction {
            indices: j.indices.map(&f),
            ..*j
        });
        Self {
            chains: chains.collect(),
            junctions: junctions.collect(),
        }
    }

    /// Replaces all indices of one leg or line by those of another.
    pub fn renamed(&self, from: Index, to: Index) -> Self {
        self.mapped(|x| if owner(x) == from { x - from + to } else { x })
    }

    /// Hermitian conjugate: every chain reversed. Indices that are summed get other names,
    /// so that it can be multiplied by tensors that are in canonical order.
    pub fn conjugate(&self) -> Self {
        let apart = |x: Index| if x >= INNER - BAND { x + INNER } else { x };
        let mut other = self.mapped(apart);
        for c in &mut other.chains {
            c.ends = c.ends.map(|(r, k)| (k, r));
            c.gluons.reverse();
        }
        for j in &mut other.junctions {
            j.of_columns = !j.of_columns;
        }
        other
    }

    /// Legs and lines that are sextets.
    pub(crate) fn sextets(&self) -> Vec<Index> {
        let ends = self.chains.iter().filter_map(|c| c.ends);
        let ends = ends.flat_map(|(r, k)| [r, k]);
        let all = ends.chain(self.junctions.iter().flat_map(|j| j.indices));
        let mut found: Vec<Index> = all.filter(|&x| is_second(x)).map(owner).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same with both indices of some sextets exchanged: bit k stands for `sextets[k]`.
    pub(crate) fn exchanged(&self, sextets: &[Index], which: u32) -> Self {
        let is_exchanged = |x: Index| {
            let at = sextets.iter().position(|s| *s == owner(x));
            at.is_some_and(|k| which >> k & 1 == 1)
        };
        self.mapped(|x| match (is_exchanged(x), is_second(x)) {
            (true, false) => x + SECOND,
            (true, true) => x - SECOND,
            _ => x,
        })
    }

    /// Brings the factors into canonical order, and the indices of sextets. Returns the
    /// sign of the tensor in this form; 0 if it vanishes.
    pub(crate) fn canonical(self) -> (i8, Self) {
        let sextets = self.sextets();
        if sextets.is_empty() {
            return self.ordered();
        }
        let (mut sign, mut least) = self.ordered();
        for which in 1..1_u32 << sextets.len() {
            let (s, t) = least.exchanged(&sextets, which).ordered();
            if sign == 0 || s == 0 {
                return (0, least);
            }
            match t.cmp(&least) {
                // Antisymmetric in what is symmetric.
                std::cmp::Ordering::Equal if s < 0 => return (0, least),
                std::cmp::Ordering::Less => {
                    // All others are found again from here.
                    (sign, least) = (sign * s, t);
                    return match least.canonical() {
                        (0, t) => (0, t),
                        (s, t) => (sign * s, t),
                    };
                }
                _ => {}
            }
        }
        (sign, least)
    }

    /// Canonical order of the factors.
    fn ordered(mut self) -> (i8, Self) {
        let mut sign = 1;
        for k in 0..self.junctions.len() {
            let (parity, junction) = self.named(self.junctions[k]);
            sign *= parity;
            self.junctions[k] = junction;
        }
        for chain in &mut self.chains {
            if chain.ends.is_none()
                && let Some(at) = (0..chain.gluons.len()).min_by_key(|&k| chain.gluons[k])
            {
                chain.gluons.rotate_left(at);
            }
        }
        self.chains.sort();
        self.junctions.sort();
        (sign, self)
    }

    /// A junction in order, its summed indices named after the ends of their strings, and
    /// the sign; changes the chains.
    fn named(&mut self, mut junction: Junction) -> (i8, Junction) {
        for x in &mut junction.indices {
            let mut ends = self.chains.iter_mut().filter_map(|c| c.ends.as_mut());
            let found = ends.find(|e| *x == if junction.of_columns { e.0 } else { e.1 });
            if let Some((row, column)) = found {
                let (own, far) = match junction.of_columns {
                    true => (row, *column),
                    false => (column, *row),
                };
                *own = inner(far);
                *x = inner(far);
            }
        }
        let mut sign = 1;
        let order = &mut junction.indices;
        for (a, b) in [(0, 1), (1, 2), (0, 1)] {
            match order[a].cmp(&order[b]) {
                std::cmp::Ordering::Greater => {
                    order.swap(a, b);
                    sign = -sign;
                }
                std::cmp::Ordering::Equal => sign = 0,
                std::cmp::Ordering::Less => {}
            }
        }
        (sign, junction)
    }
}

/// A chain with ends.
pub(crate) fn line(row: Index, gluons: &[Index], column: Index) -> Chain {
    Chain {
        ends: Some((row, column)),
        gluons: gluons.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form_is_unique_under_rotation() {
        let t = |g: &[Index]| {
            ColourTensor::of_chains(vec![Chain {
                ends: None,
                gluons: g.to_vec(),
            }])
            .canonical()
        };
        assert_eq!(t(&[3, 1, 2]), t(&[1, 2, 3]));
        assert_ne!(t(&[3, 2, 1]), t(&[1, 2, 3]));
    }

    #[test]
    fn canonical_form_knows_that_sextets_are_symmetric_and_epsilon_is_not() {
        let pair = |a, b| ColourTensor::of_chains(vec![line(a, &[], 3), line(b, &[7], 4)]);
        assert_eq!(
            pair(1, second(1)).canonical(),
            pair(second(1), 1).canonical()
        );
        let of = |indices| ColourTensor {
            chains: vec![],
            junctions: vec![Junction {
                of_columns: false,
                indices,
            }],
        };
        let (one, first) = of([1, 2, 3]).canonical();
        let (other, same) = of([2, 1, 3]).canonical();
        assert_eq!((one, other, first), (1, -1, same));
        assert_eq!(of([1, second(1), 2]).canonical().0, 0);
        // Two junctions that share two sextets: no sign; that share one: antisymmetric.
        let two = |a: [Index; 3], b: [Index; 3]| {
            let mut t = of(a);
            t.multiply(&of(b));
            t.canonical()
        };
        let (s, t) = (second(1), second(2));
        assert_eq!(two([1, 2, 3], [s, t, 4]), two([s, 2, 3], [1, t, 4]));
        assert_eq!(two([1, 2, t], [s, 3, 4]).0, 0);
    }

    #[test]
    fn strings_of_a_junction_are_named_by_their_ends() {
        let with = |x| ColourTensor {
            chains: vec![line(1, &[5], x)],
            junctions: vec![Junction {
                of_columns: false,
                indices: [2, x, 3],
            }],
        };
        assert_eq!(with(-17).canonical(), with(-230).canonical());
        // Swapping the names of sextet indices renames the strings as well.
        let open = with(-17).canonical().1.renamed(1, OPEN);
        assert_eq!(open.chains[0].ends, Some((OPEN, inner(OPEN))));
    }
}
