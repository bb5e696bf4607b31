//! Files of momenta: text with one leg a line, or JSON.
//!
//! Knows numbers and their layout; knows neither process nor masses.

use std::io;
use std::path::Path;

use crate::storage::{read_text, read_text_from};

/// Most bytes of a file of momenta: some ten million legs.
const MAX_MOMENTA: u64 = 1 << 30;

/// Momenta `(E, px, py, pz)` of all legs of one point, in GeV.
pub type Point = Vec<[f64; 4]>;

/// Why a file of momenta was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MomentaFileError {
    /// The file cannot be read.
    #[error("cannot be read")]
    Read(#[from] io::Error),
    /// A line of text is not four numbers.
    #[error("line {line}: expected 'E px py pz', found '{found}'")]
    Line {
        /// Counted from 1.
        line: usize,
        /// The line as it stands.
        found: String,
    },
    /// The JSON text is no array of points.
    #[error("not a JSON array [point][leg][E, px, py, pz]")]
    Json(#[from] serde_json::Error),
    /// Points have different numbers of legs.
    #[error("point {point} has {found} legs, the first has {expected}")]
    Legs {
        /// Counted from 1.
        point: usize,
        /// Its number of legs.
        found: usize,
        /// Number of legs of the first point.
        expected: usize,
    },
    /// A number is infinite or no number.
    #[error("point {point} has a momentum that is not finite")]
    NotFinite {
        /// Counted from 1.
        point: usize,
    },
    /// There is no point at all.
    #[error("no momenta in it")]
    Empty,
}

/// Reads the points of a file; `-` is standard input.
///
/// # Errors
/// [`MomentaFileError`] if the file cannot be read or is not of the form that
/// [`parse_momenta`] takes.
pub(crate) fn read_momenta(path: &Path) -> Result<Vec<Point>, MomentaFileError> {
    let text = if path == Path::new("-") {
        read_text_from(io::stdin(), MAX_MOMENTA)?
    } else {
        read_text(path, MAX_MOMENTA)?
    };
    parse_momenta(&text)
}

/// Points from text: JSON if it starts with `[` (points of legs, or the legs of
/// one point), otherwise a line for each leg, an empty line between points,
/// comments from `#` to the end of the line.
///
/// # Errors
/// Any [`MomentaFileError`] but `Read`.
pub fn parse_momenta(text: &str) -> Result<Vec<Point>, MomentaFileError> {
    let points: Vec<Point> = if text.trim_start().starts_with('[') {
        match serde_json::from_str(text) {
            Ok(points) => points,
            Err(error) => match serde_json::from_str(text) {
                Ok(legs) => vec![legs],
                Err(_) => return Err(error.into()),
            },
        }
    } else {
        parse_lines(text)?
    };
    let expected = points.first().map_or(0, Vec::len);
    if expected == 0 {
        return Err(MomentaFileError::Empty);
    }
    for (k, point) in points.iter().enumerate() {
        if point.len() != expected {
            return Err(MomentaFileError::Legs {
                point: k + 1,
                found: point.len(),
                expected,
            });
        }
        if !point.iter().flatten().all(|x| x.is_finite()) {
            return Err(MomentaFileError::NotFinite { point: k + 1 });
        }
    }
    Ok(points)
}

/// Takes apart points that were written one after the other without empty
/// lines: `n_ext` legs each, if they divide the number of legs found.
pub(crate) fn split_points(points: Vec<Point>, n_ext: usize) -> Vec<Point> {
    let fits = |p: &Point| n_ext > 0 && p.len() > n_ext && p.len().is_multiple_of(n_ext);
    points
        .into_iter()
        .flat_map(|p| {
            let legs = if fits(&p) { n_ext } else { p.len().max(1) };
            p.chunks(legs).map(<[_]>::to_vec).collect::<Vec<_>>()
        })
        .collect()
}

fn parse_lines(text: &str) -> Result<Vec<Point>, MomentaFileError> {
    let mut points: Vec<Point> = Vec::new();
    let mut open = false;
    for (k, whole) in text.lines().enumerate() {
        let content = whole.split('#').next().unwrap_or_default().trim();
        if content.is_empty() {
            // A line with a comment alone does not end a point.
            open &= whole.contains('#');
            continue;
        }
        let numbers: Option<Vec<f64>> = content
            .split([' ', '\t', ','])
            .filter(|s| !s.is_empty())
            .map(|s| s.parse().ok())
            .collect();
        let leg: [f64; 4] =
            numbers
                .and_then(|n| n.try_into().ok())
                .ok_or_else(|| MomentaFileError::Line {
                    line: k + 1,
                    found: whole.to_owned(),
                })?;
        match points.last_mut() {
            Some(point) if open => point.push(leg),
            _ => points.push(vec![leg]),
        }
        open = true;
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_give_the_same_points() {
        let text =
            "# two points\n1 0 0 1\n# a leg\n1 0 0 -1 # beam 2\n\n\n2, 0, 0, 2\n2 0 0 -2e0\n";
        let json = "[[[1,0,0,1],[1,0,0,-1]],[[2,0,0,2],[2,0,0,-2]]]";
        let points = parse_momenta(text).unwrap();
        assert_eq!(points.len(), 2);
        assert_eq!(points[1][1], [2.0, 0.0, 0.0, -2.0]);
        assert_eq!(points, parse_momenta(json).unwrap());
        let one = parse_momenta("[[1,0,0,1],[1,0,0,-1]]").unwrap();
        assert_eq!(one, points[..1]);
    }

    #[test]
    fn points_without_empty_lines_are_taken_apart_by_the_number_of_legs() {
        let together = parse_momenta("1 0 0 1\n1 0 0 -1\n2 0 0 2\n2 0 0 -2\n").unwrap();
        let apart = parse_momenta("1 0 0 1\n1 0 0 -1\n\n2 0 0 2\n2 0 0 -2\n").unwrap();
        assert_eq!(split_points(together.clone(), 2), apart);
        assert_eq!(split_points(apart.clone(), 2), apart);
        // A number of legs that does not divide is for the process to complain of.
        assert_eq!(split_points(together.clone(), 3), together);
    }

    #[test]
    fn errors_say_where() {
        let message = |text: &str| parse_momenta(text).unwrap_err().to_string();
        assert_eq!(
            message("1 0 0 1\n1 0 0"),
            "line 2: expected 'E px py pz', found '1 0 0'"
        );
        assert_eq!(
            message("1 0 0 1\n1 0 0 1\n\n1 0 0 1"),
            "point 2 has 1 legs, the first has 2"
        );
        assert_eq!(
            message("1 0 0 inf"),
            "point 1 has a momentum that is not finite"
        );
        assert_eq!(message(" \n# nothing"), "no momenta in it");
        assert!(message("[[1,2]]").contains("JSON"));
    }
}
