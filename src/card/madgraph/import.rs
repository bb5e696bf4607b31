//! From a folder of MadGraph's cards to a card of omnis: the order of the steps.

use std::path::{Path, PathBuf};

use super::companions::{Companions, companions, name_of};
use super::customize::{customize, entry};
use super::cuts::Cuts;
use super::decays::MadSpin;
use super::final_state::FinalState;
use super::names::Names;
use super::param_card::{ParamEntry, entries};
use super::proc_card::ProcCard;
use super::processes::{Processes, TakenProcess, labels};
use super::report::{CardSection, NotTaken, Report};
use super::run_card::RunParameters;
use super::settings::{Context, beams, events, merging, own_pdf, scales};
use super::source::{SourceLine, commands, read, short_name};
use super::systematics::{reweighting, systematics};
use super::toml_text::{Sections, quoted};
use crate::card::card::Card;
use crate::card::error::CardError;
use crate::card::place::CardFiles;
use crate::model::{Model, ModelError, ModelSpec, ParameterValues, ParticleId, beside};

/// What is given beside the process card.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MadGraphOptions {
    /// Run card in the place of the one beside the process card.
    pub run_card: Option<PathBuf>,
    /// Parameter card, likewise.
    pub param_card: Option<PathBuf>,
    /// PDF set in the place of that of the run card.
    pub pdf: Option<String>,
}

/// A card of omnis made of MadGraph's, and what could not be taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct MadGraphImport {
    /// The new card.
    pub toml: String,
    /// What it lacks, in the order in which it was found.
    pub not_taken: Vec<NotTaken>,
    /// The files that were read, the process card first.
    pub files: Vec<PathBuf>,
    /// What the cards are called, without an ending: events are named after it.
    pub name: PathBuf,
    /// The run card among them.
    pub run_card: Option<PathBuf>,
}

impl MadGraphImport {
    /// Reads the cards in a folder, or a process card and what lies beside it.
    ///
    /// # Errors
    /// [`CardError`] for files that cannot be read, values that cannot be, names that
    /// are unknown, and cards without a process.
    pub fn read(path: &Path, options: &MadGraphOptions) -> Result<Self, CardError> {
        let mut found = companions(path)?;
        found.run_card = options.run_card.clone().or(found.run_card);
        found.param_card = options.param_card.clone().or(found.param_card);
        Importer::new(found, options)?.finish()
    }

    /// The new card, parsed.
    ///
    /// # Errors
    /// [`CardError::Invalid`] for a value that omnis does not take, such as an energy of 0.
    pub fn card(&self) -> Result<Card, CardError> {
        let name = |path: &PathBuf| path.display().to_string();
        let all: Vec<String> = self.files.iter().map(name).collect();
        let mut card = Card::from_str(&self.toml, &format!("the card made of {}", all.join(", ")))?;
        card.run.output = card.run.output_named(&self.name);
        let process = all.first().cloned().unwrap_or_default();
        let files = CardFiles {
            run: self.run_card.as_ref().map_or(process.clone(), name),
            process,
            has_lines: false,
        };
        Ok(Card { files, ..card })
    }

    /// What changes cross section, events or weights.
    pub fn physics(&self) -> impl Iterator<Item = &NotTaken> {
        self.not_taken.iter().filter(|n| n.changes_physics)
    }
}

/// All cards as they are read.
struct Importer<'a> {
    files: Companions,
    options: &'a MadGraphOptions,
    report: Report,
    read: Vec<PathBuf>,
    names: Names,
    model_name: String,
    processes: Processes,
    run: RunParameters,
    set: ParameterValues,
    params: Vec<ParamEntry>,
    out: Sections,
}

impl<'a> Importer<'a> {
    fn new(files: Companions, options: &'a MadGraphOptions) -> Result<Self, CardError> {
        let mut report = Report::default();
        let mut all_read = vec![files.proc_card.clone()];
        let name = short_name(&files.proc_card);
        let text = read(&files.proc_card)?;
        let proc_card = ProcCard::parse(&commands(&text, &name), &mut report);
        let folder = files.proc_card.parent().unwrap_or(Path::new(""));
        let (model_name, model) = model(&proc_card, folder, &mut report);
        let mut names = Names::new(model);
        let processes = Processes::follow(&proc_card.steps, &mut names, &mut report)?;
        if processes.taken.is_empty() {
            let whole = SourceLine {
                file: name.clone(),
                number: 1,
                text: String::new(),
            };
            return Err(whole.error("found no 'generate' line, expected 'generate p p > e+ e-'"));
        }
        let mut run = match &files.run_card {
            Some(path) => {
                all_read.push(path.clone());
                RunParameters::parse(&read(path)?, &short_name(path), &mut report)?
            }
            None => {
                let at = SourceLine::of_file(&files.proc_card);
                let reason = "no run card beside it: every parameter has MadGraph's default";
                report.note("no_run_card", reason, CardSection::Run, &at);
                RunParameters::defaults("run_card.dat")
            }
        };
        let mut lines = Vec::new();
        if let Some(path) = &files.customize {
            all_read.push(path.clone());
            lines.extend(commands(&read(path)?, &short_name(path)));
        }
        lines.extend(proc_card.after_launch.iter().cloned());
        let mut set = ParameterValues::default();
        let known = names.is_model.then(|| names.model());
        customize(&lines, known, &mut run, &mut set, &mut report)?;
        let mut params = Vec::new();
        if let Some(path) = &files.param_card {
            all_read.push(path.clone());
            params = entries(&read(path)?, &short_name(path));
        }
        Ok(Self {
            files,
            options,
            report,
            read: all_read,
            names,
            model_name,
            processes,
            run,
            set,
            params,
            out: Sections::default(),
        })
    }

    fn finish(mut self) -> Result<MadGraphImport, CardError> {
        self.model();
        let five_flavours = self.names.pdgs("p").contains(&5);
        self.flavours(five_flavours);
        let alpha_s = self.alpha_s();
        let first = &self.processes.taken[0].line.core;
        let is_decay = first.initial.len() == 1;
        let segments = || {
            let lines = self.processes.taken.iter();
            lines.flat_map(|p| p.line.core.all())
        };
        let is_one = |name: &String| self.names.resolve(name).is_ok_and(|all| all.len() == 1);
        let context = Context {
            incoming: (first.initial.iter())
                .map(|leg| Some(leg.name.clone()).filter(is_one))
                .collect(),
            five_flavours,
            pdf: self.options.pdf.as_deref(),
            alpha_s,
            polarised: segments().any(|s| {
                let mut legs = s.initial.iter().chain(&s.outgoing);
                legs.any(|leg| leg.polarisation.is_some())
            }),
        };
        let mut hadrons = false;
        if !is_decay {
            hadrons = beams(&self.run, &context, &mut self.out, &mut self.report);
        }
        scales(&self.run, hadrons, &mut self.out, &mut self.report);
        let n_massless = self.n_massless_quarks();
        merging(
            &self.run,
            &context,
            n_massless,
            &mut self.out,
            &mut self.report,
        );
        events(&self.run, &context, &mut self.out, &mut self.report);
        if !is_decay {
            let own = own_pdf(&self.run, &context).filter(|_| hadrons);
            systematics(&self.run, own.as_deref(), &mut self.out, &mut self.report);
        }
        self.madspin()?;
        if !is_decay {
            self.cuts(if five_flavours { 5 } else { 4 });
        }
        self.lines()?;
        self.reweighting()?;
        self.other_files();
        let names: Vec<String> = self.read.iter().map(|f| short_name(f)).collect();
        let origin = format!("MadGraph's {}", names.join(", "));
        Ok(MadGraphImport {
            toml: self.out.text(&origin, &self.report.entries),
            not_taken: self.report.entries,
            name: name_of(&self.files.proc_card),
            files: self.read,
            run_card: self.files.run_card,
        })
    }

    /// Writes `[model]`.
    fn model(&mut self) {
        let section = CardSection::Model;
        if self.model_name != "sm" {
            let name = quoted(&self.model_name);
            self.out.key(section, &format!("name = {name}"), "");
        }
        if let Some(path) = &self.files.param_card {
            let spec = ModelSpec {
                name: self.model_name.clone(),
                param_card: Some(path.clone()),
                ..ModelSpec::default()
            };
            let contradicts = matches!(Model::load(&spec), Err(ModelError::Contradiction(_)));
            if contradicts {
                // MadGraph replaces derived values; here the inputs alone are kept.
                let mut set = ParameterValues::default();
                for p in self
                    .params
                    .iter()
                    .filter(|p| p.value.is_some() || p.is_auto)
                {
                    let (model, report) = (self.names.model(), &mut self.report);
                    entry(
                        &p.block, &p.codes, p.value, &p.line, model, &mut set, report,
                    );
                }
                set.override_with(std::mem::take(&mut self.set));
                self.set = set;
            } else {
                let path = quoted(&path.display().to_string());
                self.out.key(section, &format!("param_card = {path}"), "");
            }
        }
        if !self.set.is_empty() {
            let values = self.set.texts().into_iter();
            let values: Vec<String> = values.map(|(n, v)| format!("{n} = {v}")).collect();
            let text = format!("set = {{ {} }}", values.join(", "));
            self.out.key(section, &text, "");
        }
    }

    /// Tells where the number of light flavours of the run card is not used.
    fn flavours(&mut self, five_flavours: bool) {
        let used = if five_flavours { 5 } else { 4 };
        if self.run.names("maxjetflavor") && self.run.whole("maxjetflavor") != used {
            let has = if five_flavours { "has" } else { "has no" };
            let reason =
                format!("{used} is used, as in production with gridpacks: p {has} b quarks");
            let at = self.run.at("maxjetflavor");
            self.report
                .note("maxjetflavor", &reason, CardSection::Cuts, &at);
        }
    }

    /// Quarks without mass, of the model as the cards leave it.
    fn n_massless_quarks(&self) -> usize {
        let model = self.names.model();
        let is_light = |name: &str, id: ParticleId| {
            let is_it = |p: &&ParamEntry| p.block == "MASS" && p.codes == [model.particle(id).pdg];
            let of_card = self.params.iter().find(is_it).and_then(|p| p.value);
            let mass = self.set.get(name).copied().or(of_card);
            mass.unwrap_or(model.particle(id).mass) == 0.0
        };
        let quarks = [(4, "MC"), (5, "MB")].into_iter().filter(|(pdg, name)| {
            let id = model.by_pdg(*pdg);
            id.is_some_and(|id| is_light(name, id))
        });
        3 + quarks.count()
    }

    fn alpha_s(&self) -> f64 {
        let is_it = |p: &&ParamEntry| p.block == "SMINPUTS" && p.codes == [3];
        let of_card = self.params.iter().find(is_it).and_then(|p| p.value);
        let set = self.set.get("aS").copied();
        set.or(of_card)
            .unwrap_or_else(|| self.names.model().alpha_s())
    }

    /// Writes `[cuts]`.
    fn cuts(&mut self, max_jet_flavour: i32) {
        let energy = self.run.number("ebeam1") + self.run.number("ebeam2");
        let finals = self.processes.taken.iter().map(|p| p.state.clone());
        let mut cuts = Cuts::new(
            &self.run,
            &mut self.names,
            finals.collect(),
            &mut self.report,
            max_jet_flavour,
            energy,
        );
        cuts.translate();
        let conditions = std::mem::take(&mut cuts.conditions);
        let bias = cuts.bias();
        self.processes.labels.extend(cuts.labels());
        if let Some(text) = bias {
            let text = format!("bias = {}", quoted(&text));
            self.out.key(CardSection::Run, &text, "bias_module");
        }
        if !conditions.is_empty() {
            let rows: Vec<(String, String)> =
                conditions.into_iter().map(|c| (c.text, c.from)).collect();
            self.out.list(CardSection::Cuts, "require", &rows);
        }
    }

    /// Takes over the decays of a MadSpin card.
    fn madspin(&mut self) -> Result<(), CardError> {
        let Some(path) = &self.files.madspin else {
            return Ok(());
        };
        self.read.push(path.clone());
        let lines = commands(&read(path)?, &short_name(path));
        let card = MadSpin::parse(&lines, &mut self.names, &mut self.report)?;
        let at = SourceLine::of_file(path);
        let section = CardSection::Process;
        let mut any = false;
        for TakenProcess { line, state } in &mut self.processes.taken {
            match card.decay(&mut line.core, &self.names) {
                Ok(decays) => any |= decays,
                Err(reason) => self.report.physics("madspin", &reason, section, &at),
            }
            *state = FinalState::new(line, &self.names);
            self.processes.labels.extend(labels(line, &self.names));
        }
        if any {
            let reason = "its decays are decay chains here: the matrix element is the same, but \
                          the virtualities of what decays enter production, too, and masses \
                          beyond bw_cutoff widths are missing (2 % at 15)";
            self.report.note("madspin", reason, section, &at);
        }
        Ok(())
    }

    /// Writes `[process]`.
    fn lines(&mut self) -> Result<(), CardError> {
        let mut rows = Vec::new();
        for TakenProcess { line, .. } in &self.processes.taken {
            let text = line.text();
            rows.push((text, String::new()));
        }
        self.out.list(CardSection::Process, "generate", &rows);
        let mut definitions = String::new();
        for label in &self.processes.labels {
            if let Some(members) = self.names.own_definition(label) {
                let members: Vec<String> = members.iter().map(|m| quoted(m)).collect();
                let line = format!("\n{} = [{}]", quoted(label), members.join(", "));
                definitions.push_str(&line);
            }
        }
        if !definitions.is_empty() {
            let text = format!("\n[process.define]{definitions}");
            self.out.key(CardSection::Process, &text, "");
        }
        Ok(())
    }

    /// Takes over the points of a reweighting card.
    fn reweighting(&mut self) -> Result<(), CardError> {
        let Some(path) = &self.files.reweight else {
            return Ok(());
        };
        self.read.push(path.clone());
        let lines = commands(&read(path)?, &short_name(path));
        let known = self.names.is_model.then(|| self.names.model());
        reweighting(&lines, known, &mut self.out, &mut self.report)
    }

    /// Tells of files that are not read.
    fn other_files(&mut self) {
        for path in &self.files.others {
            let at = SourceLine::of_file(path);
            let is_code = path.extension().is_some_and(|e| e == "f" || e == "patch");
            if is_code {
                let reason = "changes of MadGraph's code are not supported";
                self.report
                    .physics("custom_code", reason, CardSection::Run, &at);
            } else {
                self.report
                    .note("other_file", "not read", CardSection::Run, &at);
            }
        }
    }
}

/// Name of the model as omnis has it, and the model if it has it.
fn model(card: &ProcCard, folder: &Path, report: &mut Report) -> (String, Option<Model>) {
    let name = card.model_name();
    // A loop model at tree level is the model.
    let name = match name.strip_prefix("loop_") {
        Some(plain) if plain.starts_with("sm") => plain,
        _ => name,
    };
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = beside(name, folder).unwrap_or_else(|| name.to_owned());
    let spec = ModelSpec {
        name: name.clone(),
        ..ModelSpec::default()
    };
    let loaded = Model::load(&spec);
    if let (Err(error), Some((_, at))) = (&loaded, &card.model) {
        report.physics("model", &error.to_string(), CardSection::Model, at);
    }
    (name, loaded.ok())
}
