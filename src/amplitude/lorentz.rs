//! Lorentz structures of model files, expanded once into sparse polynomials
//! over explicit components, with functions of the momenta as factors.
//!
//! Knows Dirac matrices (chiral representation) and the metric; knows no
//! particle and no kernel. In a structure `P(mu,k)` is the momentum of leg k flowing
//! out of the vertex, as its particles do; expanded tensors are polynomials in
//! the momenta that flow in.
//! Structure syntax: UFO, arXiv:1108.2040, section 2.4.

use super::AmplitudeError;
use super::momentum_function::MomentumFunction;
use super::structure::{Object, Product, Work, finite, parse};
use num_complex::Complex64;
use std::collections::BTreeMap;

/// Most legs of a vertex.
pub(crate) const MAX_SLOTS: usize = 8;

/// Component of every slot, 0 where the slot is a scalar and where there is no slot.
pub(crate) type Components = [u8; MAX_SLOTS];

/// A product of momentum components `P^mu_slot`, sorted.
pub(crate) type Monomial = Vec<(u8, u8)>;

/// What the components of a current stand for, at a vertex that it flows into.
///
/// A property of the current: the vertex that makes it says so, or its external leg. A
/// particle that is its own antiparticle can do either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LineDirection {
    /// Against the arrow of a fermion line: a row, `psibar`.
    Against,
    /// Along the arrow of a fermion line: a column, `psi`.
    Along,
    /// No fermion.
    #[default]
    None,
}

/// What flows in at every slot.
pub(crate) type Directions = [LineDirection; MAX_SLOTS];

/// How a tensor has its fermions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fermions {
    /// What the components of every slot are multiplied with: a row where the structure
    /// has the first index of a matrix, a column where it has the second.
    pub(crate) directions: Directions,
    /// Slots in the order of the fields: line by line, the row before the column.
    pub(crate) order: Vec<u8>,
}

/// A tensor with contravariant vector indices, its entries polynomials in momenta.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) terms: BTreeMap<(Components, Monomial), Complex64>,
    /// `2 S + 1` of every slot; at most [`MAX_SLOTS`].
    pub(crate) spins: Vec<u8>,
    pub(crate) fermions: Fermions,
}

impl Tensor {
    /// Adds `factor` times another tensor, for what flows into this one.
    pub(crate) fn add(&mut self, other: &Self, factor: Complex64) {
        if self.terms.is_empty() {
            self.spins.clone_from(&other.spins);
            self.fermions.clone_from(&other.fermions);
        }
        let order = self.fermions.sign_against(&other.fermions);
        for ((components, monomial), value) in &other.terms {
            let (components, sign) = turn(*components, &other.fermions, &self.fermions);
            let sign = sign * order;
            let key = (components, monomial.clone());
            *self.terms.entry(key).or_default() += factor * sign * value;
        }
        self.terms.retain(|_, v| v.norm() > 0.0);
    }

    /// Coefficients of `self` in a basis, if it lies in its span.
    ///
    /// Every basis tensor must have an entry that the others lack.
    pub(crate) fn fit(&self, basis: &[Self]) -> Option<Vec<Complex64>> {
        let mut rest = self.clone();
        let mut coefficients = Vec::with_capacity(basis.len());
        for (k, b) in basis.iter().enumerate() {
            let alone = |key: &&(Components, Monomial)| {
                basis
                    .iter()
                    .enumerate()
                    .all(|(j, o)| j == k || !o.terms.contains_key(*key))
            };
            let key = b.terms.keys().find(alone)?;
            let c = self.terms.get(key).copied().unwrap_or_default() / b.terms[key];
            rest.add(b, -c);
            coefficients.push(c);
        }
        let scale = self.terms.values().map(|v| v.norm()).fold(0.0, f64::max);
        rest.terms
            .values()
            .all(|v| v.norm() <= 1e-13 * scale)
            .then_some(coefficients)
    }
}

impl Fermions {
    /// Follows the lines of a product from their rows through its matrices.
    fn of(objects: &[Object]) -> Result<Self, String> {
        let mut found = Self::default();
        let mut links: Vec<[i32; 2]> = vec![];
        for o in objects {
            if let Some(at) = matrix_positions(&o.name) {
                links.push(at.map(|k| o.indices[k]));
            }
        }
        let mut rows: Vec<i32> = links.iter().map(|l| l[0]).filter(|i| *i > 0).collect();
        rows.sort_unstable();
        for row in rows {
            let mut end = row;
            // Indices stand once or twice: a line has no more links than there are.
            for _ in 0..links.len() {
                match links.iter().find(|l| l[0] == end) {
                    Some(link) => end = link[1],
                    None => break,
                }
                if end > 0 {
                    break;
                }
            }
            if end <= 0 {
                return Err(format!("a line from index {row} that has no end"));
            }
            let ends = [(row, LineDirection::Against), (end, LineDirection::Along)];
            for (index, direction) in ends {
                let slot = (index - 1) as usize;
                found.directions[slot] = direction;
                found.order.push(slot as u8);
            }
        }
        Ok(found)
    }

    /// Sign of the permutation that makes one order of the other.
    fn sign_against(&self, other: &Self) -> f64 {
        let place = |slot: &u8| other.order.iter().position(|s| s == slot);
        let places: Vec<Option<usize>> = self.order.iter().map(place).collect();
        let later = |k: usize| places[k + 1..].iter().filter(|p| **p < places[k]).count();
        let inversions: usize = (0..places.len()).map(later).sum();
        if inversions.is_multiple_of(2) {
            1.0
        } else {
            -1.0
        }
    }
}

/// The entry of a tensor with components for other directions of what flows in, and the
/// factor that it gets: `psi = C psibar^T` and `psibar = (C^-1 psi)^T`.
///
/// Source: Denner et al., Nucl. Phys. B387 (1992) 467.
fn turn(mut components: Components, from: &Fermions, to: &Fermions) -> (Components, f64) {
    let (from, to) = (&from.directions, &to.directions);
    let mut sign = 1.0;
    for k in 0..MAX_SLOTS {
        if from[k] == to[k] {
            continue;
        }
        let (own, other) = (components[k], conjugate(components[k]));
        let c = charge_conjugation((own % 4).into(), (other % 4).into()).re;
        sign *= if from[k] == LineDirection::Along {
            c
        } else {
            -c
        };
        components[k] = other;
    }
    (components, sign)
}

/// The component that the charge conjugation matrix joins with this one.
fn conjugate(component: u8) -> u8 {
    component ^ 1
}

/// A Lorentz structure: functions of the momenta times tensors, added up.
pub(crate) type Expansion = Vec<(Option<MomentumFunction>, Tensor)>;

/// Expands a UFO Lorentz structure of up to [`MAX_SLOTS`] legs with the given `2 S + 1`.
///
/// # Errors
/// [`AmplitudeError::Lorentz`] with the text and what was not understood: syntax, an
/// object that is not known, an index that no leg of this spin has, a summed index that
/// does not stand exactly twice.
pub(crate) fn expand(structure: &str, spins: &[u8]) -> Result<Expansion, AmplitudeError> {
    let bad = |found: String| AmplitudeError::Lorentz {
        structure: structure.to_owned(),
        found,
    };
    if spins.len() > MAX_SLOTS {
        return Err(bad(format!("{} legs, more than {MAX_SLOTS}", spins.len())));
    }
    if let Some(s) = spins.iter().find(|s| !(1..=5).contains(*s)) {
        return Err(bad(format!(
            "a leg with 2 S + 1 = {s}, where 1 to 5 are known"
        )));
    }
    let (mut expansion, mut work): (Expansion, Work) = (vec![], Work::new());
    for product in parse(structure, spins, &mut work).map_err(&bad)? {
        let Product {
            factor,
            objects,
            mut functions,
        } = product;
        let function = match functions.len() {
            0 | 1 => functions.pop(),
            _ => Some(MomentumFunction::product(functions)),
        };
        let at = expansion.iter().position(|e| e.0 == function);
        let at = at.unwrap_or_else(|| {
            let tensor = Tensor {
                spins: spins.to_vec(),
                ..Tensor::default()
            };
            expansion.push((function, tensor));
            expansion.len() - 1
        });
        add_product(&mut expansion[at].1, factor, &objects, spins, &mut work).map_err(&bad)?;
        if let Some(lacking) = lacking_index(&objects, spins) {
            return Err(bad(lacking));
        }
    }
    for (_, tensor) in &mut expansion {
        for value in tensor.terms.values() {
            finite(*value).map_err(&bad)?;
        }
        tensor.terms.retain(|_, v| v.norm() > 0.0);
    }
    expansion.retain(|e| !e.1.terms.is_empty());
    Ok(expansion)
}

/// Expands a structure that has no functions of the momenta.
///
/// # Panics
/// If it has, or is not understood.
pub(super) fn expand_plain(structure: &str, spins: &[u8]) -> Tensor {
    let mut expansion = expand(structure, spins).expect("written here");
    match (expansion.pop(), expansion.pop()) {
        (Some((None, tensor)), None) => tensor,
        _ => panic!("{structure} is one tensor"),
    }
}

/// A product of elementary tensors as a polynomial in the momenta that flow in; nothing
/// where an index is open.
///
/// # Errors
/// Indices that do not fit.
pub(super) fn invariant(
    factor: Complex64,
    objects: &[Object],
    spins: &[u8],
    work: &mut Work,
) -> Result<Option<Vec<(Monomial, Complex64)>>, String> {
    let mut indices: Vec<i32> = vec![];
    for o in objects {
        indices.extend(&o.indices[..o.n_component_indices()]);
    }
    let twice = |i: &i32| *i < 0 && indices.iter().filter(|j| *j == i).count() == 2;
    if !indices.iter().all(twice) {
        return Ok(None);
    }
    let mut tensor = Tensor::default();
    add_product(&mut tensor, factor, objects, spins, work)?;
    let terms = tensor.terms.into_iter();
    Ok(Some(terms.map(|((_, m), c)| (m, c)).collect()))
}

/// Positions of the row and the column of an object that is a matrix in spinor space.
fn matrix_positions(name: &str) -> Option<[usize; 2]> {
    match name {
        "Metric" | "P" | "Epsilon" | "IdentityL" => None,
        "Gamma" => Some([1, 2]),
        "Sigma" => Some([2, 3]),
        _ => Some([0, 1]),
    }
}

/// Which positions of an object carry Lorentz (not spinor) indices.
fn lorentz_positions(name: &str) -> &'static [usize] {
    match name {
        "Gamma" | "P" => &[0],
        "Metric" | "IdentityL" | "Sigma" => &[0, 1],
        "Epsilon" => &[0, 1, 2, 3],
        _ => &[],
    }
}

/// A non-zero entry of an object: values of its indices, value.
type Entry = ([u8; 4], Complex64);

impl Object {
    /// Indices with components; the last argument of a momentum is its leg.
    fn component_indices(&self) -> &[i32] {
        &self.indices[..self.n_component_indices()]
    }

    /// The leg whose momentum it has, counted from 1.
    fn momentum_leg(&self) -> Option<i32> {
        let at = self.n_component_indices();
        self.indices.get(at).copied()
    }

    /// The non-zero entries; those of a momentum stand for its components.
    fn entries(&self) -> Vec<Entry> {
        let n = self.component_indices().len();
        let mut list = vec![];
        for number in 0..4_usize.pow(n as u32) {
            let i: [usize; 4] = std::array::from_fn(|k| number >> (2 * k) & 3);
            let value = match self.name.as_str() {
                "Gamma" => gamma(i[0], i[1], i[2]),
                "Sigma" => sigma(i[0], i[1], i[2], i[3]),
                "C" => charge_conjugation(i[0], i[1]),
                "Gamma5" => diagonal(i[0], i[1], [-1.0, 1.0]),
                "ProjM" => diagonal(i[0], i[1], [1.0, 0.0]),
                "ProjP" => diagonal(i[0], i[1], [0.0, 1.0]),
                "Identity" => diagonal(i[0], i[1], [1.0, 1.0]),
                "Metric" | "IdentityL" => metric(i[0], i[1]).into(),
                "Epsilon" => levi_civita(i).into(),
                _ => (-1.0).into(),
            };
            if value.norm() > 0.0 {
                list.push((i.map(|x| x as u8), value));
            }
        }
        list
    }
}

/// Indices of a product, and what its objects say of them.
struct Indices {
    /// Index, whether it is a Lorentz (not a spinor) index, how often it stands.
    found: Vec<(i32, bool, usize)>,
}

impl Indices {
    fn collect(objects: &[Object], spins: &[u8]) -> Result<Self, String> {
        let mut found: Vec<(i32, bool, usize)> = vec![];
        for o in objects {
            if let Some(leg) = o.momentum_leg()
                && !(1..=spins.len() as i32).contains(&leg)
            {
                return Err(format!("the momentum of leg {leg}"));
            }
            for (k, &index) in o.component_indices().iter().enumerate() {
                let lorentz = lorentz_positions(&o.name).contains(&k);
                let name = &o.name;
                let kind = if lorentz { "Lorentz" } else { "spinor" };
                if index >= 0 {
                    let (leg, of) = leg_of(index);
                    let spin = spins.get(leg.wrapping_sub(1));
                    let spin = spin.ok_or_else(|| format!("index {index} in {name}"))?;
                    if !takes(*spin, lorentz, of) {
                        return Err(format!(
                            "{kind} index {index} in {name}, of a leg with 2 S + 1 = {spin}"
                        ));
                    }
                }
                let same =
                    |f: &&mut (i32, bool, usize)| f.0 == index && (index < 0 || f.1 == lorentz);
                match found.iter_mut().find(same) {
                    Some(f) if f.1 != lorentz => {
                        return Err(format!(
                            "{kind} index {index} in {name}, summed with another kind"
                        ));
                    }
                    Some(f) => f.2 += 1,
                    None => found.push((index, lorentz, 1)),
                }
            }
        }
        let times = |index: i32| if index > 0 { 1 } else { 2 };
        match found.iter().find(|f| f.2 != times(f.0)) {
            Some((index, _, n)) => Err(format!("index {index} {n} times in one product")),
            None => Ok(Self { found }),
        }
    }

    fn position(&self, index: i32, lorentz: bool) -> usize {
        let mut list = self.found.iter();
        list.position(|f| f.0 == index && f.1 == lorentz)
            .expect("collected before")
    }
}

/// Indices of a leg of spin 2 are its number and this, or twice this.
const OF_TENSOR: i32 = 1000;

/// The leg of an index, counted from 1, and which of its indices it is, if it has two.
fn leg_of(index: i32) -> (usize, i32) {
    ((index % OF_TENSOR) as usize, index / OF_TENSOR)
}

/// Whether a leg of this spin has such an index.
fn takes(spin: u8, lorentz: bool, of: i32) -> bool {
    matches!(
        (spin, lorentz, of),
        (2 | 4, false, 0) | (3 | 4, true, 0) | (5, true, 1 | 2)
    )
}

/// The place of an index among those of its leg, as the factor of its value: of spin 3/2
/// the vector index stands before that of the spinor.
fn weight_of(spin: u8, lorentz: bool, of: i32) -> u8 {
    match (spin, lorentz, of) {
        (4, true, _) | (5, _, 1) => 4,
        _ => 1,
    }
}

/// What a product lacks of the indices of its legs, if anything.
fn lacking_index(objects: &[Object], spins: &[u8]) -> Option<String> {
    let has = |leg: usize, lorentz: bool, of: i32| {
        objects.iter().any(|o| {
            let mut places = o.component_indices().iter().enumerate();
            places.any(|(k, &index)| {
                let own = lorentz_positions(&o.name).contains(&k);
                index > 0 && leg_of(index) == (leg, of) && own == lorentz
            })
        })
    };
    (1..=spins.len()).find_map(|leg| {
        let all = [(false, 0), (true, 0), (true, 1), (true, 2)].into_iter();
        let mut wanted = all.filter(|&(lorentz, of)| takes(spins[leg - 1], lorentz, of));
        let (lorentz, of) = wanted.find(|&(lorentz, of)| !has(leg, lorentz, of))?;
        let kind = if lorentz { "Lorentz" } else { "spinor" };
        let index = OF_TENSOR * of + leg as i32;
        Some(format!("a product without the {kind} index {index}"))
    })
}

/// Adds one product of objects, summed over its repeated indices.
///
/// Only non-zero entries are joined, one object after the other: the work grows with
/// the terms of the result and not with the number of values of all indices.
fn add_product(
    tensor: &mut Tensor,
    mut factor: Complex64,
    objects: &[Object],
    spins: &[u8],
    work: &mut Work,
) -> Result<(), String> {
    /// Not yet given a value.
    const OPEN: u8 = u8::MAX;
    let indices = Indices::collect(objects, spins)?;
    let own = Fermions::of(objects)?;
    if tensor.terms.is_empty() {
        tensor.fermions.clone_from(&own);
    }
    factor = finite(factor)? * tensor.fermions.sign_against(&own);
    let mut partial = vec![(vec![OPEN; indices.found.len()], vec![], factor)];
    for o in objects {
        let lorentz = lorentz_positions(&o.name);
        let at = o.component_indices().iter().enumerate();
        let at: Vec<usize> = at
            .map(|(k, &i)| indices.position(i, lorentz.contains(&k)))
            .collect();
        let entries = o.entries();
        let mut joined = vec![];
        for (values, monomial, value) in &partial {
            for (entry, number) in &entries {
                if (at.iter().zip(entry)).any(|(&k, x)| ![OPEN, *x].contains(&values[k])) {
                    continue;
                }
                let mut values: Vec<u8> = values.clone();
                let fits = at.iter().zip(entry).all(|(&k, &x)| {
                    let free = values[k] == OPEN;
                    if free {
                        values[k] = x;
                    }
                    free || values[k] == x
                });
                if fits {
                    work.take(1)?;
                    let mut monomial: Monomial = monomial.clone();
                    if let Some(leg) = o.momentum_leg() {
                        monomial.push(((leg - 1) as u8, entry[0]));
                    }
                    joined.push((values, monomial, *value * number));
                }
            }
        }
        partial = joined;
    }
    for (values, mut monomial, mut value) in partial {
        let mut components = [0; MAX_SLOTS];
        for ((index, lorentz, _), &x) in indices.found.iter().zip(&values) {
            if *index > 0 {
                let (leg, of) = leg_of(*index);
                components[leg - 1] += x * weight_of(spins[leg - 1], *lorentz, of);
            } else if *lorentz && x > 0 {
                value = -value;
            }
        }
        monomial.sort_unstable();
        let (components, sign) = turn(components, &own, &tensor.fermions);
        *tensor.terms.entry((components, monomial)).or_default() += value * sign;
    }
    Ok(())
}

/// `g^{mu nu}`.
fn metric(mu: usize, nu: usize) -> f64 {
    match (mu, nu) {
        (0, 0) => 1.0,
        (a, b) if a == b => -1.0,
        _ => 0.0,
    }
}

/// A matrix with the same number on both components of a chirality.
fn diagonal(i: usize, j: usize, by_chirality: [f64; 2]) -> Complex64 {
    if i == j {
        by_chirality[i / 2].into()
    } else {
        0.0.into()
    }
}

/// `(gamma^mu)_{ij}` in the chiral representation, left-handed components first.
fn gamma(mu: usize, i: usize, j: usize) -> Complex64 {
    if i / 2 == j / 2 {
        return 0.0.into();
    }
    // Upper right block sigma^mu, lower left block sigma-bar^mu.
    let sign = if i < 2 || mu == 0 { 1.0 } else { -1.0 };
    let (a, b) = (i % 2, j % 2);
    let pauli = match (mu, a, b) {
        (0, 0, 0) | (0, 1, 1) | (1, 0, 1) | (1, 1, 0) | (3, 0, 0) => Complex64::new(1.0, 0.0),
        (3, 1, 1) => Complex64::new(-1.0, 0.0),
        (2, 0, 1) => Complex64::new(0.0, -1.0),
        (2, 1, 0) => Complex64::new(0.0, 1.0),
        _ => Complex64::new(0.0, 0.0),
    };
    pauli * sign
}

/// `(i/4) [gamma^mu, gamma^nu]_{ij}`: the normalisation of UFO models.
fn sigma(mu: usize, nu: usize, i: usize, j: usize) -> Complex64 {
    let product = |a, b| {
        (0..4)
            .map(|k| gamma(a, i, k) * gamma(b, k, j))
            .sum::<Complex64>()
    };
    Complex64::new(0.0, 0.25) * (product(mu, nu) - product(nu, mu))
}

/// The matrix with `C gamma^mu C^-1 = -(gamma^mu)^T`; `C^-1 = -C`.
fn charge_conjugation(i: usize, j: usize) -> Complex64 {
    match (i, j) {
        (1, 0) | (2, 3) => 1.0.into(),
        (0, 1) | (3, 2) => (-1.0).into(),
        _ => 0.0.into(),
    }
}

/// `epsilon^{mu nu rho sigma}` with `epsilon^{0123} = -1`.
fn levi_civita(i: [usize; 4]) -> f64 {
    let mut sign = -1.0;
    for a in 0..4 {
        for b in a + 1..4 {
            match i[a].cmp(&i[b]) {
                std::cmp::Ordering::Greater => sign = -sign,
                std::cmp::Ordering::Equal => return 0.0,
                std::cmp::Ordering::Less => {}
            }
        }
    }
    sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clifford_algebra_holds() {
        // {gamma^mu, gamma^nu} = 2 g^{mu nu}
        let spins = [2, 2, 3, 3];
        let t = expand_plain(
            "Gamma(3,1,-1)*Gamma(4,-1,2) + Gamma(4,1,-1)*Gamma(3,-1,2)",
            &spins,
        );
        let g = expand_plain("2*Metric(3,4)*Identity(1,2)", &spins);
        assert_eq!(t, g);
    }

    #[test]
    fn sigma_is_the_commutator_of_gammas() {
        let spins = [2, 2, 3, 3];
        let text = "Gamma(3,1,-1)*Gamma(4,-1,2) - Gamma(4,1,-1)*Gamma(3,-1,2)";
        let mut t = Tensor::default();
        let commutator = expand_plain(text, &spins);
        t.add(&commutator, Complex64::new(0.0, 0.25));
        assert_eq!(t, expand_plain("Sigma(3,4,1,2)", &spins));
        // Half the spin along the third axis, of a left-handed spinor.
        let mut key = [0; MAX_SLOTS];
        (key[2], key[3]) = (1, 2);
        assert_eq!(t.terms[&(key, vec![])], Complex64::new(0.5, 0.0));
    }

    #[test]
    fn charge_conjugation_transposes_gammas() {
        let spins = [2, 2, 3];
        let t = expand_plain("C(1,-1)*Gamma(3,-1,-2)*C(-2,2)", &spins);
        assert_eq!(t.terms, expand_plain("Gamma(3,2,1)", &spins).terms);
        let swapped = expand_plain("-1*C(2,1)", &[2, 2]);
        assert_eq!(expand_plain("C(1,2)", &[2, 2]).terms, swapped.terms);
    }

    #[test]
    fn chirality_projectors_add_up() {
        let spins = [2, 2, 3];
        let sum = expand_plain("Gamma(3,2,-1)*(ProjM(-1,1) + ProjP(-1,1))", &spins);
        assert_eq!(sum, expand_plain("Gamma(3,2,1)", &spins));
    }

    #[test]
    fn momentum_squared_has_the_metric() {
        let t = expand_plain("P(-1,1)*P(-1,1)/2", &[1, 1]);
        assert_eq!(
            t.terms[&([0; MAX_SLOTS], vec![(0, 0), (0, 0)])],
            Complex64::new(0.5, 0.0)
        );
        assert_eq!(
            t.terms[&([0; MAX_SLOTS], vec![(0, 3), (0, 3)])],
            Complex64::new(-0.5, 0.0)
        );
    }

    #[test]
    fn five_legs_of_a_product_are_the_product_of_its_parts() {
        let spins = [3, 3, 3, 3, 3];
        let t = expand_plain("Epsilon(1,2,3,-1)*P(-1,4)*Metric(4,5)", &spins);
        // 24 entries of the tensor times 4 of the metric; each has one momentum.
        assert_eq!(t.terms.len(), 96);
        let key = ([0, 1, 2, 2, 2, 0, 0, 0], vec![(3, 3)]);
        // eps^{0123} = -1, a lowered index, a momentum that flows in, g^{22} = -1.
        assert_eq!(t.terms[&key], Complex64::new(1.0, 0.0));
        let scalars = expand_plain("1", &[1; MAX_SLOTS]);
        assert_eq!(scalars.terms.len(), 1);
    }

    #[test]
    fn a_trace_of_gammas_is_four_times_the_metric() {
        // tr(gamma^mu gamma^nu) over summed indices only.
        let t = expand_plain("Gamma(1,-1,-2)*Gamma(2,-2,-1)", &[3, 3]);
        assert_eq!(t, expand_plain("4*Metric(1,2)", &[3, 3]));
    }

    #[test]
    fn errors_name_what_was_found() {
        let text = |s| expand(s, &[2, 2, 3]).unwrap_err().to_string();
        assert!(
            text("Sigma(3,1,2)").contains("Sigma"),
            "{}",
            text("Sigma(3,1,2)")
        );
        assert!(
            text("Gamma(3,2,1").contains("')' was expected"),
            "{}",
            text("Gamma(3,2,1")
        );
        let cases = [
            ("P(3,4)", "the momentum of leg 4"),
            (
                "Gamma(1,2,3)",
                "Lorentz index 1 in Gamma, of a leg with 2 S + 1 = 2",
            ),
            ("Gamma(3,2,-1)", "index -1 1 times in one product"),
            ("P(3,1)", "without the spinor index 1"),
            (
                "Gamma(3,2,1) + Identity(2,1)",
                "without the Lorentz index 3",
            ),
            ("Gamma(-1,2,1)*P(-1,3)", "without the Lorentz index 3"),
            (
                "Gamma(-1,2,-1)*P(3,1)",
                "spinor index -1 in Gamma, summed with another kind",
            ),
        ];
        for (structure, want) in cases {
            assert!(text(structure).contains(want), "{}", text(structure));
        }
        let half = expand("Metric(1,1003)*P(2,1)", &[3, 3, 5]).unwrap_err();
        assert!(half.to_string().contains("Lorentz index 2003"), "{half}");
        let nine = expand("1", &[1; 9]).unwrap_err().to_string();
        assert!(nine.contains("9 legs, more than 8"), "{nine}");
    }
}
