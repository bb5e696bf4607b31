//! Lines of a process that share subprocesses, and what is said of them.
//!
//! Knows counts and the texts of lines; knows no particle and no diagram.

use std::collections::BTreeSet;

/// Subprocesses of a line that earlier lines have, too.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared {
    n: usize,
    /// The earlier lines.
    lines: BTreeSet<usize>,
}

impl Shared {
    /// Counts one that `line` has.
    pub fn add(&mut self, line: usize) {
        self.n += 1;
        self.lines.insert(line);
    }

    /// The earlier lines in quotes.
    fn of(&self, lines: &[String]) -> String {
        let all: Vec<String> = (self.lines.iter())
            .map(|&k| format!("'{}'", lines[k]))
            .collect();
        all.join(", ")
    }
}

/// What became of the subprocesses of a line that an earlier one has, too.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Repeated {
    /// Subprocesses of the line.
    pub total: usize,
    /// Left out: they have the amplitude of the earlier ones.
    pub dropped: Shared,
    /// Added up: they have other diagrams.
    pub added: Shared,
    /// Added up: they have the amplitude of earlier ones and another number `@n`.
    pub numbered: Shared,
}

impl Repeated {
    /// That the line adds nothing, or adds again what is there.
    pub fn warnings(&self, line: usize, lines: &[String]) -> Vec<String> {
        let text = &lines[line];
        let mut warnings = Vec::new();
        if self.is_whole() {
            warnings.push(format!(
                "process '{text}' adds nothing: all of its subprocesses ({}) are those of {}, and \
                 count once; leave the line out, or give the lines different numbers @n if each is \
                 to count",
                self.dropped.n,
                self.dropped.of(lines)
            ));
        }
        if self.numbered.n > 0 {
            warnings.push(format!(
                "process '{text}': {} of its subprocesses are those of {} under another number @n, \
                 and the cross section has them twice; leave them out of one line if that is not \
                 meant",
                self.numbered.n,
                self.numbered.of(lines)
            ));
        }
        warnings
    }

    /// What else became of subprocesses that are there twice.
    pub fn notes(&self, line: usize, lines: &[String]) -> Vec<String> {
        let text = &lines[line];
        let mut notes = Vec::new();
        if self.dropped.n > 0 && !self.is_whole() {
            notes.push(format!(
                "process '{text}': {} of its subprocesses are part of {} and count once",
                self.dropped.n,
                self.dropped.of(lines)
            ));
        }
        if self.added.n > 0 {
            notes.push(format!(
                "process '{text}': {} of its subprocesses have the particles of {} and other \
                 diagrams; both are added up, without their interference",
                self.added.n,
                self.added.of(lines)
            ));
        }
        notes
    }

    fn is_whole(&self) -> bool {
        self.dropped.n > 0 && self.dropped.n == self.total
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::process_set;

    /// Notes and warnings of two lines.
    fn told(lines: [&str; 2]) -> (Vec<String>, Vec<String>) {
        let set = process_set(&lines);
        (set.notes, set.warnings)
    }

    #[test]
    fn a_line_that_adds_nothing_gets_a_warning_with_both_lines() {
        for (again, n) in [
            ("p p > e+ e-", 8),
            ("p p > e- e+", 8),
            ("p p > e- e+ QCD=0", 8),
            ("c c~ > e- e+", 1),
        ] {
            let (notes, warnings) = told(["p p > e+ e-", again]);
            assert_eq!(notes, [""; 0], "{again}");
            let expected = format!(
                "process '{again}' adds nothing: all of its subprocesses ({n}) are those of \
                 'p p > e+ e-', and count once"
            );
            assert!(
                matches!(&warnings[..], [w] if w.starts_with(&expected)),
                "{warnings:?}"
            );
        }
    }

    #[test]
    fn lines_that_share_a_part_are_noted() {
        let (notes, warnings) = told(["c c~ > e+ e-", "p p > e+ e-"]);
        assert_eq!(warnings, [""; 0]);
        assert_eq!(
            notes,
            [
                "process 'p p > e+ e-': 1 of its subprocesses are part of 'c c~ > e+ e-' and count \
              once"
            ]
        );
    }

    #[test]
    fn numbers_that_double_a_process_get_a_warning_and_others_do_not() {
        let (notes, warnings) = told(["p p > e+ e- @1", "u u~ > e+ e- @2"]);
        assert_eq!(notes, [""; 0]);
        assert!(
            matches!(&warnings[..], [w] if w.starts_with("process 'u u~ > e+ e- @2': 1 of its \
              subprocesses are those of 'p p > e+ e- @1' under another number @n")),
            "{warnings:?}"
        );
        for lines in [
            ["p p > z @0", "p p > z j @1"],
            ["p p > t t~ QED=0 @1", "p p > t t~ QCD=0 @2"],
        ] {
            assert_eq!(told(lines).1, [""; 0], "{lines:?}");
        }
    }
}
