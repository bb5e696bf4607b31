//! The strong coupling at a scale: fixed, running, or the table of a PDF set.
//!
//! Knows scales; knows no process. Sources: see the modules that do the work.

use super::BeamError;
use super::alpha_s_table::AlphaSTable;
use super::pdf_info::Info;
use super::rge::{RunningAlphaS, RunningTable};

/// `alpha_s(mu)`.
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaS {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Fixed(f64),
    Running(RunningTable),
    Table(AlphaSTable),
}

impl AlphaS {
    /// The same value at every scale.
    ///
    /// # Errors
    /// [`BeamError::BadAlphaS`] unless `value` is finite and not negative.
    pub fn fixed(value: f64) -> Result<Self, BeamError> {
        if !(value.is_finite() && value >= 0.0) {
            return Err(BeamError::BadAlphaS {
                what: format!("value must be finite and not negative, not {value}"),
            });
        }
        Ok(Self {
            kind: Kind::Fixed(value),
        })
    }

    /// The solution of the renormalisation group equation.
    ///
    /// # Errors
    /// [`BeamError::BadAlphaS`] for parameters out of range.
    pub fn running(parameters: &RunningAlphaS) -> Result<Self, BeamError> {
        Ok(Self {
            kind: Kind::Running(RunningTable::new(parameters)?),
        })
    }

    /// The coupling that a PDF set describes.
    pub(crate) fn from_info(set: &str, info: &Info) -> Result<Self, BeamError> {
        let missing = |what: &str| BeamError::NoAlphaS {
            set: set.to_owned(),
            what: what.to_owned(),
        };
        match info.text("AlphaS_Type") {
            Some("ipol") => {
                let q = info.list("AlphaS_Qs")?;
                let q = q.ok_or_else(|| missing("no AlphaS_Qs"))?;
                let values = info.list("AlphaS_Vals")?;
                let values = values.ok_or_else(|| missing("no AlphaS_Vals"))?;
                let table = AlphaSTable::new(&q, &values)
                    .map_err(|what| info.bad("AlphaS_Vals", format!("alpha_s table: {what}")))?;
                Ok(Self {
                    kind: Kind::Table(table),
                })
            }
            Some("ode") => {
                let value = info.number("AlphaS_MZ")?;
                let order = info.number::<u32>("AlphaS_OrderQCD")?;
                let n_flavours = info.number::<usize>("NumFlavors")?.unwrap_or(5);
                let mut thresholds = Vec::new();
                for key in ["MCharm", "MBottom", "MTop"]
                    .into_iter()
                    .take(n_flavours.saturating_sub(3))
                {
                    let mass = info.number(key)?;
                    thresholds.push(mass.ok_or_else(|| missing(&format!("no {key}")))?);
                }
                Self::running(&RunningAlphaS {
                    value: value.ok_or_else(|| missing("no AlphaS_MZ"))?,
                    at: info.number("MZ")?.ok_or_else(|| missing("no MZ"))?,
                    loops: order
                        .ok_or_else(|| missing("no AlphaS_OrderQCD"))?
                        .saturating_add(1),
                    thresholds,
                })
            }
            Some(other) => Err(missing(&format!(
                "AlphaS_Type '{other}' is not supported (ipol and ode are); give alpha_s explicitly"
            ))),
            None => Err(missing("no AlphaS_Type")),
        }
    }

    /// Refuses a scale in GeV at which a running coupling is above 1 or has no value.
    ///
    /// # Errors
    /// [`BeamError::StrongScale`].
    pub fn check_scale(&self, mu: f64) -> Result<(), BeamError> {
        let alpha_s = self.at(mu);
        let is_fixed = matches!(self.kind, Kind::Fixed(_));
        match is_fixed || (0.0..=1.0).contains(&alpha_s) {
            true => Ok(()),
            false => Err(BeamError::StrongScale { mu, alpha_s }),
        }
    }

    /// The coupling at `mu` in GeV. NaN where `mu` is NaN or not positive
    /// (unless it is fixed), and below the Landau pole of a running coupling.
    pub fn at(&self, mu: f64) -> f64 {
        match &self.kind {
            Kind::Fixed(value) => *value,
            Kind::Running(table) => table.at(mu),
            Kind::Table(table) if mu > 0.0 => table.at(mu * mu),
            Kind::Table(_) => f64::NAN,
        }
    }

    /// [`AlphaS::at`] for a batch: `mu` in GeV and `out` are `[n]`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn at_batch(&self, mu: &[f64], out: &mut [f64]) {
        assert_eq!(mu.len(), out.len(), "one value per scale");
        for (out, &mu) in out.iter_mut().zip(mu) {
            *out = self.at(mu);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_what_its_scales_give() {
        let running = AlphaS::running(&RunningAlphaS {
            value: 0.118,
            at: 91.188,
            loops: 2,
            thresholds: vec![1.42, 4.7],
        })
        .unwrap();
        let mu = [1.0, 5.0, 91.188, 1e4];
        let mut out = [0.0; 4];
        for alpha_s in [AlphaS::fixed(0.12).unwrap(), running] {
            alpha_s.at_batch(&mu, &mut out);
            for (mu, a) in mu.iter().zip(out) {
                assert_eq!(alpha_s.at(*mu), a);
            }
        }
        assert!(AlphaS::fixed(f64::NAN).is_err());
    }

    #[test]
    fn a_set_without_a_usable_coupling_says_so() {
        let info = |text: &str| Info::parse(text, "x.info").unwrap();
        let message = |text: &str| AlphaS::from_info("x", &info(text)).unwrap_err().to_string();
        assert_eq!(
            message("A: 1\n"),
            "PDF set 'x' has no usable alpha_s: no AlphaS_Type"
        );
        assert!(message("AlphaS_Type: analytic\n").contains("'analytic' is not supported"));
        assert!(message("AlphaS_Type: ipol\n").ends_with("no AlphaS_Qs"));
        let broken = "AlphaS_Type: ipol\nAlphaS_Qs: [1, 2]\nAlphaS_Vals: [0.3]\n";
        assert_eq!(
            message(broken),
            "x.info:3: alpha_s table: 2 scales but 1 values"
        );
        let ode = "AlphaS_Type: ode\nAlphaS_MZ: 0.118\nMZ: 91.2\nAlphaS_OrderQCD: 1\n\
                   NumFlavors: 5\nMCharm: 1.4\nMBottom: 4.7\n";
        let alpha_s = AlphaS::from_info("x", &info(ode)).unwrap();
        assert!((alpha_s.at(91.2) - 0.118).abs() < 1e-12);
    }
}
