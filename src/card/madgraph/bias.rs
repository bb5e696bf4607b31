//! `bias_module` of the run card to `run.bias`.
//!
//! Knows the one module that is a formula, `ptj_bias`: more events with a hard leading jet.
//! Source: MadGraph5_aMC@NLO 3.5, `Source/BIAS/ptj_bias`.

use super::cuts::Cuts;
use super::report::CardSection;
use super::source::number;
use crate::suggest::did_you_mean;

/// Parameters of the module with their defaults.
const PARAMETERS: [(&str, f64); 2] = [
    ("ptj_bias_target_ptj", 1000.0),
    ("ptj_bias_enhancement_power", 4.0),
];

/// `{a: 1, 'b': 2.5}`, or one entry without braces.
fn dictionary(text: &str) -> Option<Vec<(String, f64)>> {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let items = inner.split(',').filter(|item| !item.trim().is_empty());
    items
        .map(|item| {
            let (key, value) = item
                .split_once(':')
                .or_else(|| item.trim().split_once(' '))?;
            let key = key.trim().trim_matches(['\'', '"']).to_owned();
            Some((key, number(value.trim())?))
        })
        .collect()
}

impl Cuts<'_> {
    /// The bias that the run card asks for, as an expression of observables.
    pub(super) fn bias(&mut self) -> Option<String> {
        let section = CardSection::Run;
        let module = self.run.text("bias_module").to_lowercase();
        if ["none", "dummy", ""].contains(&module.as_str()) {
            return None;
        }
        let at = self.run.at("bias_module");
        if module != "ptj_bias" {
            let hint = did_you_mean(&module, ["ptj_bias"]);
            let reason = format!(
                "of bias modules 'ptj_bias' is supported{hint}; write the bias as run.bias, for \
                 example \"(ht / 100)^2\""
            );
            self.report.physics("bias", &reason, section, &at);
            return None;
        }
        let [mut target, mut power] = PARAMETERS.map(|(_, value)| value);
        let at_parameters = self.run.at("bias_parameters");
        let Some(found) = dictionary(self.run.text("bias_parameters")) else {
            let reason = "expected numbers by name, as in {ptj_bias_target_ptj: 1000}";
            (self.report).physics("bias_parameters", reason, section, &at_parameters);
            return None;
        };
        for (name, value) in found {
            match name.as_str() {
                "ptj_bias_target_ptj" => target = value,
                "ptj_bias_enhancement_power" => power = value,
                "__type__" => {}
                other => {
                    let hint = did_you_mean(other, PARAMETERS.map(|p| p.0));
                    let reason = format!("'{other}' is no parameter of ptj_bias{hint}");
                    (self.report).physics("bias_parameters", &reason, section, &at_parameters);
                }
            }
        }
        if target <= 0.0 {
            let reason = format!("found ptj_bias_target_ptj = {target}, expected a positive one");
            (self.report).physics("bias_parameters", &reason, section, &at_parameters);
            return None;
        }
        let jets = self.group('j');
        if !self.occurs(&[&jets]) {
            let reason = "no process has a jet: the bias is 1 in all events";
            self.report.note("bias", reason, section, &at);
            return None;
        }
        let label = self.label(&jets);
        Some(format!("(pt({label}[1]) / {target})^{power}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_by_name() {
        let found = dictionary("{'ptj_bias_target_ptj': 5d2,ptj_bias_enhancement_power: 4.0}");
        let found = found.unwrap();
        assert_eq!(found[0], ("ptj_bias_target_ptj".to_owned(), 500.0));
        assert_eq!(found[1].1, 4.0);
        assert_eq!(dictionary("{}"), Some(vec![]));
        assert_eq!(dictionary("a : 2").unwrap()[0], ("a".to_owned(), 2.0));
        assert_eq!(dictionary("{a: b}"), None);
    }
}
