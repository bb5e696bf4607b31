//! Laws of colour: dimensions, projectors, completeness, and that every structure of a
//! vertex conserves colour.
//!
//! Knows colour; knows no model.

use super::contract::contract;
use super::matrix::colour_matrix;
use super::number::Gaussian;
use super::structure::{parse_structure, slot_index};
use super::tensor::{ColourTensor, Index, Junction, line, second};

type Sum = Vec<(Gaussian, ColourTensor)>;

fn collect(terms: impl IntoIterator<Item = (Gaussian, ColourTensor)>) -> Sum {
    let mut sum: Sum = vec![];
    for (c, t) in terms {
        for (c, t, _) in contract(c, t) {
            match sum.iter_mut().find(|(_, known)| *known == t) {
                Some(found) => found.0 = found.0 + c,
                None => sum.push((c, t)),
            }
        }
    }
    sum.retain(|(c, _)| !c.is_zero());
    sum.sort_by(|a, b| a.1.cmp(&b.1));
    sum
}

fn parsed(text: &str, representations: &[i8]) -> Sum {
    parse_structure(text, representations).expect(text)
}

/// A structure times a number, in canonical form.
fn of(text: &str, representations: &[i8], factor: Gaussian) -> Sum {
    let terms = parsed(text, representations);
    collect(terms.into_iter().map(|(c, t)| (c * factor, t)))
}

/// The product of two structures whose slots have the same names.
fn product(a: &Sum, b: &Sum) -> Sum {
    let pairs = a.iter().flat_map(|(c, t)| {
        b.iter().map(move |(d, u)| {
            let mut product = t.clone();
            product.multiply(u);
            (*c * *d, product)
        })
    });
    collect(pairs)
}

/// A closed product as a number.
fn number(sum: &Sum) -> Gaussian {
    assert!(sum.iter().all(|(_, t)| *t == ColourTensor::default()));
    let start = Gaussian::ratio(0, 1);
    sum.iter().fold(start, |total, (c, _)| total + *c)
}

fn conjugate(sum: &Sum) -> Sum {
    let bar = |c: Gaussian| Gaussian {
        re: c.re,
        im: -c.im,
    };
    sum.iter().map(|(c, t)| (bar(*c), t.conjugate())).collect()
}

/// Sum over colours of the square of a structure.
fn square(text: &str, representations: &[i8]) -> Gaussian {
    let terms = parsed(text, representations);
    number(&product(&terms, &conjugate(&terms)))
}

#[test]
fn loops_of_representations_are_their_dimensions() {
    for (r, dimension) in [(3, 3), (6, 6), (8, 8)] {
        let conjugate = if r == 8 { 8 } else { -r };
        let text = square("Identity(1,2)", &[r, conjugate]);
        assert_eq!(text, Gaussian::ratio(dimension, 1), "{r}");
    }
}

#[test]
fn generators_have_the_indices_and_casimirs_of_their_representations() {
    // tr(T^a T^a) = 8 T(R): T = 1/2, 5/2, 3 for 3, 6, 8.
    let cases: [(&str, &[i8], i128); 3] = [
        ("T(1,2,3)", &[8, 3, -3], 4),
        ("T6(1,2,3)", &[8, 6, -6], 20),
        ("f(1,2,3)", &[8, 8, 8], 24),
    ];
    for (text, representations, want) in cases {
        assert_eq!(square(text, representations), Gaussian::ratio(want, 1));
    }
    // T6^a T6^a = 10/3 on the sextet.
    let casimir = of("T6(-2,-1,2)*T6(-2,1,-1)", &[6, -6], Gaussian::one());
    let identity = of("Identity(1,2)", &[6, -6], Gaussian::ratio(10, 3));
    assert_eq!(casimir, identity);
}

#[test]
fn the_sextet_is_the_symmetric_pair_of_triplets() {
    // K6 K6Bar over the pair is one, over the sextet the symmetriser.
    let one = of("K6(1,-1,-2)*K6Bar(2,-1,-2)", &[6, -6], Gaussian::one());
    assert_eq!(one, of("Identity(1,2)", &[6, -6], Gaussian::one()));
    let pairs = [3, 3, -3, -3];
    let symmetriser = of("K6Bar(-1,1,2)*K6(-1,3,4)", &pairs, Gaussian::one());
    let half = Gaussian::ratio(1, 2);
    let mut want = of("Identity(1,3)*Identity(2,4)", &pairs, half);
    want.extend(of("Identity(1,4)*Identity(2,3)", &pairs, half));
    assert_eq!(symmetriser, collect(want));
    // It has no antisymmetric part.
    let reps = [6, -3, -3];
    assert_eq!(of("K6(1,-1,-2)*Epsilon(-1,-2,2)", &[6, 3], half), vec![]);
    assert_eq!(
        of("K6(1,2,3)", &reps, half),
        of("K6(1,3,2)", &reps, half),
        "symmetric"
    );
}

#[test]
fn epsilons_give_determinants() {
    let six = square("Epsilon(1,2,3)", &[3, 3, 3]);
    assert_eq!(six, Gaussian::ratio(6, 1));
    let pairs = [3, 3, -3, -3];
    let one = of(
        "Epsilon(-1,1,2)*EpsilonBar(-1,3,4)",
        &pairs,
        Gaussian::one(),
    );
    let mut want = of("Identity(1,3)*Identity(2,4)", &pairs, Gaussian::one());
    want.extend(of(
        "Identity(1,4)*Identity(2,3)",
        &pairs,
        Gaussian::ratio(-1, 1),
    ));
    assert_eq!(one, collect(want));
    let twice = of(
        "Epsilon(-1,-2,1)*EpsilonBar(-1,-2,2)",
        &[3, -3],
        Gaussian::one(),
    );
    assert_eq!(twice, of("Identity(1,2)", &[3, -3], Gaussian::ratio(2, 1)));
    // 3 x 3 is the sum of 6 and 3bar.
    let mut complete = of("K6Bar(-1,1,2)*K6(-1,3,4)", &pairs, Gaussian::one());
    complete.extend(of(
        "Epsilon(1,2,-1)*EpsilonBar(3,4,-1)",
        &pairs,
        Gaussian::ratio(1, 2),
    ));
    let all = of("Identity(1,3)*Identity(2,4)", &pairs, Gaussian::one());
    assert_eq!(collect(complete), all);
}

/// A generator on one leg of a structure, the leg keeping its name.
fn rotated(structure: &Sum, slot: usize, representation: i8) -> Sum {
    /// The generator's index, and a name that is not used.
    const A: Index = -90;
    const ASIDE: Index = -91;
    let name = slot_index(slot);
    // `T^a` from the right for rows, with the other sign from the left for columns.
    let (text, sign) = match representation {
        3 => ("T(1,2,3)", 1),
        -3 => ("T(1,3,2)", -1),
        6 => ("T6(1,2,3)", 1),
        -6 => ("T6(1,3,2)", -1),
        8 => ("f(1,2,3)", 1),
        _ => return vec![],
    };
    let own: [i8; 3] = match representation {
        8 => [8, 8, 8],
        r => [8, r, -r],
    };
    let factor = match representation {
        // (T^a)_bc of the octet is -i f^abc.
        8 => Gaussian::imaginary(-1, 1),
        _ => Gaussian::ratio(sign, 1),
    };
    let [a, out, into] = [0, 1, 2].map(slot_index);
    let generator = parsed(text, &own).into_iter().map(|(c, t)| {
        let t = t.renamed(a, A).renamed(into, ASIDE).renamed(out, name);
        (c * factor, t)
    });
    let moved: Sum = structure
        .iter()
        .map(|(c, t)| (*c, t.renamed(name, ASIDE)))
        .collect();
    product(&generator.collect(), &moved)
}

#[test]
fn every_structure_conserves_colour() {
    // The sum of the generators on all legs annihilates an invariant.
    let cases: [(&str, &[i8]); 14] = [
        ("Identity(1,2)", &[3, -3]),
        ("Identity(1,2)", &[6, -6]),
        ("Identity(1,2)", &[8, 8]),
        ("T(3,2,1)", &[-3, 3, 8]),
        ("T6(3,2,1)", &[-6, 6, 8]),
        ("f(1,2,3)", &[8, 8, 8]),
        ("d(1,2,3)", &[8, 8, 8]),
        ("Epsilon(1,2,3)", &[3, 3, 3]),
        ("EpsilonBar(1,2,3)", &[-3, -3, -3]),
        ("K6(3,1,2)", &[-3, -3, 6]),
        ("K6Bar(3,1,2)", &[3, 3, -6]),
        ("T6(1,-1,3)*T6(2,4,-1)", &[8, 8, -6, 6]),
        ("Epsilon(1,2,-1)*T(4,3,-1)", &[3, 3, 3, 8]),
        ("T(4,-1,1)*EpsilonBar(-1,2,3)", &[-3, -3, -3, 8]),
    ];
    for (text, representations) in cases {
        let structure = of(text, representations, Gaussian::one());
        assert!(!structure.is_empty(), "{text}");
        let mut sum = vec![];
        for (slot, &r) in representations.iter().enumerate() {
            sum.extend(rotated(&structure, slot, r));
        }
        // Generators on strings of a junction: their sum vanishes as the square does.
        let sum = collect(sum);
        let norm = number(&product(&sum, &conjugate(&sum)));
        assert!(norm.is_zero(), "{text}: {sum:?}");
        // One alone does not.
        let one = rotated(&structure, 0, representations[0]);
        assert!(
            !number(&product(&one, &conjugate(&one))).is_zero(),
            "{text}"
        );
    }
}

#[test]
fn the_colour_matrix_is_that_of_the_symmetrised_flows() {
    // g g > S S~ by hand: strings of two gluons, on one index of the sextet or on both.
    let (s, t) = (second(2), second(3));
    let both = ColourTensor::of_chains(vec![line(2, &[0, 1], 3), line(s, &[], t)]);
    let each = ColourTensor::of_chains(vec![line(2, &[0], 3), line(s, &[1], t)]);
    let c = colour_matrix(&[both.canonical().1, each.canonical().1]);
    // M_ik delta_jl with M = T^a T^b, its indices exchanged on either side, times its
    // conjugate: 3 tr(M M+), tr(M M+) twice, and |tr M|^2.
    let square = 16.0 / 3.0;
    let want = (3.0 * square + square + square + 2.0) / 4.0;
    assert!((c[0] - want).abs() < 1e-12, "{c:?}, {want}");
    let junction = ColourTensor {
        chains: vec![],
        junctions: vec![Junction {
            of_columns: false,
            indices: [0, 1, 2],
        }],
    };
    assert_eq!(colour_matrix(&[junction]), [6.0]);
}
