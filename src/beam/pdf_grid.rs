//! One member of a PDF set on its grid: reading `lhagrid1` files and
//! log-bicubic interpolation in `(log x, log Q^2)`, subgrid by subgrid.
//!
//! Knows knots and columns; knows no extrapolation, search path or `alpha_s`.
//! Source: arXiv:1412.7420, sections 3.3 and 4.3.

use super::BeamError;
use super::hermite::Axis;
use super::pdf_info::clip;
use crate::elementary::Elementary;

/// Columns are interpolated in blocks of this many flavours.
pub(crate) const BLOCK: usize = 8;

/// Order in which flavours are stored, so that those needed together share
/// blocks; others follow in the order of the file.
const STORAGE_ORDER: [i32; 14] = [21, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 22, 6, -6];

/// Values of one member on all its subgrids.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    flavours: Vec<i32>,
    subgrids: Vec<Subgrid>,
}

/// A rectangular piece between two flavour thresholds.
#[derive(Clone, Debug)]
struct Subgrid {
    x: Axis,
    q2: Axis,
    x_knots: Vec<f64>,
    q2_knots: Vec<f64>,
    /// Shape `[n_block, n_q2, n_x, BLOCK]`: one block is one contiguous table.
    xf: Vec<f64>,
}

/// Where a point lies, and the weights of the 16 knots around it.
pub(crate) struct Place<'a> {
    subgrid: &'a Subgrid,
    /// Number of the subgrid.
    pub(super) at: usize,
    x_at: [usize; 4],
    x_weight: [f64; 4],
    q2_at: [usize; 4],
    q2_weight: [f64; 4],
}

impl Place<'_> {
    /// `xf` of all flavours of block `block`.
    #[inline]
    pub(crate) fn block(&self, block: usize) -> [f64; BLOCK] {
        let (n_x, n_q2) = (self.subgrid.x.len(), self.subgrid.q2.len());
        let mut sum = [0.0; BLOCK];
        for (&j, &wq) in self.q2_at.iter().zip(&self.q2_weight) {
            let row = (block * n_q2 + j) * n_x;
            for (&i, &wx) in self.x_at.iter().zip(&self.x_weight) {
                let at = (row + i) * BLOCK;
                let weight = wq * wx;
                for (s, v) in sum.iter_mut().zip(&self.subgrid.xf[at..at + BLOCK]) {
                    *s += weight * v;
                }
            }
        }
        sum
    }

    /// `xf` of one column: as [`Place::block`] has it.
    #[inline]
    pub(super) fn column(&self, column: usize) -> f64 {
        let (first, lane) = (column / BLOCK * self.n_nodes(), column % BLOCK);
        let mut sum = 0.0;
        for (node, weight) in self.nodes() {
            sum += weight * self.subgrid.xf[(first + node) * BLOCK + lane];
        }
        sum
    }

    /// The 16 knots in `[n_q2, n_x]` and their weights, in the order of [`Place::block`].
    #[inline]
    pub(super) fn nodes(&self) -> [(usize, f64); 16] {
        let n_x = self.subgrid.x.len();
        std::array::from_fn(|k| {
            let (j, i) = (k / 4, k % 4);
            let node = self.q2_at[j] * n_x + self.x_at[i];
            (node, self.q2_weight[j] * self.x_weight[i])
        })
    }

    /// Number of knots of its subgrid.
    #[inline]
    pub(super) fn n_nodes(&self) -> usize {
        self.subgrid.x.len() * self.subgrid.q2.len()
    }
}

impl Grid {
    /// Whether another member has the same knots and flavours.
    pub(super) fn shares_knots(&self, other: &Self) -> bool {
        let same =
            |(a, b): (&Subgrid, &Subgrid)| a.x_knots == b.x_knots && a.q2_knots == b.q2_knots;
        self.flavours == other.flavours
            && self.subgrids.len() == other.subgrids.len()
            && self.subgrids.iter().zip(&other.subgrids).all(same)
    }

    /// Its knots and flavours.
    pub(super) fn without_values(&self) -> Self {
        let of_subgrid = |s: &Subgrid| Subgrid {
            x: s.x.clone(),
            q2: s.q2.clone(),
            x_knots: s.x_knots.clone(),
            q2_knots: s.q2_knots.clone(),
            xf: Vec::new(),
        };
        Self {
            flavours: self.flavours.clone(),
            subgrids: self.subgrids.iter().map(of_subgrid).collect(),
        }
    }

    /// Takes the values away: for each subgrid `[n_flavour, n_q2, n_x]`.
    pub(super) fn take_values(&mut self) -> Vec<Vec<f64>> {
        let n_flavours = self.flavours.len();
        let of_subgrid = |s: &mut Subgrid| {
            let xf = std::mem::take(&mut s.xf);
            let n_nodes = s.x_knots.len() * s.q2_knots.len();
            let at = |column: usize, node: usize| {
                (column / BLOCK * n_nodes + node) * BLOCK + column % BLOCK
            };
            let columns = 0..n_flavours;
            let values = columns.flat_map(|c| (0..n_nodes).map(move |n| (c, n)));
            values.map(|(c, n)| xf[at(c, n)]).collect()
        };
        self.subgrids.iter_mut().map(of_subgrid).collect()
    }

    /// Flavours (PDG ids) in storage order: column `c` is in block `c / BLOCK`.
    pub(crate) fn flavours(&self) -> &[i32] {
        &self.flavours
    }

    /// Column of a flavour; 0 means the gluon, as in old sets.
    pub(crate) fn column(&self, pdg: i32) -> Option<usize> {
        let pdg = if pdg == 0 { 21 } else { pdg };
        self.flavours.iter().position(|&f| f == pdg)
    }

    /// Number of blocks that cover all columns.
    pub(crate) fn n_block(&self) -> usize {
        self.flavours.len().div_ceil(BLOCK)
    }

    /// Smallest and second smallest `x` of the subgrid at `q2`.
    pub(crate) fn x_low(&self, q2: f64) -> (f64, f64) {
        let knots = &self.subgrids[self.subgrid_at(q2)].x_knots;
        (knots[0], knots[1])
    }

    /// Largest `x`.
    pub(crate) fn x_max(&self) -> f64 {
        self.subgrids
            .iter()
            .map(|s| s.x_knots[s.x_knots.len() - 1])
            .fold(f64::INFINITY, f64::min)
    }

    /// Largest `x` that all subgrids reach, and the knot before it.
    pub(crate) fn x_high(&self) -> (f64, f64) {
        let ends = self.subgrids.iter().map(|s| {
            let knots = &s.x_knots;
            (knots[knots.len() - 1], knots[knots.len() - 2])
        });
        ends.fold((f64::INFINITY, f64::INFINITY), |least, end| {
            if end.0 < least.0 { end } else { least }
        })
    }

    /// Smallest `Q^2` in GeV^2.
    pub(crate) fn q2_min(&self) -> f64 {
        self.subgrids[0].q2_knots[0]
    }

    /// Largest and second largest `Q^2` in GeV^2.
    pub(crate) fn q2_high(&self) -> (f64, f64) {
        let knots = &self.subgrids[self.subgrids.len() - 1].q2_knots;
        (knots[knots.len() - 1], knots[knots.len() - 2])
    }

    /// A threshold belongs to the subgrid above it.
    #[inline]
    fn subgrid_at(&self, q2: f64) -> usize {
        let last = self.subgrids.len() - 1;
        let mut s = 0;
        while s < last && q2 >= self.subgrids[s + 1].q2_knots[0] {
            s += 1;
        }
        s
    }

    /// Place of a point inside the grid.
    #[inline]
    pub(crate) fn place(&self, x: f64, q2: f64) -> Place<'_> {
        let at = self.subgrid_at(q2);
        let subgrid = &self.subgrids[at];
        let (log_x, log_q2) = (x.ln_same(), q2.ln_same());
        let i = subgrid.x.interval(log_x);
        let j = subgrid.q2.interval(log_q2);
        // With two Q^2 knots there is nothing but a bilinear interpolation.
        let linear = subgrid.q2.len() == 2;
        Place {
            subgrid,
            at,
            x_at: subgrid.x.stencil(i),
            x_weight: if linear {
                subgrid.x.linear_weights(i, log_x)
            } else {
                subgrid.x.weights(i, log_x)
            },
            q2_at: subgrid.q2.stencil(j),
            q2_weight: subgrid.q2.weights(j, log_q2),
        }
    }

    /// Reads the text of a member file.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] with the line at fault.
    pub(crate) fn parse(text: &str, path: &str) -> Result<Self, BeamError> {
        let mut lines = Lines {
            inner: text.lines().enumerate(),
            path,
            line: 0,
        };
        while lines.next("the '---' that ends the head")? != "---" {}
        let mut order: Option<Vec<i32>> = None;
        let mut columns = Vec::new();
        let mut subgrids: Vec<Subgrid> = Vec::new();
        while let Some(first) = lines.next_if_any() {
            let x_knots = lines.knots(first, "x")?;
            let q_line = lines.next("the list of Q knots")?;
            let q_knots = lines.knots(q_line, "Q")?;
            if x_knots.len() < 4 {
                return Err(lines.error("a subgrid needs at least 4 knots in x".to_owned()));
            }
            let flavour_line = lines.next("the list of flavours")?;
            let in_file = lines.flavours(flavour_line)?;
            let stored = order.get_or_insert_with(|| storage_order(&in_file));
            if subgrids.is_empty() {
                columns = in_file
                    .iter()
                    .map(|f| stored.iter().position(|s| s == f))
                    .collect();
            } else if storage_order(&in_file) != *stored {
                return Err(
                    lines.error("the flavours differ from those of the first subgrid".to_owned())
                );
            } else {
                columns.clear();
                columns.extend(in_file.iter().map(|f| stored.iter().position(|s| s == f)));
            }
            let q2_knots: Vec<f64> = q_knots.iter().map(|q| q * q).collect();
            if let Some(below) = subgrids.last() {
                let end = below.q2_knots[below.q2_knots.len() - 1];
                if (q2_knots[0] / end - 1.0).abs() > 1e-6 {
                    return Err(lines.error(
                        "this subgrid does not begin in Q where the last one ends".to_owned(),
                    ));
                }
            }
            let (n_x, n_q2) = (x_knots.len(), q2_knots.len());
            let n_block = stored.len().div_ceil(BLOCK);
            let mut xf = vec![0.0; n_block * n_q2 * n_x * BLOCK];
            for i in 0..n_x {
                for j in 0..n_q2 {
                    let row = lines.next("a row of xf values")?;
                    let mut n = 0;
                    for item in row.split_whitespace() {
                        let value = lines.number(item)?;
                        if let Some(Some(column)) = columns.get(n).copied() {
                            let (block, lane) = (column / BLOCK, column % BLOCK);
                            xf[((block * n_q2 + j) * n_x + i) * BLOCK + lane] = value;
                        }
                        n += 1;
                    }
                    if n != columns.len() {
                        return Err(lines.error(format!(
                            "{n} values for {} flavours in row {} of {}",
                            columns.len(),
                            i * n_q2 + j + 1,
                            n_x * n_q2
                        )));
                    }
                }
            }
            let end = lines.next("the '---' that ends a subgrid")?;
            if end != "---" {
                return Err(lines.error(format!(
                    "expected '---' after {} rows, found '{}'",
                    n_x * n_q2,
                    clip(end)
                )));
            }
            subgrids.push(Subgrid {
                x: Axis::new(x_knots.iter().map(|x| x.ln_same()).collect()),
                q2: Axis::new(q2_knots.iter().map(|q2| q2.ln_same()).collect()),
                x_knots,
                q2_knots,
                xf,
            });
        }
        let Some(flavours) = order else {
            return Err(lines.error("the file holds no grid".to_owned()));
        };
        Ok(Self { flavours, subgrids })
    }
}

fn storage_order(in_file: &[i32]) -> Vec<i32> {
    let known = STORAGE_ORDER.iter().filter(|f| in_file.contains(f));
    let mut others: Vec<i32> = in_file
        .iter()
        .filter(|f| !STORAGE_ORDER.contains(f))
        .copied()
        .collect();
    others.sort_unstable();
    known.copied().chain(others).collect()
}

/// Non-empty lines of a file, and messages that name them.
struct Lines<'a> {
    inner: std::iter::Enumerate<std::str::Lines<'a>>,
    path: &'a str,
    line: usize,
}

impl<'a> Lines<'a> {
    fn next_if_any(&mut self) -> Option<&'a str> {
        for (index, line) in self.inner.by_ref() {
            self.line = index + 1;
            let content = line.trim();
            if !content.is_empty() {
                return Some(content);
            }
        }
        None
    }

    fn next(&mut self, wanted: &str) -> Result<&'a str, BeamError> {
        match self.next_if_any() {
            Some(line) => Ok(line),
            None => Err(self.error(format!("the file ends before {wanted}"))),
        }
    }

    fn error(&self, what: String) -> BeamError {
        BeamError::Corrupt {
            path: self.path.to_owned(),
            line: self.line,
            what,
        }
    }

    fn number(&self, item: &str) -> Result<f64, BeamError> {
        match item.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.error(format!("'{}' is no finite number", clip(item)))),
        }
    }

    fn knots(&self, line: &str, axis: &str) -> Result<Vec<f64>, BeamError> {
        let knots: Vec<f64> = line
            .split_whitespace()
            .map(|item| self.number(item))
            .collect::<Result<_, _>>()?;
        if knots.len() < 2 || knots[0] <= 0.0 || knots.windows(2).any(|w| w[0] >= w[1]) {
            return Err(self.error(format!(
                "the {axis} knots must be at least two, positive and increasing"
            )));
        }
        Ok(knots)
    }

    fn flavours(&self, line: &str) -> Result<Vec<i32>, BeamError> {
        let flavours: Vec<i32> = line
            .split_whitespace()
            .map(|item| match item.parse() {
                Ok(0) => Ok(21),
                Ok(pdg) => Ok(pdg),
                Err(_) => Err(self.error(format!("'{}' is no PDG id", clip(item)))),
            })
            .collect::<Result<_, _>>()?;
        for (n, flavour) in flavours.iter().enumerate() {
            if flavours[..n].contains(flavour) {
                return Err(self.error(format!("flavour {flavour} is listed twice")));
            }
        }
        Ok(flavours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two subgrids that meet at Q = 2, with a jump; columns -1 0 11.
    fn text() -> String {
        let mut text = String::from("Format: lhagrid1\n---\n");
        for (qs, offset) in [("1 1.5 2", 0.0), ("2 4 8 16", 10.0)] {
            text += "1e-4 1e-2 1e-1 0.5 1\n";
            text += qs;
            text += "\n-1 0 11\n";
            for x in [1e-4_f64, 1e-2, 1e-1, 0.5, 1.0] {
                for q in qs.split(' ') {
                    let q: f64 = q.parse().unwrap();
                    let value = x.ln() + 2.0 * (q * q).ln() + offset;
                    text += &format!("{value} {} 3\n", 2.0 * value);
                }
            }
            text += "---\n";
        }
        text
    }

    fn value(grid: &Grid, pdg: i32, x: f64, q2: f64) -> f64 {
        let column = grid.column(pdg).unwrap();
        grid.place(x, q2).block(column / BLOCK)[column % BLOCK]
    }

    #[test]
    fn bilinear_functions_of_the_logarithms_are_exact_in_each_subgrid() {
        let grid = Grid::parse(&text(), "t").unwrap();
        assert_eq!(grid.flavours(), [21, -1, 11]);
        for (x, q2, offset) in [
            (1e-4, 1.0, 0.0),
            (3e-3, 2.2, 0.0),
            (0.7, 3.999_999, 0.0),
            (0.7, 4.0, 10.0),
            (0.02, 77.0, 10.0),
            (1.0, 256.0, 10.0),
        ] {
            let exact = f64::ln(x) + 2.0 * f64::ln(q2) + offset;
            assert!((value(&grid, -1, x, q2) - exact).abs() < 1e-12, "{x} {q2}");
            assert!((value(&grid, 0, x, q2) - 2.0 * exact).abs() < 1e-12);
            assert!((value(&grid, 11, x, q2) - 3.0).abs() < 1e-12);
        }
        assert_eq!(grid.q2_min(), 1.0);
        assert_eq!(grid.q2_high(), (256.0, 64.0));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let good = text();
        let cases = [
            (
                good.replace("1e-2 1e-1", "1e-1 1e-2"),
                "t:3: the x knots must be",
            ),
            (
                good.replacen("-1 0 11", "-1 -1 11", 1),
                "t:5: flavour -1 is listed twice",
            ),
            (
                good.replacen(" 3\n", " x3\n", 1),
                "t:6: 'x3' is no finite number",
            ),
            (
                good.replacen(" 3\n", "\n", 1),
                "t:6: 2 values for 3 flavours in row 1 of 15",
            ),
            (
                good.replacen("1 1.5 2\n", "1 1.5\n", 1),
                "t:16: expected '---' after 10 rows",
            ),
            (
                good.replacen("2 4 8 16", "3 4 8 16", 1),
                "t:24: this subgrid does not begin",
            ),
            (
                good.lines().take(30).collect::<Vec<_>>().join("\n"),
                "the file ends before a row",
            ),
            (
                "Format: lhagrid1\n---\n".to_owned(),
                "the file holds no grid",
            ),
            (
                "Format: lhagrid1\n".to_owned(),
                "the file ends before the '---'",
            ),
        ];
        for (broken, message) in cases {
            let error = Grid::parse(&broken, "t").unwrap_err().to_string();
            assert!(error.contains(message), "{error}\n  wanted: {message}");
        }
    }
}
