//! Differential cross sections of a sample: histograms in pb, with errors and bands.
//!
//! Knows sums of weights and what a file states; knows no quantity and no picture.

use serde::Serialize;

use super::weight_errors::{Combination, WeightErrors};
use crate::event::RunInfo;
use crate::histogram::{BinSums, Histogram, HistogramSet, Tallies, Tally};

/// Version of the numbers as JSON: counts up when a key changes its meaning or goes.
const SCHEMA: u32 = 1;

/// What lies in a bin, or beside all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Content {
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Values that were filled.
    pub entries: u64,
}

/// The same histogram with an alternative weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightColumn {
    /// Id of the weight in the file.
    pub id: String,
    /// Its name, such as `MUR=0.5_MUF=1_PDF=247000`.
    pub name: String,
    /// Cross section of each bin in pb.
    pub xsec_pb: Vec<f64>,
    /// One standard deviation in pb.
    pub xsec_err_pb: Vec<f64>,
    /// With underflow and overflow: sums in pb.
    #[serde(skip)]
    pub sums: Vec<BinSums>,
}

/// What alternative weights leave open, bin by bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// `scales` or `pdf`.
    pub kind: &'static str,
    /// What is varied: `7 points`, or the set.
    pub name: String,
    /// Value that the band is around, in pb: with parton densities that of member 0, or the
    /// mean of the replicas.
    pub central_pb: Vec<f64>,
    /// Lower end in pb.
    pub low_pb: Vec<f64>,
    /// Upper end in pb.
    pub high_pb: Vec<f64>,
}

/// One histogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distribution {
    /// As in the card.
    pub name: String,
    /// What is written above it.
    pub title: String,
    /// The quantity.
    pub of: String,
    /// `GeV`, or empty.
    pub unit: &'static str,
    /// Edges of the bins.
    pub edges: Vec<f64>,
    /// Whether the axis of the quantity is logarithmic.
    pub log_x: bool,
    /// Whether that of the cross section is.
    pub log_y: bool,
    /// Cross section of each bin in pb, not divided by its width.
    pub xsec_pb: Vec<f64>,
    /// One standard deviation in pb.
    pub xsec_err_pb: Vec<f64>,
    /// Values in each bin.
    pub entries: Vec<u64>,
    /// Below the first bin.
    pub underflow: Content,
    /// From the end of the last bin on.
    pub overflow: Content,
    /// Values that were no numbers.
    pub not_numbers: u64,
    /// What scales and parton densities leave open.
    pub bands: Vec<Band>,
    /// One for each alternative weight.
    pub weights: Vec<WeightColumn>,
    /// With underflow and overflow: sums in pb.
    #[serde(skip)]
    pub sums: Vec<BinSums>,
}

/// The histograms of a sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distributions {
    /// Version of these keys.
    pub schema: u32,
    /// Events.
    pub events: u64,
    /// Events whose weight was no number.
    pub not_finite: u64,
    /// Cross section of the sample in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Sum of the weights of the events as they are in the file.
    pub sum_of_weights: f64,
    /// Sum of their squares.
    pub sum_of_squares: f64,
    /// In the order of the card.
    pub distributions: Vec<Distribution>,
    /// What to know before the numbers are used.
    pub notes: Vec<String>,
}

impl Distributions {
    /// Of all events of a file: the sum of their weights is the cross section that the
    /// file states.
    pub fn new(run: &RunInfo, set: &HistogramSet, tallies: &Tallies) -> Self {
        let [sum, sum2] = tallies.weight();
        let n = tallies.n_events;
        let mut notes = Vec::new();
        let (mut xsec_pb, mut xsec_err_pb) = run.xsec_pb();
        let is_stated = xsec_pb.is_finite() && xsec_pb != 0.0;
        if !is_stated && n > 0 {
            xsec_pb = sum / n as f64;
            xsec_err_pb = (sum2 - sum * sum / n as f64).max(0.0).sqrt() / n as f64;
            notes.push(
                "the file states no cross section: it is taken to be the mean of the weights in pb"
                    .to_owned(),
            );
        }
        if tallies.n_not_finite > 0 {
            notes.push(format!(
                "the weights of {} events are no numbers, and these are left out",
                tallies.n_not_finite
            ));
        }
        if tallies.n_too_large > 0 {
            notes.push(format!(
                "{} events have too many particles for histograms, and are in none",
                tallies.n_too_large
            ));
        }
        let scale = if sum == 0.0 { 0.0 } else { xsec_pb / sum };
        let combination = Combination::new(run);
        let names = weight_names(run);
        let all = set.histograms().iter().zip(&tallies.each);
        Self {
            schema: SCHEMA,
            events: n,
            not_finite: tallies.n_not_finite,
            xsec_pb,
            xsec_err_pb,
            sum_of_weights: sum,
            sum_of_squares: sum2,
            distributions: all
                .map(|(h, tally)| distribution(h, tally, scale, &names, &combination))
                .collect(),
            notes,
        }
    }

    /// What to show in a summary: one line.
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.distributions.iter().map(|d| d.name.as_str()).collect();
        names.join(", ")
    }
}

/// Id and name of each alternative weight, in the order of [`RunInfo::weights`].
fn weight_names(run: &RunInfo) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> =
        (run.weights.iter().map(|w| (w.id.clone(), w.id.clone()))).collect();
    for keys in run.weight_groups().into_iter().flat_map(|g| g.weights) {
        names[keys.at].1 = keys.name;
    }
    names
}

fn scaled(tally: &Tally, column: usize, scale: f64) -> Vec<BinSums> {
    let bins = 0..tally.n_bins() + 2;
    bins.map(|bin| {
        let s = tally.sums(bin, column);
        BinSums {
            w: scale * s.w,
            w2: scale * scale * s.w2,
            wx: scale * s.wx,
            wx2: scale * s.wx2,
        }
    })
    .collect()
}

/// Values and errors of the bins between underflow and overflow.
fn inside(sums: &[BinSums]) -> (Vec<f64>, Vec<f64>) {
    let bins = &sums[1..sums.len() - 1];
    bins.iter().map(|s| (s.w, s.w2.sqrt())).unzip()
}

fn distribution(
    histogram: &Histogram,
    tally: &Tally,
    scale: f64,
    names: &[(String, String)],
    combination: &Combination,
) -> Distribution {
    let sums = scaled(tally, 0, scale);
    let n_bins = tally.n_bins();
    let weights = names.iter().enumerate().map(|(k, (id, name))| {
        let sums = scaled(tally, 1 + k, scale);
        let (xsec_pb, xsec_err_pb) = inside(&sums);
        WeightColumn {
            id: id.clone(),
            name: name.clone(),
            xsec_pb,
            xsec_err_pb,
            sums,
        }
    });
    let weights: Vec<WeightColumn> = weights.collect();
    let (xsec_pb, xsec_err_pb) = inside(&sums);
    let content = |bin: usize| Content {
        xsec_pb: sums[bin].w,
        xsec_err_pb: sums[bin].w2.sqrt(),
        entries: tally.entries(bin),
    };
    let of_bin = |bin: usize| combination.errors(xsec_pb[bin], &|at| weights[at].xsec_pb[bin]);
    let errors: Vec<WeightErrors> = (0..n_bins).map(of_bin).collect();
    Distribution {
        name: histogram.request.name.clone(),
        title: (histogram.request.title.clone())
            .unwrap_or_else(|| histogram.quantity.text().to_owned()),
        of: histogram.quantity.text().to_owned(),
        unit: histogram.quantity.unit(),
        edges: histogram.axis.edges().to_vec(),
        log_x: histogram.axis.is_log(),
        log_y: histogram.request.is_log_y(),
        bands: bands(&xsec_pb, &errors),
        entries: (1..=n_bins).map(|bin| tally.entries(bin)).collect(),
        underflow: content(0),
        overflow: content(n_bins + 1),
        not_numbers: tally.n_not_numbers,
        xsec_pb,
        xsec_err_pb,
        weights,
        sums,
    }
}

/// Errors bin by bin as bands; a kind that a bin does not have leaves no band.
fn bands(central: &[f64], errors: &[WeightErrors]) -> Vec<Band> {
    let mut bands = Vec::new();
    let Some(first) = errors.first() else {
        return bands;
    };
    for k in 0..first.scale_envelopes.len() {
        let of = |bin: usize| &errors[bin].scale_envelopes[k];
        let bins = || 0..central.len();
        bands.push(Band {
            kind: "scales",
            name: format!("{} points", of(0).n_points),
            central_pb: central.to_vec(),
            low_pb: bins().map(|b| central[b] - of(b).minus_pb).collect(),
            high_pb: bins().map(|b| central[b] + of(b).plus_pb).collect(),
        });
    }
    for k in 0..first.pdf_errors.len() {
        let all = || errors.iter().map(|e| &e.pdf_errors[k]);
        bands.push(Band {
            kind: "pdf",
            name: first.pdf_errors[k].set.clone(),
            central_pb: all().map(|e| e.central_pb).collect(),
            low_pb: all().map(|e| e.central_pb - e.minus_pb).collect(),
            high_pb: all().map(|e| e.central_pb + e.plus_pb).collect(),
        });
    }
    bands
}
