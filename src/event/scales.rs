//! The scales of one event, and how event files state them.
//!
//! `SCALUP` is where a shower starts. The others are it as well, unless
//! `<scales muf="" mur="" mups="">` (version 3, 1405.1067) or the attributes `muf2` and
//! `mur2` of Sherpa's files say otherwise. Beams with factorisation scales of their own
//! have `muf1` and `muf2` in `<scales>` as well; `muf` is then the larger one.

use super::xml::{attributes, find_element, without};

/// Scales of an event in GeV.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EventScales {
    /// Where a shower starts (SCALUP).
    pub start: f64,
    /// Factorisation scales of the parton densities of beam 1 and beam 2.
    pub mu_f: [f64; 2],
    /// Renormalisation scale of the coupling.
    pub mu_r: f64,
}

impl EventScales {
    /// The same scale for everything.
    pub fn all(gev: f64) -> Self {
        Self {
            start: gev,
            mu_f: [gev; 2],
            mu_r: gev,
        }
    }

    /// What an event with this SCALUP says in its attributes and further lines; values
    /// that are no positive numbers say nothing.
    pub(crate) fn stated(start: f64, event_attributes: &str, rest: &str) -> Self {
        let mut scales = Self::all(start);
        let number = |value: &str| value.trim().parse().ok().filter(|v: &f64| *v > 0.0);
        for (name, value) in attributes(event_attributes) {
            match (name, number(&value)) {
                ("muf2", Some(value)) => scales.mu_f = [value.sqrt(); 2],
                ("mur2", Some(value)) => scales.mu_r = value.sqrt(),
                _ => {}
            }
        }
        if let Some(element) = find_element(rest, "scales") {
            let mut of_beams = [None; 2];
            for (name, value) in attributes(element.attributes) {
                match (name, number(&value)) {
                    ("muf", Some(value)) => scales.mu_f = [value; 2],
                    ("muf1", value) => of_beams[0] = value,
                    ("muf2", value) => of_beams[1] = value,
                    ("mur", Some(value)) => scales.mu_r = value,
                    _ => {}
                }
            }
            for (mu_f, own) in scales.mu_f.iter_mut().zip(of_beams) {
                *mu_f = own.unwrap_or(*mu_f);
            }
        }
        scales
    }

    /// The line of a version 3 event that states them.
    pub(crate) fn line(&self) -> String {
        self.line_with(&[])
    }

    /// The same with scales in GeV at which particles were radiated, by their places in the
    /// event from 1: what Pythia takes as production scales.
    pub(crate) fn line_with(&self, of_particles: &[(usize, f64)]) -> String {
        let text = |number: f64| ryu::Buffer::new().format(number).to_owned();
        let [first, second] = self.mu_f;
        let of_beams = match first == second {
            true => String::new(),
            false => format!(" muf1=\"{}\" muf2=\"{}\"", text(first), text(second)),
        };
        let [mu_f, mu_r, start] = [self.larger_mu_f(), self.mu_r, self.start].map(text);
        let of_particles: String = (of_particles.iter())
            .map(|(place, scale)| format!(" pt_clust_{place}=\"{}\"", text(*scale)))
            .collect();
        format!(
            "<scales muf=\"{mu_f}\" mur=\"{mu_r}\" mups=\"{start}\"{of_beams}{of_particles}></scales>\n"
        )
    }

    /// The larger factorisation scale: the only one where there is place for one.
    pub fn larger_mu_f(&self) -> f64 {
        self.mu_f[0].max(self.mu_f[1])
    }

    /// The further lines of an event without the line that omnis would write.
    pub(crate) fn without_own_line(&self, rest: String) -> String {
        match find_element(&rest, "scales") {
            Some(_) if rest.contains(&self.line()) => without(&rest, "scales"),
            _ => rest,
        }
    }

    /// Scales in GeV at which particles were radiated, by their places in the event from 1, as
    /// further lines of an event say.
    #[cfg(feature = "hdf5")]
    pub(crate) fn of_particles(rest: &str) -> Vec<(usize, f64)> {
        let stated = |(name, value): (&str, String)| {
            let place = place_of(name)?;
            let value = value.trim().parse().ok().filter(|v: &f64| *v > 0.0)?;
            Some((place, value))
        };
        let element = find_element(rest, "scales");
        let all = element.map(|e| attributes(e.attributes).filter_map(stated).collect());
        all.unwrap_or_default()
    }

    /// Whether further lines of an event with so many particles hold nothing but scales.
    #[cfg(feature = "hdf5")]
    pub(crate) fn is_all_of(rest: &str, n_particles: usize) -> bool {
        find_element(rest, "scales").is_some_and(|element| {
            let known = |(name, _): (&str, String)| match place_of(name) {
                Some(place) => (1..=n_particles).contains(&place),
                None => ["muf", "mur", "mups", "muf1", "muf2"].contains(&name),
            };
            let whole = element.before.trim().is_empty() && element.rest.trim().is_empty();
            whole && element.content.trim().is_empty() && attributes(element.attributes).all(known)
        })
    }
}

/// The place that an attribute such as `pt_clust_4` is about.
#[cfg(feature = "hdf5")]
fn place_of(attribute: &str) -> Option<usize> {
    attribute.strip_prefix("pt_clust_")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_the_start_of_the_shower_unless_something_else_is_said() {
        let of = |attributes, rest| EventScales::stated(91.0, attributes, rest);
        let scales = |mu_f, mu_r| EventScales {
            start: 91.0,
            mu_f: [mu_f; 2],
            mu_r,
        };
        assert_eq!(of("", ""), EventScales::all(91.0));
        assert_eq!(
            of(" trials='2' muf2='100' mur2='400'", ""),
            scales(10.0, 20.0)
        );
        let line = "<scales mur='30' mups=\"91\" pt_clust_1='7'></scales>\n";
        assert_eq!(of("", line), scales(91.0, 30.0));
        assert_eq!(of(" mur2='400'", line), scales(91.0, 30.0));
        assert_eq!(
            of(" muf2='-1'", "<scales muf='x'/>"),
            EventScales::all(91.0)
        );
    }

    #[test]
    fn two_factorisation_scales_come_back_in_full() {
        let scales = EventScales {
            start: 91.188,
            mu_f: [1.0 / 3.0, 200.0],
            mu_r: 30.0,
        };
        let line = scales.line();
        assert_eq!(
            line,
            "<scales muf=\"200.0\" mur=\"30.0\" mups=\"91.188\" muf1=\"0.3333333333333333\" muf2=\"200.0\"></scales>\n"
        );
        assert_eq!(EventScales::stated(91.188, "", &line), scales);
        assert_eq!(scales.without_own_line(line), "");
    }

    #[test]
    fn the_line_says_all_and_only_it_is_taken_from_an_event() {
        let scales = EventScales {
            start: 91.188,
            mu_f: [1.0 / 3.0; 2],
            mu_r: 1e30,
        };
        let line = scales.line();
        assert_eq!(
            line,
            "<scales muf=\"0.3333333333333333\" mur=\"1e30\" mups=\"91.188\"></scales>\n"
        );
        assert_eq!(EventScales::stated(91.188, "", &line), scales);
        assert_eq!(scales.without_own_line(format!("# a\n{line}")), "# a\n");
        let other = line.replace('"', "'");
        assert_eq!(scales.without_own_line(other.clone()), other);
    }
}
