//! Lorentz structures of model files, expanded once into sparse polynomials
//! over explicit components.
//!
//! Knows Dirac matrices (chiral representation) and the metric; knows no
//! particle and no kernel. In a structure `P(mu,k)` is the momentum of leg k flowing
//! out of the vertex, as its particles do; expanded tensors are polynomials in
//! the momenta that flow in.
//! Structure syntax: UFO, arXiv:1108.2040, section 2.4.

use super::AmplitudeError;
use num_complex::Complex64;
use std::collections::BTreeMap;

/// Component of every slot (0 where the slot is a scalar), at most four slots.
pub(crate) type Components = [u8; 4];

/// A product of momentum components `P^mu_slot`, sorted.
pub(crate) type Monomial = Vec<(u8, u8)>;

/// A tensor with contravariant vector indices, its entries polynomials in momenta.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) terms: BTreeMap<(Components, Monomial), Complex64>,
    /// Which slots carry a vector index.
    pub(crate) is_vector: [bool; 4],
    /// Which slots carry no index.
    pub(crate) is_scalar: [bool; 4],
}

impl Tensor {
    /// Adds `factor` times another tensor.
    pub(crate) fn add(&mut self, other: &Self, factor: Complex64) {
        (self.is_vector, self.is_scalar) = (other.is_vector, other.is_scalar);
        for (key, value) in &other.terms {
            *self.terms.entry(key.clone()).or_default() += factor * value;
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

/// Expands a UFO Lorentz structure.
///
/// # Errors
/// [`AmplitudeError::Lorentz`] with the text and what was not understood.
pub(crate) fn expand(structure: &str, spins: &[u8]) -> Result<Tensor, AmplitudeError> {
    let bad = |found: String| AmplitudeError::Lorentz {
        structure: structure.to_owned(),
        found,
    };
    if spins.len() > 4 || spins.iter().any(|s| !(1..=3).contains(s)) {
        return Err(bad(format!("legs of spins {spins:?}")));
    }
    let mut parser = Parser {
        text: structure.as_bytes(),
        at: 0,
    };
    let sum = parser.sum().map_err(&bad)?;
    if parser.peek().is_some() {
        return Err(bad(structure[parser.at..].to_owned()));
    }
    let mut tensor = Tensor::default();
    for (k, &s) in spins.iter().enumerate() {
        tensor.is_vector[k] = s == 3;
        tensor.is_scalar[k] = s == 1;
    }
    for (factor, objects) in &sum {
        add_product(&mut tensor, *factor, objects, spins).map_err(&bad)?;
    }
    tensor.terms.retain(|_, v| v.norm() > 0.0);
    Ok(tensor)
}

/// An elementary tensor with its indices.
#[derive(Clone, Debug)]
struct Object {
    name: String,
    indices: Vec<i32>,
}

type Product = (Complex64, Vec<Object>);

/// Recursive descent over `sum := product (+|- product)*`.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn sum(&mut self) -> Result<Vec<Product>, String> {
        let mut total = self.product()?;
        while let Some(op @ (b'+' | b'-')) = self.peek() {
            self.at += 1;
            let sign = if op == b'-' { -1.0 } else { 1.0 };
            total.extend(self.product()?.into_iter().map(|(c, o)| (c * sign, o)));
        }
        Ok(total)
    }

    fn product(&mut self) -> Result<Vec<Product>, String> {
        let mut total = self.factor()?;
        while let Some(op @ (b'*' | b'/')) = self.peek() {
            self.at += 1;
            let right = self.factor()?;
            if op == b'/' {
                let [(value, objects)] = right.as_slice() else {
                    return Err("division by a sum".to_owned());
                };
                if !objects.is_empty() {
                    return Err("division by a tensor".to_owned());
                }
                total.iter_mut().for_each(|t| t.0 /= value);
            } else {
                total = total
                    .iter()
                    .flat_map(|(c, o)| {
                        right
                            .iter()
                            .map(move |(d, p)| (c * d, [o.as_slice(), p].concat()))
                    })
                    .collect();
            }
        }
        Ok(total)
    }

    fn factor(&mut self) -> Result<Vec<Product>, String> {
        match self.peek() {
            Some(b'-') => {
                self.at += 1;
                let inner = self.factor()?;
                Ok(inner.into_iter().map(|(c, o)| (-c, o)).collect())
            }
            Some(b'(') => {
                self.at += 1;
                let inner = self.sum()?;
                self.expect(b')')?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == b'.' => {
                let from = self.at;
                while self
                    .text
                    .get(self.at)
                    .is_some_and(|c| c.is_ascii_digit() || *c == b'.')
                {
                    self.at += 1;
                }
                let word = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
                let value: f64 = word.parse().map_err(|_| word)?;
                Ok(vec![(value.into(), vec![])])
            }
            Some(c) if c.is_ascii_alphabetic() => self.object(),
            Some(c) => Err(format!("'{}'", c as char)),
            None => Err("the end of the text".to_owned()),
        }
    }

    fn object(&mut self) -> Result<Vec<Product>, String> {
        let from = self.at;
        while self
            .text
            .get(self.at)
            .is_some_and(u8::is_ascii_alphanumeric)
        {
            self.at += 1;
        }
        let name = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        self.expect(b'(')?;
        let from = self.at;
        while self.text.get(self.at).is_some_and(|&c| c != b')') {
            self.at += 1;
        }
        let inside = String::from_utf8_lossy(&self.text[from..self.at]).into_owned();
        self.expect(b')')?;
        let numbers: Result<Vec<i32>, _> = inside.split(',').map(|a| a.trim().parse()).collect();
        let indices = numbers.map_err(|_| format!("{name}({inside})"))?;
        let n = match name.as_str() {
            "Gamma" => 3,
            "Epsilon" => 4,
            "ProjM" | "ProjP" | "Identity" | "Gamma5" | "Metric" | "P" => 2,
            _ => return Err(format!("{name}({inside})")),
        };
        if indices.len() != n {
            return Err(format!("{name} with {} indices", indices.len()));
        }
        Ok(vec![(1.0.into(), vec![Object { name, indices }])])
    }

    fn expect(&mut self, c: u8) -> Result<(), String> {
        if self.peek() == Some(c) {
            self.at += 1;
            return Ok(());
        }
        let found = self
            .peek()
            .map_or("the end".to_owned(), |f| format!("'{}'", f as char));
        Err(format!("{found} where '{}' was expected", c as char))
    }
}

/// Which positions of an object carry Lorentz (not spinor) indices.
fn lorentz_positions(name: &str) -> &'static [usize] {
    match name {
        "Gamma" | "P" => &[0],
        "Metric" => &[0, 1],
        "Epsilon" => &[0, 1, 2, 3],
        _ => &[],
    }
}

/// Adds one product of objects, summed over its repeated indices.
fn add_product(
    tensor: &mut Tensor,
    factor: Complex64,
    objects: &[Object],
    spins: &[u8],
) -> Result<(), String> {
    // All component indices: free ones are slot numbers from 1, summed ones negative.
    let mut names: Vec<(i32, bool)> = vec![];
    for o in objects {
        let n = if o.name == "P" { 1 } else { o.indices.len() };
        for (k, &index) in o.indices[..n].iter().enumerate() {
            let lorentz = lorentz_positions(&o.name).contains(&k);
            if index > spins.len() as i32 || index == 0 {
                return Err(format!("index {index} in {}", o.name));
            }
            if !names.iter().any(|(i, _)| *i == index) {
                names.push((index, lorentz));
            }
        }
    }
    let mut value_of = vec![0_u8; names.len()];
    loop {
        let at = |index: i32| {
            let k = names
                .iter()
                .position(|(i, _)| *i == index)
                .expect("collected above");
            value_of[k] as usize
        };
        let mut value = factor;
        let mut monomial: Monomial = vec![];
        for o in objects {
            let i = &o.indices;
            value *= match o.name.as_str() {
                "Gamma" => gamma(at(i[0]), at(i[1]), at(i[2])),
                "Gamma5" => diagonal(at(i[0]), at(i[1]), [-1.0, 1.0]),
                "ProjM" => diagonal(at(i[0]), at(i[1]), [1.0, 0.0]),
                "ProjP" => diagonal(at(i[0]), at(i[1]), [0.0, 1.0]),
                "Identity" => diagonal(at(i[0]), at(i[1]), [1.0, 1.0]),
                "Metric" => metric(at(i[0]), at(i[1])).into(),
                "Epsilon" => levi_civita([at(i[0]), at(i[1]), at(i[2]), at(i[3])]).into(),
                _ => {
                    monomial.push(((i[1] - 1) as u8, at(i[0]) as u8));
                    (-1.0).into()
                }
            };
        }
        for (k, (index, lorentz)) in names.iter().enumerate() {
            if *index < 0 && *lorentz && value_of[k] > 0 {
                value = -value;
            }
        }
        if value.norm() > 0.0 {
            let mut components = [0; 4];
            for (k, (index, _)) in names.iter().enumerate() {
                if *index > 0 {
                    components[*index as usize - 1] = value_of[k];
                }
            }
            monomial.sort_unstable();
            *tensor.terms.entry((components, monomial)).or_default() += value;
        }
        // Count up the index values.
        let Some(k) = value_of.iter().position(|&v| v < 3) else {
            return Ok(());
        };
        value_of[k] += 1;
        value_of[..k].fill(0);
    }
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
        let t = expand(
            "Gamma(3,1,-1)*Gamma(4,-1,2) + Gamma(4,1,-1)*Gamma(3,-1,2)",
            &spins,
        );
        let g = expand("2*Metric(3,4)*Identity(1,2)", &spins);
        assert_eq!(t.unwrap(), g.unwrap());
    }

    #[test]
    fn chirality_projectors_add_up() {
        let spins = [2, 2, 3];
        let sum = expand("Gamma(3,2,-1)*(ProjM(-1,1) + ProjP(-1,1))", &spins).unwrap();
        assert_eq!(sum, expand("Gamma(3,2,1)", &spins).unwrap());
    }

    #[test]
    fn momentum_squared_has_the_metric() {
        let t = expand("P(-1,1)*P(-1,1)/2", &[1, 1]).unwrap();
        assert_eq!(
            t.terms[&([0; 4], vec![(0, 0), (0, 0)])],
            Complex64::new(0.5, 0.0)
        );
        assert_eq!(
            t.terms[&([0; 4], vec![(0, 3), (0, 3)])],
            Complex64::new(-0.5, 0.0)
        );
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
    }
}
