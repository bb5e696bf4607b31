//! Terms of a polynomial in LHEH5: a dataset of their own beside the events.
//!
//! `polynomial` has a row for each event and a column for each term, with the names of the
//! coefficients (`coefficients`), the powers of them in each term (`exponents`, a row for
//! each term) and the place of the first term among the weights (`first`) as attributes.
//! Knows ids of weights; knows no event.

use ::hdf5::types::VarLenUnicode;
use ::hdf5::{Dataset, File};
use ndarray::{Array2, ArrayView1};
use std::ops::Range;

use super::record::RunInfo;
use super::terms::{Monomial, POLYNOMIAL};

/// The weights that are terms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PolynomialColumns {
    first: usize,
    coefficients: Vec<String>,
    terms: Vec<Monomial>,
}

impl PolynomialColumns {
    /// The terms of a run, if its header has a group of them whose ids can be written back.
    pub fn of(run: &RunInfo) -> Option<Self> {
        let groups = run.weight_groups();
        let group = groups.iter().find(|g| g.name == POLYNOMIAL)?;
        let first = group.weights.first()?.at;
        let is_next = |(k, w): (usize, &super::WeightKeys)| w.at == first + k;
        if !group.weights.iter().enumerate().all(is_next) {
            return None;
        }
        let ids = group.weights.iter().map(|w| run.weights[w.at].id.as_str());
        let (coefficients, terms) = Monomial::of_ids(&ids.collect::<Vec<_>>())?;
        Some(Self {
            first,
            coefficients,
            terms,
        })
    }

    /// Ids of the weights.
    pub fn ids(&self) -> impl Iterator<Item = String> + '_ {
        self.terms.iter().map(|term| term.id(&self.coefficients))
    }

    /// Places of the terms among the weights.
    pub fn range(&self) -> Range<usize> {
        self.first..self.first + self.terms.len()
    }

    /// Writes what the columns mean.
    pub fn describe(&self, table: &Dataset) -> ::hdf5::Result<()> {
        let (n, m) = (self.terms.len(), self.coefficients.len());
        let powers = self.terms.iter().flat_map(|term| &term.powers);
        let powers = powers.map(|p| i32::from(*p)).collect();
        let powers = Array2::from_shape_vec((n, m), powers).map_err(|e| e.to_string())?;
        table
            .new_attr_builder()
            .with_data(&powers)
            .create("exponents")?;
        let first = [self.first as i32];
        table.new_attr_builder().with_data(&first).create("first")?;
        let names: Vec<VarLenUnicode> = (self.coefficients.iter())
            .map(|name| name.parse().unwrap_or_default())
            .collect();
        let list = table.new_attr::<VarLenUnicode>().shape(m);
        list.create("coefficients")?.write_raw(&names)
    }

    /// Reads it back; nothing from a file without terms.
    pub fn read(file: &File) -> ::hdf5::Result<Option<(Dataset, Self)>> {
        if !file.link_exists(POLYNOMIAL) {
            return Ok(None);
        }
        let table = file.dataset(POLYNOMIAL)?;
        let powers: Array2<i32> = table.attr("exponents")?.read_2d()?;
        let names = table.attr("coefficients")?.read_raw::<VarLenUnicode>()?;
        let first = table.attr("first")?.read_raw::<i32>()?;
        let shape = table.shape();
        let fits = shape.len() == 2 && shape[1] == powers.nrows() && names.len() == powers.ncols();
        let term = |powers: ArrayView1<i32>| -> Option<Monomial> {
            let powers = powers.iter().map(|p| u8::try_from(*p).ok());
            Some(Monomial {
                powers: powers.collect::<Option<_>>()?,
            })
        };
        let terms: Option<Vec<Monomial>> = powers.rows().into_iter().map(term).collect();
        let first = first.first().and_then(|k| usize::try_from(*k).ok());
        let Some((first, terms)) = first.zip(terms).filter(|_| fits) else {
            return Err(format!(
                "found '{POLYNOMIAL}' of shape {shape:?} with {} coefficients, exponents of shape \
                 {:?}",
                names.len(),
                powers.dim()
            )
            .into());
        };
        let own = Self {
            first,
            coefficients: names.iter().map(ToString::to_string).collect(),
            terms,
        };
        Ok(Some((table, own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Hdf5Reader, Hdf5Writer, Particle, ProcessInfo, WeightInfo};

    #[test]
    fn terms_are_a_dataset_that_is_read_back() {
        let ids = ["1001", "poly_1", "poly_a", "poly_a.a.bc", "score_x"];
        let group = |name: &str, ids: &[&str]| {
            let weight = |id: &&str| format!("<weight id=\"{id}\"> x </weight>\n");
            let weights: String = ids.iter().map(weight).collect();
            format!("<weightgroup name=\"{name}\" combine=\"none\">\n{weights}</weightgroup>\n")
        };
        let mut run = RunInfo {
            processes: vec![ProcessInfo {
                id: 1,
                xsec_pb: 1.0,
                xsec_err_pb: 0.1,
                max_weight: 1.0,
            }],
            weights: ids
                .map(|id| WeightInfo {
                    id: id.to_owned(),
                    text: " x ".to_owned(),
                })
                .to_vec(),
            ..RunInfo::default()
        };
        let groups = [
            group("s", &ids[..1]),
            group(POLYNOMIAL, &ids[1..4]),
            group("score", &ids[4..]),
        ];
        run.spelling.weights = format!("<initrwgt>\n{}</initrwgt>\n", groups.concat());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let mut writer = Hdf5Writer::create(&path, &run).unwrap();
        let event = |k: usize| Event {
            process_id: 1,
            weight: k as f64,
            particles: vec![Particle::default(); 2],
            weights: match k {
                7 => vec![],
                _ => (0..5).map(|j| (10 * k + j) as f64).collect(),
            },
            ..Event::default()
        };
        (0..9).for_each(|k| writer.write(&event(k)).unwrap());
        writer.finish().unwrap();
        let mut reader = Hdf5Reader::open(&path).unwrap();
        assert_eq!(reader.run().weights, run.weights);
        for k in 0..9 {
            let found = reader.next_event().unwrap().unwrap();
            assert_eq!(found.weights, event(k).weights, "{k}");
        }
        let file = File::open(&path).unwrap();
        assert_eq!(file.dataset("events").unwrap().shape(), [9, 12]);
        let table = file.dataset(POLYNOMIAL).unwrap();
        assert_eq!(table.shape(), [9, 3]);
        let powers: Array2<i32> = table.attr("exponents").unwrap().read_2d().unwrap();
        assert_eq!(powers, ndarray::arr2(&[[0, 0], [1, 0], [2, 1]]));
        let rows: Array2<f64> = table.read_2d().unwrap();
        assert_eq!(rows.row(8).to_vec(), [81.0, 82.0, 83.0]);
    }
}
