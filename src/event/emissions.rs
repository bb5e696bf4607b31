//! `<mgrwt>`: what MadGraph's events say of the couplings and densities in their weights.
//!
//! Knows the text of the element; knows no coupling and no density.
//! Source: MadGraph5_aMC@NLO 3.5.7, its `systematics` and the files that it reads.

use super::xml::{attributes, find_element};

/// Couplings and densities in the weight of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedEmissions {
    /// Power of the strong coupling at the renormalisation scale.
    pub power: f64,
    /// Renormalisation scale, GeV.
    pub mu_r: f64,
    /// Scales of further strong couplings, GeV.
    pub strong: Vec<f64>,
    /// Lines along beam 1 and beam 2 from the proton inwards: PDG id, momentum fraction, scale
    /// in GeV.
    pub lines: [Vec<(i32, f64, f64)>; 2],
}

impl RecordedEmissions {
    /// What the further lines of an event say; `None` without `<mgrwt>`.
    ///
    /// # Errors
    /// In words, if the element is not complete.
    pub fn read(rest: &str) -> Result<Option<Self>, String> {
        let Some(element) = find_element(rest, "mgrwt") else {
            return Ok(None);
        };
        let numbers = |name: &str| -> Result<Vec<f64>, String> {
            let found = find_element(element.content, name);
            let found = found.ok_or_else(|| format!("its <mgrwt> has no <{name}>"))?;
            parsed(found.content, name)
        };
        let [power, mu_r] = numbers("rscale")?[..] else {
            return Err("<rscale> of its <mgrwt>: expected a power and a scale".to_owned());
        };
        let couplings = numbers("asrwt")?;
        let mut this = Self {
            power,
            mu_r,
            strong: counted(&couplings, 1, "asrwt")?.to_vec(),
            lines: Default::default(),
        };
        let mut rest = element.content;
        while let Some(found) = find_element(rest, "pdfrwt") {
            let beam = attributes(found.attributes).find(|(key, _)| *key == "beam");
            let lines = match beam.as_ref().map(|(_, value)| value.trim()) {
                Some("1") => &mut this.lines[0],
                Some("2") => &mut this.lines[1],
                _ => return Err("<pdfrwt> of its <mgrwt>: expected beam=\"1\" or \"2\"".to_owned()),
            };
            let all = parsed(found.content, "pdfrwt")?;
            let list = counted(&all, 3, "pdfrwt")?;
            let n = list.len() / 3;
            let line = |k: usize| (list[k] as i32, list[n + k], list[2 * n + k]);
            *lines = (0..n).map(line).collect();
            rest = found.rest;
        }
        match this.lines.iter().any(Vec::is_empty) {
            true => Err("its <mgrwt> has no <pdfrwt> for one of the beams".to_owned()),
            false => Ok(Some(this)),
        }
    }
}

fn parsed(text: &str, name: &str) -> Result<Vec<f64>, String> {
    let number = |word: &str| {
        let value = word.parse::<f64>().ok().filter(|x| x.is_finite());
        value.ok_or_else(|| format!("<{name}> of its <mgrwt>: found '{word}', expected a number"))
    };
    text.split_whitespace().map(number).collect()
}

/// What follows a number that counts rows of so many values.
fn counted<'a>(all: &'a [f64], columns: usize, name: &str) -> Result<&'a [f64], String> {
    let (n, list) = all.split_first().unwrap_or((&0.0, &[]));
    match *n * columns as f64 == list.len() as f64 {
        true => Ok(list),
        false => Err(format!(
            "<{name}> of its <mgrwt>: found {} numbers, expected {columns} times the first one, {n}",
            list.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<mgrwt>\n<rscale>  1 0.9E+02</rscale>\n<asrwt>  1 0.35E+02</asrwt>\n\
        <pdfrwt beam=\"2\">  2       21       -1 0.3E-02 0.1E-02 0.35E+02 0.91E+02</pdfrwt>\n\
        <pdfrwt beam=\"1\">  1        2 0.3E-01 0.35E+02</pdfrwt>\n</mgrwt>\n";

    #[test]
    fn couplings_and_lines_are_read() {
        let found = RecordedEmissions::read(TEXT).unwrap().unwrap();
        assert_eq!((found.power, found.mu_r), (1.0, 90.0));
        assert_eq!(found.strong, [35.0]);
        assert_eq!(found.lines[0], [(2, 0.03, 35.0)]);
        assert_eq!(found.lines[1], [(21, 0.003, 35.0), (-1, 0.001, 91.0)]);
        assert_eq!(RecordedEmissions::read("# x\n"), Ok(None));
    }

    #[test]
    fn what_is_not_complete_is_told() {
        for (from, to, part) in [
            ("  1 0.9E+02", "  1", "a power and a scale"),
            (
                "<asrwt>  1",
                "<asrwt>  2",
                "found 1 numbers, expected 1 times the first one, 2",
            ),
            ("0.3E-01", "x", "found 'x'"),
            ("beam=\"1\"", "beam=\"3\"", "expected beam="),
            ("beam=\"1\"", "beam=\"2\"", "for one of the beams"),
        ] {
            let error = RecordedEmissions::read(&TEXT.replace(from, to)).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
