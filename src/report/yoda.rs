//! Histograms as YODA 2 text, which Rivet's tools read.
//!
//! Knows the format; computes nothing. Source: arXiv:2312.15070 and the layout of
//! `YODA_HISTO1D_V3` and `YODA_COUNTER_V3` that YODA 2 writes.

use std::fmt::Write;

use crate::histogram::BinSums;
use crate::jobs::{Distribution, Distributions};

const INFALLIBLE: &str = "writing to a string cannot fail";

/// All histograms of a sample in pb, also with each alternative weight; their paths begin
/// with `/` and `folder`.
pub fn yoda_text(all: &Distributions, folder: &str) -> String {
    let mut out = String::new();
    counter(all, &mut out);
    for d in &all.distributions {
        let path = format!("/{folder}/{}", d.name);
        histogram(d, &path, &d.sums, &mut out);
        for weight in &d.weights {
            let path = format!("{path}[{}]", weight_name(&weight.name));
            histogram(d, &path, &weight.sums, &mut out);
        }
    }
    out
}

/// Rivet's counter of events.
fn counter(all: &Distributions, out: &mut String) {
    let path = "/_EVTCOUNT";
    write!(
        out,
        "BEGIN YODA_COUNTER_V3 {path}\nPath: {path}\nTitle: \nType: Counter\n---\n\
         # sumW\tsumW2\tnumEntries\n{}\t{}\t{}\nEND YODA_COUNTER_V3\n\n",
        number(all.sum_of_weights),
        number(all.sum_of_squares),
        number(all.events as f64)
    )
    .expect(INFALLIBLE);
}

fn histogram(d: &Distribution, path: &str, sums: &[BinSums], out: &mut String) {
    let title = d.title.replace('\n', " ");
    let unit = match d.unit {
        "" => String::new(),
        unit => format!(" [{unit}]"),
    };
    write!(
        out,
        "BEGIN YODA_HISTO1D_V3 {path}\nPath: {path}\nTitle: {title}\nType: Histo1D\n\
         XLabel: {}{unit}\nYLabel: cross section [pb]\n---\n",
        d.of
    )
    .expect(INFALLIBLE);
    let inside = &sums[1..sums.len() - 1];
    let total = |of: &dyn Fn(&BinSums) -> f64| inside.iter().map(of).sum::<f64>();
    let area = total(&|s| s.w);
    let mean = if area == 0.0 {
        0.0
    } else {
        total(&|s| s.wx) / area
    };
    let edges: Vec<String> = d.edges.iter().map(|x| number(*x)).collect();
    write!(
        out,
        "# Mean: {}\n# Integral: {}\nEdges(A1): [{}]\n\
         # sumW\tsumW2\tsumW(A1)\tsumW2(A1)\tnumEntries\n",
        number(mean),
        number(area),
        edges.join(", ")
    )
    .expect(INFALLIBLE);
    let entries = std::iter::once(&d.underflow.entries)
        .chain(&d.entries)
        .chain(std::iter::once(&d.overflow.entries));
    for (s, n) in sums.iter().zip(entries) {
        let row = [s.w, s.w2, s.wx, s.wx2, *n as f64].map(number);
        writeln!(out, "{}", row.join("\t")).expect(INFALLIBLE);
    }
    out.push_str("END YODA_HISTO1D_V3\n\n");
}

/// The name of a weight without what ends it.
fn weight_name(name: &str) -> String {
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '/');
    let parts: Vec<&str> = name.split(is_bad).filter(|p| !p.is_empty()).collect();
    parts.join("_")
}

/// A number in the format that all readers know, with all its digits.
fn number(x: f64) -> String {
    let text = format!("{x:.16e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_exponents_as_c_prints_them() {
        assert_eq!(number(1.0), "1.0000000000000000e+00");
        assert_eq!(number(-0.25), "-2.5000000000000000e-01");
        assert_eq!(number(1e100), "1.0000000000000000e+100");
    }

    #[test]
    fn names_of_weights_do_not_end_a_path() {
        assert_eq!(
            weight_name(" MUR=0.5 MUF=2.0  [a/b]"),
            "MUR=0.5_MUF=2.0_a_b"
        );
    }
}
