//! Text of one cut to [`Cut`], with errors that point at the character.
//!
//! ```text
//! cut        := condition {"or" condition}
//! condition  := ["any"] (comparison | isolation)
//! comparison := sum op number | number op sum [op number] | sum "outside" number ".." number
//! isolation  := "isolated(" argument {"," argument} ";" radius {"," setting} ")"
//! setting    := ("n" | "epsilon") "=" number
//! op         := "<" | "<=" | ">" | ">="
//! ```
//!
//! A sum is an expression of observables.

use std::f64::consts::PI;

use crate::suggest::did_you_mean;

use super::cut::{Comparison, Condition, Cut, Groups, Interval, Isolation, Limit};
use super::error::CutError;
use super::expression::{Expression, Reader, argument};
use super::scanner::{Scanner, in_word};

/// Most conditions of one cut.
const MAX_CONDITIONS: usize = 32;

/// Parses one cut.
pub(super) fn parse(text: &str, groups: &Groups) -> Result<Cut, CutError> {
    let text = text.trim();
    let mut s = Scanner::new(text, groups);
    let mut conditions = Vec::new();
    loop {
        let any = s.keyword("any");
        conditions.push(match s.word_ahead() == "isolated" {
            true => Condition::Isolated(isolation(&mut s, any)?),
            false => Condition::Compare(comparison(&mut s, any)?),
        });
        if conditions.len() == MAX_CONDITIONS || !s.keyword("or") {
            break;
        }
    }
    if !s.at_end() {
        let word = s.word_ahead();
        let hint = match is_unit(&word) {
            true => WITHOUT_UNITS.to_owned(),
            false => did_you_mean(&word, ["or"]),
        };
        return Err(s.syntax(&format!("the end of the cut{hint}")));
    }
    Ok(Cut {
        text: text.to_string(),
        conditions,
    })
}

const WITHOUT_UNITS: &str = "; energies and momenta are in GeV, written without a unit";

fn is_unit(word: &str) -> bool {
    let units = ["eV", "keV", "MeV", "GeV", "TeV"];
    units.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// A comparison sign, or else what may be meant.
fn comparator(s: &mut Scanner) -> Result<super::scanner::Comparator, CutError> {
    let word = s.word_ahead();
    let hint = match is_unit(&word) {
        true => WITHOUT_UNITS.to_owned(),
        false => did_you_mean(&word, ["outside", "same_flavour"]),
    };
    s.comparator().map_err(|mut error| {
        if let CutError::Syntax { expected, .. } = &mut error {
            expected.push_str(&hint);
        }
        error
    })
}

fn comparison(s: &mut Scanner, any: bool) -> Result<Comparison, CutError> {
    let mut interval = Interval::default();
    let mut outside = false;
    s.peek();
    let start = s.at;
    let mut first = s.number_ahead();
    if first {
        let value = s.number()?;
        if matches!(s.peek(), Some('*' | '/' | '+' | '-' | '^')) {
            // The number is a part of the expression.
            s.at = start;
            first = false;
        } else {
            comparator(s)?.limit(value, true, &mut interval);
        }
    }
    let column = s.column();
    let begin = s.at;
    let mut reader = Reader::default();
    let expression = reader.sum(s)?;
    let written = s.since(begin);
    if reader.measured.is_empty() {
        return Err(CutError::Syntax {
            cut: s.text.to_string(),
            column,
            found: format!("'{written}'"),
            expected: "an observable".into(),
        });
    }
    let is_done = s.at_end() || s.word_ahead() == "or";
    if !first && s.keyword("outside") {
        interval = window(s)?;
        outside = true;
    } else if !first || !is_done {
        let at = s.at;
        let op = comparator(s)?;
        if first && (op.less != interval.lo.is_some()) {
            s.at = at;
            let wanted = if op.less {
                "'>' or '>='"
            } else {
                "'<' or '<='"
            };
            let expected = format!("{wanted}, as in the first comparison");
            return Err(s.syntax(&expected));
        }
        let value = s.number()?;
        op.limit(value, false, &mut interval);
    }
    let (abs, expression) = match expression {
        Expression::Absolute(inner) => (true, *inner),
        other => (false, other),
    };
    let found = Comparison {
        any,
        abs,
        written,
        expression,
        measured: reader.measured,
        interval,
        outside,
    };
    check_range(&found, s.text)?;
    Ok(found)
}

/// `80 .. 100`; both ends lie outside the window that it is.
fn window(s: &mut Scanner) -> Result<Interval, CutError> {
    let low = s.number()?;
    if !s.eat_dots() {
        return Err(s.syntax("'..' and the other end, as in 'outside 80 .. 100'"));
    }
    s.peek();
    let at = s.at;
    let high = s.number()?;
    if high <= low {
        s.at = at;
        return Err(s.syntax(&format!("a number above {low}")));
    }
    let closed = |value: f64| {
        Some(Limit {
            value,
            strict: false,
        })
    };
    Ok(Interval {
        lo: closed(low),
        hi: closed(high),
    })
}

/// `isolated(a, j; 0.4, n = 1, epsilon = 1)`.
fn isolation(s: &mut Scanner, any: bool) -> Result<Isolation, CutError> {
    s.run(in_word);
    if !s.eat('(') {
        return Err(s.syntax("'(', as in isolated(a, j; 0.4, n = 1, epsilon = 1)"));
    }
    let who = argument(s, None)?;
    let mut others = Vec::new();
    while s.eat(',') {
        others.push(argument(s, None)?);
    }
    if others.is_empty() {
        return Err(s.syntax("',' and what it is isolated from"));
    }
    if !s.eat(';') {
        return Err(s.syntax("',' or ';' and the radius of the cone"));
    }
    let number = |s: &mut Scanner, fits: fn(f64) -> bool, expected: &str| {
        s.peek();
        let at = s.at;
        let value = s.number()?;
        if fits(value) {
            return Ok(value);
        }
        s.at = at;
        Err(s.syntax(expected))
    };
    let in_range = |r: f64| r > 0.0 && r <= PI;
    let radius = number(s, in_range, "a radius above 0 and up to pi")?;
    let (mut power, mut epsilon) = (1.0, 1.0);
    while s.eat(',') {
        s.peek();
        let at = s.at;
        let name = s.run(in_word);
        if name != "n" && name != "epsilon" {
            s.at = at;
            let hint = did_you_mean(&name, ["n", "epsilon"]);
            return Err(s.syntax(&format!("'n' or 'epsilon'{hint}")));
        }
        if !s.eat('=') {
            return Err(s.syntax("'='"));
        }
        match name.as_str() {
            "n" => power = number(s, |x| x >= 0.0, "a power that is not negative")?,
            _ => epsilon = number(s, |x| x > 0.0, "a fraction above 0")?,
        }
    }
    if !s.eat(')') {
        return Err(s.syntax("',' or ')'"));
    }
    Ok(Isolation {
        any,
        who,
        others,
        radius,
        power,
        epsilon,
    })
}

/// Refuses thresholds that no value, or only a misunderstanding, can meet.
fn check_range(compared: &Comparison, text: &str) -> Result<(), CutError> {
    let (mut min, mut max) = match compared.single() {
        Some(measured) => measured.observable.range(),
        None => (f64::NEG_INFINITY, f64::INFINITY),
    };
    if compared.abs {
        max = max.max(-min);
        min = 0.0;
    }
    let name = match compared.single() {
        Some(m) if compared.abs => format!("|{}|", m.observable.name()),
        Some(m) => m.observable.name().to_owned(),
        None => compared.written.clone(),
    };
    let limits = [compared.interval.lo, compared.interval.hi];
    for limit in limits.into_iter().flatten() {
        if min == 0.0 && limit.value < 0.0 {
            return Err(CutError::NegativeThreshold {
                cut: text.to_owned(),
                observable: name,
                value: limit.value,
            });
        }
    }
    let never = |reason: String| {
        Err(CutError::NeverTrue {
            cut: text.to_owned(),
            reason,
        })
    };
    if compared.interval.is_empty() {
        return never("the lower limit is above the upper one".into());
    }
    let closed = |value: f64| {
        Some(Limit {
            value,
            strict: false,
        })
    };
    let possible = Interval {
        lo: closed(min),
        hi: closed(max),
    };
    let passes = |i: &Interval| !possible.and(i).is_empty();
    if !compared.intervals().iter().any(passes) {
        return never(format!("{name} lies between {min} and {max}"));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cuts::CutSet;

    pub fn groups() -> Groups {
        [
            ("e-", vec![11]),
            ("e+", vec![-11]),
            ("mu-", vec![13]),
            ("mu+", vec![-13]),
            ("l-", vec![11, 13]),
            ("l+", vec![-11, -13]),
            ("l", vec![11, 13, -11, -13]),
            ("ve", vec![12]),
            ("j", vec![21, 1, 2, 3, 4, -1, -2, -3, -4]),
            ("g", vec![21]),
            ("t", vec![6]),
            ("t~", vec![-6]),
        ]
        .into_iter()
        .map(|(name, pdgs)| (name.to_string(), pdgs))
        .collect()
    }

    fn message(text: &str) -> String {
        parse(text, &groups()).unwrap_err().to_string()
    }

    #[test]
    fn names_are_found_in_any_case_where_one_fits() {
        let mut groups = groups();
        groups.insert("G0".to_owned(), vec![250]);
        let particles = |text: &str, groups: &Groups| -> Vec<Vec<i32>> {
            let cut = parse(text, groups).unwrap();
            cut.arguments().iter().map(|a| a.pdgs.clone()).collect()
        };
        assert_eq!(particles("pt(g0) > 20", &groups), [[250]]);
        assert_eq!(particles("m(E+, Mu-) > 20", &groups), [[-11], [13]]);
        groups.insert("J".to_owned(), vec![21]);
        assert_eq!(particles("pt(J) > 20", &groups), [[21]]);
        assert_ne!(particles("pt(j) > 20", &groups), [[21]], "two names");
        groups.insert("g0".to_owned(), vec![251]);
        groups.insert("gO".to_owned(), vec![252]);
        groups.insert("go".to_owned(), vec![253]);
        assert!(parse("pt(GO) > 20", &groups).is_err(), "neither of two");
    }

    #[test]
    fn documented_cuts_are_read() {
        let texts = [
            "pt(j) > 20",
            "|eta(l+)| < 2.5",
            "dR(j, j) > 0.4",
            "m(l+, l-) > 50",
            "60 < m(e+, e-) < 120",
            "pt(j[1]) > 50",
            "any pt(l) > 25",
            "ht > 100",
            "ht(l+, j) >= 1e2",
            "pt(e+,e-)>50",
            "120 >= m(e+, e-) > 60",
            "0.5 < |y(t~)| <= 2.5",
            "-1 < eta(j[2]) < +2.5e0",
            "|dphi(j, l+)| < 3",
            "met > 30",
            "sqrt_s > 500",
            "20 < et(j)",
            "E(j) > 5",
            "mt(l+, ve) < 80",
            "pt(core j) > 20",
            "dR(core j, l[1]) > 0.4",
            "n(j) >= 2",
            "ht(j[1..3]) > 100",
            "y(j[1]) * y(j[2]) <= 0",
            "|y(l) - 0.5 * (y(j[1]) + y(j[2]))| < 1",
            "2 * pt(j) - 10 > 3",
            "-pt(j[1])^2 < -1e-2",
            "isolated(g, j, core l; 0.4, n = 1, epsilon = 0.5)",
            "any isolated(g, j; 0.4)",
            "m(l+, l-) same_flavour > 50",
            "m(all l, all core ve) > 50",
            "m(l+, l-) outside 80..100",
            "pt(j[1]) > 50 or any pt(l) > 20 or n(j) < 1",
            "E_cm(j) > 5",
            "kt_durham(j, t, core l, 0.4) > 20",
            "kt_durham( j , 1e0 )>20",
            "pt_lund(j) > 20",
        ];
        let set = CutSet::parse(&texts, &groups()).unwrap();
        let read: Vec<_> = set.cuts().iter().map(Cut::text).collect();
        assert_eq!(read, texts);
        assert!(set.uses_group("t~") && !set.uses_group("mu-"));
    }

    fn interval(text: &str) -> Interval {
        match &parse(text, &groups()).unwrap().conditions[0] {
            Condition::Compare(c) => c.interval,
            Condition::Isolated(_) => panic!("{text}"),
        }
    }

    #[test]
    fn chains_read_alike_in_both_directions() {
        let up = interval("60 <= m(e+, e-) < 120");
        assert_eq!(up, interval("120 > m(e+, e-) >= 60"));
        assert_eq!(up.lower(), Some(60.0));
        assert_eq!(up.hi.map(|l| l.strict), Some(true));
        assert_eq!(interval("20 < pt(j)"), interval("pt(j) > 20"));
    }

    #[test]
    fn syntax_errors_point_at_the_character() {
        for (text, error) in [
            (
                "",
                "column 1: found the end of the cut, expected an observable",
            ),
            (
                "pt(j)",
                "column 6: found the end of the cut, expected '<', '<=', '>' or '>='",
            ),
            ("pt(j) >> 20", "column 8: found '>', expected a number"),
            (
                "pt(j) > 20 GeV",
                "column 12: found 'GeV', expected the end of the cut; energies and momenta are in \
                 GeV, written without a unit",
            ),
            (
                "20 GeV < pt(j)",
                "column 4: found 'GeV', expected '<', '<=', '>' or '>='; energies and momenta are \
                 in GeV, written without a unit",
            ),
            (
                "pt(j) == 20",
                "column 7: found '=', expected '<', '<=', '>' or '>='",
            ),
            ("pt(j > 20", "column 6: found '>', expected ',' or ')'"),
            (
                "pt() > 20",
                "column 4: found ')', expected a particle or a multiparticle label",
            ),
            ("|eta(j) < 2", "column 9: found '<', expected '|'"),
            (
                "pt(j[0]) > 2",
                "column 6: found '0', expected a rank, 1 for the leading particle",
            ),
            ("pt(j[1) > 2", "column 7: found ')', expected ']'"),
            ("pt(j) > 2x", "column 9: found '2x', expected a number"),
            ("pt(j) > nan", "column 9: found 'nan', expected a number"),
            (
                "60 < m(e+, e-) > 120",
                "column 16: found '>', expected '<' or '<=', as in the first comparison",
            ),
            (
                "20 pt(j)",
                "column 4: found 'pt', expected '<', '<=', '>' or '>='",
            ),
        ] {
            let separator = format!("cut '{text}', ");
            assert_eq!(message(text), separator + error);
        }
    }

    #[test]
    fn errors_of_the_longer_forms_point_at_the_character() {
        for (text, error) in [
            (
                "ht(j[1]) > 2",
                "column 7: found ']', expected '..' and the last rank of the sum, as in ht(j[1..3])",
            ),
            (
                "ht(j[3..1]) > 2",
                "column 9: found '1', expected a last rank, not before the first one",
            ),
            (
                "ht(j[1..2], l) > 2",
                "column 11: found ',', expected ')': ranks in ht stand alone, as in ht(j[1..2]) + ht(l)",
            ),
            ("pt(j[1..2]) > 2", "column 7: found '.', expected ']'"),
            ("n(j[1]) > 2", "column 4: found '[', expected ',' or ')'"),
            ("3 > 2", "column 5: found '2', expected an observable"),
            (
                "2 * 3 > 2",
                "column 1: found '2 * 3', expected an observable",
            ),
            ("(pt(j) > 2", "column 8: found '>', expected ')'"),
            ("pt(j) * > 2", "column 9: found '>', expected an observable"),
            (
                "m(l+, l-) sameflavour > 2",
                "column 11: found 'sameflavour', expected '<', '<=', '>' or '>='; did you mean 'same_flavour'?",
            ),
            (
                "m(j, j) outsid 80 .. 100",
                "column 9: found 'outsid', expected '<', '<=', '>' or '>='; did you mean 'outside'?",
            ),
            (
                "m(j, j) outside 80 100",
                "column 20: found '100', expected '..' and the other end, as in 'outside 80 .. 100'",
            ),
            (
                "m(j, j) outside 100..80",
                "column 22: found '80', expected a number above 100",
            ),
            (
                "pt(j) > 2 ro pt(j) > 3",
                "column 11: found 'ro', expected the end of the cut; did you mean 'or'?",
            ),
            (
                "pt(all, j) > 2",
                "column 4: unknown particle or group 'all'",
            ),
            (
                "dR(all j, l) > 2",
                "column 4: found 'all', expected a particle or a multiparticle label",
            ),
            (
                "pt(coer j) > 2",
                "column 4: unknown particle or group 'coer'; did you mean 'core'?",
            ),
            (
                "isolated(j) > 2",
                "column 11: found ')', expected ',' and what it is isolated from",
            ),
            (
                "isolated(j, l)",
                "column 14: found ')', expected ',' or ';' and the radius of the cone",
            ),
            (
                "isolated(j, l; 4)",
                "column 16: found '4', expected a radius above 0 and up to pi",
            ),
            (
                "isolated(j, l; 0.4, epsilom = 1)",
                "column 21: found 'epsilom', expected 'n' or 'epsilon'; did you mean 'epsilon'?",
            ),
            (
                "isolated(j, l; 0.4, n = -1)",
                "column 25: found '-', expected a power that is not negative",
            ),
            (
                "isoalted(j, l; 0.4)",
                "column 1: unknown observable 'isoalted'; did you mean 'isolated'?",
            ),
        ] {
            assert_eq!(message(text), format!("cut '{text}', {error}"));
        }
    }

    #[test]
    fn errors_of_merging_scales_point_at_the_character() {
        for (text, error) in [
            (
                "kt_durham(j) > 20",
                "column 12: found ')', expected ',' and the parameter D, as in kt_durham(j, 0.4)",
            ),
            (
                "kt_durham(j, 0) > 20",
                "column 14: found '0', expected a parameter D above 0",
            ),
            (
                "kt_durham(j, 1, j) > 20",
                "column 15: found ',', expected ')'",
            ),
            (
                "kt_durham(j[1], 1) > 20",
                "column 12: found '[', expected ',' or ')'",
            ),
            (
                "pt_lund(j, 0.4) > 20",
                "column 12: unknown particle or group '0.4'",
            ),
            (
                "pt_lund(j[1]) > 20",
                "column 10: found '[', expected ',' or ')'",
            ),
            (
                "pt_lund(j, j) same_flavour > 20",
                "column 15: found 'same_flavour', expected '<', '<=', '>' or '>='",
            ),
            (
                "pt_lnd(j) > 20",
                "column 1: unknown observable 'pt_lnd'; did you mean 'pt_lund'?",
            ),
        ] {
            assert_eq!(message(text), format!("cut '{text}', {error}"));
        }
    }

    #[test]
    fn brackets_powers_and_conditions_have_an_end() {
        for text in [
            "(".repeat(100_000),
            "|".repeat(100_000),
            format!("pt(j){}", "^2".repeat(10_000)),
            format!("{}pt(j) > 1", "-".repeat(100_000)),
            format!("pt(j){} > 1", " + pt(j)".repeat(10_000)),
            format!("pt(j) > 1{}", " or pt(j) > 1".repeat(10_000)),
        ] {
            parse(&text, &groups())
                .map(|_| ())
                .unwrap_or_else(|e| drop(e.to_string()));
        }
    }

    #[test]
    fn unknown_names_come_with_the_nearest_valid_one() {
        assert_eq!(
            message("pT(j) > 20"),
            "cut 'pT(j) > 20', column 1: unknown observable 'pT'; did you mean 'pt'?"
        );
        assert_eq!(
            message("sphericity(j) > 20"),
            "cut 'sphericity(j) > 20', column 1: unknown observable 'sphericity'; known: pt, eta, y, phi, E, m, mt, et, dR, deta, dy, dphi, ht, met, sqrt_s, E_cm, n, kt_durham, pt_lund"
        );
        assert_eq!(
            message("abs(eta(j)) < 2"),
            "cut 'abs(eta(j)) < 2', column 1: unknown observable 'abs'; an absolute value is \
             written |eta(j)|"
        );
        for (cut, hint) in [
            ("eta_abs(j) < 2", "; did you mean |eta(...)|?"),
            ("AbsEta(j) < 2", "; did you mean |eta(...)|?"),
            ("mass(e+, e-) > 20", "; did you mean 'm'?"),
        ] {
            assert!(message(cut).ends_with(hint), "{}", message(cut));
        }
        assert_eq!(
            message("m(mu+, muu-) > 20"),
            "cut 'm(mu+, muu-) > 20', column 8: unknown particle or group 'muu-'; did you mean 'mu-'?"
        );
    }

    #[test]
    fn the_number_of_groups_is_checked() {
        assert_eq!(
            message("dR(j) > 0.4"),
            "cut 'dR(j) > 0.4', column 1: dR takes two groups, as in (j, j), found 1"
        );
        assert_eq!(
            message("pt > 20"),
            "cut 'pt > 20', column 1: pt takes one or more groups, as in (j), found 0"
        );
        assert_eq!(
            message("sqrt_s(j) > 20"),
            "cut 'sqrt_s(j) > 20', column 1: sqrt_s takes no groups, found 1"
        );
    }

    #[test]
    fn impossible_thresholds_are_refused() {
        assert_eq!(
            message("pt(j) > -20"),
            "cut 'pt(j) > -20': pt is never negative, but is compared with -20"
        );
        assert_eq!(
            message("|eta(j)| < -2"),
            "cut '|eta(j)| < -2': |eta| is never negative, but is compared with -2"
        );
        assert_eq!(
            message("120 < m(e+, e-) < 60"),
            "cut '120 < m(e+, e-) < 60' can never be fulfilled: the lower limit is above the upper one"
        );
        assert_eq!(
            message("dphi(j, j) > 4"),
            "cut 'dphi(j, j) > 4' can never be fulfilled: dphi lies between 0 and 3.141592653589793"
        );
        assert!(parse("m(e+, e-) < 0", &groups()).is_err());
        assert!(parse("-2 < eta(j)", &groups()).is_ok());
    }
}
