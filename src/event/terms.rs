//! Weights that are terms of a polynomial in coefficients, and what they are called.
//!
//! Ids of weights say which term each is. Knows names and powers; knows no value.

/// Name of the group of weights that are terms.
pub(crate) const POLYNOMIAL: &str = "polynomial";
/// What the ids of terms begin with.
const TERM: &str = "poly_";
/// Name of the term without a coefficient.
const CONSTANT: &str = "1";

/// A product of powers of coefficients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Monomial {
    /// One for each coefficient.
    pub powers: Vec<u8>,
}

impl Monomial {
    /// Every factor by its name, as often as it occurs: `cW.cW.cHq3`; `1` for the constant.
    pub fn name(&self, coefficients: &[String]) -> String {
        let factors: Vec<&str> = (self.powers.iter().zip(coefficients))
            .flat_map(|(power, name)| std::iter::repeat_n(name.as_str(), usize::from(*power)))
            .collect();
        match factors.is_empty() {
            true => CONSTANT.to_owned(),
            false => factors.join("."),
        }
    }

    /// `cW^2 * cHq3`; `1` for the constant.
    pub fn text(&self, coefficients: &[String]) -> String {
        let factors: Vec<String> = (self.powers.iter().zip(coefficients))
            .filter_map(|(power, name)| match power {
                0 => None,
                1 => Some(name.clone()),
                power => Some(format!("{name}^{power}")),
            })
            .collect();
        match factors.is_empty() {
            true => CONSTANT.to_owned(),
            false => factors.join(" * "),
        }
    }

    /// Id of the weight in event files: `poly_cW.cW.cHq3`.
    pub fn id(&self, coefficients: &[String]) -> String {
        format!("{TERM}{}", self.name(coefficients))
    }

    /// The coefficients that ids of weights name, in the order in which they first occur, and
    /// the term of each id; `None` if an id is that of no term.
    pub fn of_ids(ids: &[&str]) -> Option<(Vec<String>, Vec<Self>)> {
        let factors = |id: &str| -> Option<Vec<String>> {
            let factors = id.strip_prefix(TERM)?.split('.');
            let names = factors.filter(|f| !f.is_empty() && *f != CONSTANT);
            Some(names.map(str::to_owned).collect())
        };
        let all: Vec<Vec<String>> = ids.iter().map(|id| factors(id)).collect::<Option<_>>()?;
        let mut coefficients: Vec<String> = Vec::new();
        for name in all.iter().flatten() {
            if !coefficients.contains(name) {
                coefficients.push(name.clone());
            }
        }
        let term = |factors: &Vec<String>| -> Option<Self> {
            let power = |name: &String| factors.iter().filter(|f| *f == name).count();
            let powers = coefficients
                .iter()
                .map(|name| u8::try_from(power(name)).ok());
            Some(Self {
                powers: powers.collect::<Option<_>>()?,
            })
        };
        let terms: Vec<Self> = all.iter().map(term).collect::<Option<_>>()?;
        let same = |(term, id): (&Self, &&str)| term.id(&coefficients) == **id;
        let all_same = terms.iter().zip(ids).all(same);
        all_same.then_some((coefficients, terms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monomial(powers: &[u8]) -> Monomial {
        Monomial {
            powers: powers.to_vec(),
        }
    }

    #[test]
    fn terms_are_named_by_their_factors() {
        let names = ["cW".to_owned(), "c_H".to_owned()];
        for (powers, name, text) in [
            ([0, 0], "1", "1"),
            ([1, 0], "cW", "cW"),
            ([2, 1], "cW.cW.c_H", "cW^2 * c_H"),
        ] {
            let m = monomial(&powers);
            assert_eq!((m.name(&names), m.text(&names)), (name.into(), text.into()));
            assert_eq!(m.id(&names), format!("poly_{name}"));
        }
    }

    #[test]
    fn ids_are_read_back_or_are_none() {
        let ids = ["poly_1", "poly_b", "poly_a.a", "poly_b.a.a"];
        let (names, terms) = Monomial::of_ids(&ids).unwrap();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(
            terms,
            [[0, 0], [1, 0], [0, 2], [1, 2]].map(|p| monomial(&p))
        );
        // Another order of factors, nothing, a product with 1, another weight.
        for id in ["poly_a.b.a", "poly_", "poly_1.a", "score_a", "a"] {
            assert_eq!(Monomial::of_ids(&["poly_a.a.b", id]), None, "{id}");
        }
        let high = format!("poly_a{}", ".a".repeat(255));
        assert_eq!(Monomial::of_ids(&[&high]), None);
    }
}
