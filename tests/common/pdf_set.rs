//! Sets of parton densities with members, made from the embedded one.

#![allow(dead_code, reason = "every program uses a part of it")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use omnis::beam::PdfSet;

const FLAVOURS: [i32; 11] = [-5, -4, -3, -2, -1, 21, 1, 2, 3, 4, 5];

/// A set to be written.
pub struct MadeSet<'a> {
    pub name: &'a str,
    pub index: usize,
    pub error_type: &'a str,
    pub n_members: usize,
    /// Further lines of the info file.
    pub info: &'a str,
    /// Factor of the density of a flavour at `x` in a member.
    pub factor: &'a dyn Fn(usize, i32, f64) -> f64,
    /// `alpha_s(m_Z)` of a member.
    pub alpha_s: &'a dyn Fn(usize) -> f64,
}

/// A member differs by a few per cent, in a way of its own.
pub fn spread(member: usize, flavour: i32, x: f64) -> f64 {
    let phase = member as f64 + 0.3 * f64::from(flavour % 7);
    1.0 + if member == 0 {
        0.0
    } else {
        0.03 * (phase + x.ln()).sin()
    }
}

impl MadeSet<'_> {
    /// Writes it below `folder`, which may stand in `LHAPDF_DATA_PATH` then; returns its own
    /// folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let set = folder.join(self.name);
        fs::create_dir_all(&set).unwrap();
        let positive = match self.info.contains("ForcePositive") {
            true => "",
            false => "ForcePositive: 2\n",
        };
        let info = format!(
            "SetDesc: \"made for tests\"\nSetIndex: {}\nFormat: lhagrid1\nNumMembers: {}\n\
             Particle: 2212\nErrorType: {}\n{positive}AlphaS_Type: ode\n\
             AlphaS_OrderQCD: 1\nNumFlavors: 5\nMZ: 91.1876\nMCharm: 1.4\nMBottom: 4.75\n{}",
            self.index, self.n_members, self.error_type, self.info
        );
        fs::write(set.join(format!("{}.info", self.name)), info).unwrap();
        let central = PdfSet::embedded();
        for member in 0..self.n_members {
            let name = format!("{}_{member:04}.dat", self.name);
            fs::write(set.join(name), self.member(&central, member)).unwrap();
        }
        set
    }

    fn member(&self, central: &PdfSet, member: usize) -> String {
        let knots = |n: usize, low: f64, high: f64| -> Vec<f64> {
            let last = (n - 1) as f64;
            (0..n)
                .map(|k| low * (high / low).powf(k as f64 / last))
                .collect()
        };
        let mut x = knots(40, 1e-7, 0.3);
        x.extend((1..=14).map(|k| 0.3 + 0.05 * f64::from(k)));
        let mut text = format!(
            "Format: lhagrid1\nAlphaS_MZ: {}\n---\n",
            (self.alpha_s)(member)
        );
        for q in [knots(8, 1.65, 4.75), knots(24, 4.75, 1e4)] {
            let line = |list: &[f64]| list.iter().map(|v| format!("{v:e} ")).collect::<String>();
            let _ = writeln!(text, "{}\n{}", line(&x), line(&q));
            let flavours = FLAVOURS.map(|f| f.to_string()).join(" ");
            let _ = writeln!(text, "{flavours}");
            for x in &x {
                for q in &q {
                    for f in FLAVOURS {
                        let value = central.xf_point(f, *x, q * q) * (self.factor)(member, f, *x);
                        let _ = write!(text, "{value:.7e} ");
                    }
                    text.push('\n');
                }
            }
            text += "---\n";
        }
        text
    }
}
