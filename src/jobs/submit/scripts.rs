//! The files of a folder of jobs: shell scripts, submission files made of templates, the DAG of
//! HTCondor, and the script that hands them over.
//!
//! Knows the shell and the two batch systems; runs nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::plan::{Engine, LOGS, SubmitPlan, TARBALL, shell_word};
use super::status::ranges_text;
use super::template::templates;
use crate::jobs::is_split;
use crate::storage::{MAX_TEXT, StorageError, read_text};

/// The list of what was handed to Slurm.
pub(super) const SUBMITTED: &str = "submitted";

/// Parts on one line of a DAG.
const PARENTS_OF_A_LINE: usize = 100;

const SETUP: &str = "\
# Sourced before each part and before the merge: modules, variables. It is yours to change:
# omnis submit keeps it.
";

/// What is written for some jobs of a plan.
pub(super) struct Scripts<'a> {
    plan: &'a SubmitPlan,
    folder: &'a Path,
    jobs: &'a [u64],
    max_array: u64,
}

impl<'a> Scripts<'a> {
    pub fn new(plan: &'a SubmitPlan, folder: &'a Path, jobs: &'a [u64], max_array: u64) -> Self {
        Self {
            plan,
            folder,
            jobs,
            max_array: max_array.max(1),
        }
    }

    /// All files with their names. Templates and `setup.sh` are among them where they are not
    /// in the folder yet.
    ///
    /// # Errors
    /// [`StorageError`] for a template that cannot be read or filled in.
    pub fn files(&self) -> Result<Vec<(String, String)>, StorageError> {
        let mut list = vec![
            ("part.sh".to_owned(), self.part()),
            ("merge.sh".to_owned(), self.merge()),
        ];
        if !self.folder.join("setup.sh").exists() {
            list.push(("setup.sh".to_owned(), SETUP.to_owned()));
        }
        let [parts, merge] = templates(self.plan.engine, self.plan.transfer);
        let mut texts = Vec::new();
        for template in [parts, merge] {
            let path = self.folder.join(template.file);
            let label = path.display().to_string();
            if path.exists() {
                let text = read_text(&path, MAX_TEXT);
                texts.push((
                    label.clone(),
                    text.map_err(|source| StorageError::Read {
                        path: label,
                        source,
                    })?,
                ));
            } else {
                list.push((template.file.to_owned(), template.first.to_owned()));
                texts.push((label, template.first.to_owned()));
            }
        }
        let arrays = self.arrays();
        match self.plan.engine {
            Engine::Slurm => {
                for (offset, indices) in &arrays {
                    let mut values = self.values(self.plan.threads);
                    let throttle = self.plan.requests.throttle;
                    let throttle = throttle.map_or_else(String::new, |n| format!("%{n}"));
                    values.push(("array", ranges_text(indices) + &throttle));
                    values.push(("offset", offset.to_string()));
                    let text = parts.fill(&texts[0].0, &texts[0].1, &values)?;
                    list.push((array_file(*offset), text));
                }
                list.push(("submit.sh".to_owned(), self.submit_slurm(&arrays)));
            }
            Engine::HtCondor => {
                let values = self.values(self.plan.threads);
                let text = parts.fill(&texts[0].0, &texts[0].1, &values)?;
                list.push((parts.product().to_owned(), text));
                list.push(("jobs.dag".to_owned(), self.dag()));
                list.push(("submit.sh".to_owned(), self.submit_condor()));
            }
        }
        let text = merge.fill(&texts[1].0, &texts[1].1, &self.values(1))?;
        list.push((merge.product().to_owned(), text));
        Ok(list)
    }

    /// The names that every template knows.
    fn values(&self, threads: usize) -> Vec<(&'static str, String)> {
        let (requests, engine) = (&self.plan.requests, self.plan.engine);
        vec![
            ("folder", self.folder.display().to_string()),
            ("resources", requests.resources(engine, threads).join("\n")),
            ("directives", requests.directives(engine).join("\n")),
            ("retries", requests.retries.to_string()),
        ]
    }

    /// The jobs as arrays: what is added to the elements, and the elements, which are below
    /// the largest number that Slurm takes.
    fn arrays(&self) -> BTreeMap<u64, Vec<u64>> {
        let mut arrays: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for job in self.jobs {
            let index = job % self.max_array;
            arrays.entry(job - index).or_default().push(index);
        }
        arrays
    }

    fn head(&self) -> String {
        format!(
            "#!/bin/sh\n# Hands the jobs to the batch system.\nset -e\ncd {}\n",
            shell_word(self.folder)
        )
    }

    /// With a throttle one array begins when the one before has ended, however it did.
    fn submit_slurm(&self, arrays: &BTreeMap<u64, Vec<u64>>) -> String {
        let mut text = self.head();
        let _ = writeln!(text, ": > {SUBMITTED}\nafter=");
        for offset in arrays.keys() {
            let wait = match self.plan.requests.throttle {
                Some(_) => "${id:+--dependency=afterany:$id} ",
                None => "",
            };
            let _ = writeln!(
                text,
                "id=$(sbatch --parsable {wait}{file})\nid=${{id%%;*}}\n\
                 echo \"$id {offset}\" >> {SUBMITTED}\nafter=$after:$id",
                file = array_file(*offset)
            );
        }
        text.push_str(
            "merge=$(sbatch --parsable ${after:+--dependency=afterok$after} merge.sbatch)\n\
             echo \"arrays ${after#:} merge ${merge%%;*}\"\n",
        );
        text
    }

    fn submit_condor(&self) -> String {
        let most = self.plan.requests.throttle;
        let most = most.map_or_else(String::new, |n| format!("-maxjobs {n} "));
        self.head() + "exec condor_submit_dag -f " + &most + "jobs.dag\n"
    }

    /// One node for each part: of a node with many jobs DAGMan removes all when one fails.
    fn dag(&self) -> String {
        let names: Vec<String> = self
            .jobs
            .iter()
            .map(|k| SubmitPlan::part_name(*k))
            .collect();
        let mut text = String::new();
        for (job, name) in self.jobs.iter().zip(&names) {
            let _ = writeln!(text, "JOB {name} parts.sub");
            let _ = writeln!(text, "VARS {name} job=\"{job}\" part=\"{name}\"");
        }
        text.push_str("JOB merge merge.sub\n");
        for some in names.chunks(PARENTS_OF_A_LINE) {
            let _ = writeln!(text, "PARENT {} CHILD merge", some.join(" "));
        }
        text
    }

    /// Makes one part: `sh part.sh JOB`.
    fn part(&self) -> String {
        let plan = self.plan;
        let mut cases = String::new();
        for job in plan.jobs() {
            let range = plan.range(job);
            let _ = writeln!(cases, "    {job}) range={}..{} ;;", range.start, range.end);
        }
        let (place, program, pack) = match plan.transfer {
            true => (
                "# The files of this job are in the working directory.\n".to_owned(),
                "gridpack/omnis".to_owned(),
                "gridpack/pack.omnis".to_owned(),
            ),
            false => (
                format!("cd {} || exit 1\n", shell_word(self.folder)),
                shell_word(&plan.program),
                shell_word(&plan.pack),
            ),
        };
        let unpack = match plan.transfer {
            true => format!(
                "[ ! -s \"$name.state\" ] || tar xf \"$name.state\" || exit 1\n\
                 mkdir -p gridpack && tar xzf {TARBALL} -C gridpack || exit 1\n\
                 [ ! -d gridpack/pdf ] || export LHAPDF_DATA_PATH=\"$PWD/gridpack/pdf\"\n"
            ),
            false => String::new(),
        };
        let after = match (plan.transfer, plan.engine) {
            (true, _) => "# What there is so far goes back with the job, and comes again with it.\n\
                 if [ -d \".$part.partial\" ]; then\n    tar cf \"$name.state\" \".$part.partial\"\n\
                 else\n    : > \"$name.state\"\nfi\n"
                .to_owned(),
            (false, Engine::Slurm) => self.requeue(),
            (false, Engine::HtCondor) => String::new(),
        };
        format!(
            "# Makes one part of a sample: part.sh JOB. A part that is there is kept; one\n\
             # that was interrupted goes on where it was.\n\
             exec 2>&1\n\
             {place}case \"$1\" in\n{cases}    *) echo \"no job '$1'\"; exit 2 ;;\nesac\n\
             name=$(printf 'part_%05d' \"$1\")\n\
             part=$name.lhe.gz\n\
             [ -e \"$part\" ] && exit 0\n\
             say() {{ echo \"-- omnis part $job: $1, $(date -u +%Y-%m-%dT%H:%M:%SZ)\"; }}\n\
             job=$1\n\
             say \"begins events $range on $(uname -n)\"\n\
             . ./setup.sh\n\
             {unpack}\
             {program} -v generate {pack} --seed {seed} --range \"$range\" --threads {threads} -o \"$part\" &\n\
             child=$!\n\
             # The batch system signals this shell; the program is to hear of it.\n\
             again=no\n\
             trap 'again=yes; kill -USR1 $child' USR1\n\
             trap 'kill -USR1 $child' TERM\n\
             wait $child\ncode=$?\n\
             while kill -0 $child 2>/dev/null; do\n    wait $child\n    code=$?\ndone\n\
             say \"exit code $code\"\n\
             {after}exit $code\n",
            seed = plan.seed,
            threads = plan.threads,
        )
    }

    /// After a part of Slurm: once more, where that helps.
    fn requeue(&self) -> String {
        format!(
            "requeue() {{\n    say \"queued again\"\n    \
             scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\" && sleep 60\n}}\n\
             failures={LOGS}/$name.failures\n\
             case $code in\n    \
             0) rm -f \"$failures\" ;;\n    \
             # Bad input does not mend itself.\n    2) ;;\n    \
             # Time was nearly up. A job that was cancelled stays so.\n    \
             85) [ \"$again\" = no ] || requeue ;;\n    \
             *)\n        echo failed >> \"$failures\"\n        \
             [ \"$(wc -l < \"$failures\")\" -gt {retries} ] || requeue\n        ;;\nesac\n",
            retries = self.plan.requests.retries
        )
    }

    /// Merges all parts and checks the number of events.
    fn merge(&self) -> String {
        let plan = self.plan;
        let parts: Vec<String> = plan.jobs().into_iter().map(SubmitPlan::part).collect();
        let verify = match is_split(&plan.output) {
            // Files of one process do not say which events of the sample they have.
            true => String::new(),
            false => format!(
                "{} verify {} --gridpack {}\n",
                shell_word(&plan.program),
                shell_word(&plan.output),
                shell_word(&plan.pack)
            ),
        };
        format!(
            "# Merges the parts and checks the result.\n\
             set -e\nexec 2>&1\ncd {folder}\n. ./setup.sh\n\
             {program} -v merge \\\n    {parts} \\\n    -o {output}{force}\n{verify}",
            // What stood there was looked at when the jobs were made, unless it is several files.
            force = if is_split(&plan.output) {
                ""
            } else {
                " --force"
            },
            folder = shell_word(self.folder),
            program = shell_word(&plan.program),
            output = shell_word(&plan.output),
            parts = parts.join(" \\\n    "),
        )
    }
}

/// The file of an array of Slurm.
fn array_file(offset: u64) -> String {
    format!("parts_{offset}.sbatch")
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::plan as sample;
    use super::*;

    fn plan(engine: Engine, n_jobs: u64) -> SubmitPlan {
        SubmitPlan {
            engine,
            ..sample(5000 * n_jobs, n_jobs)
        }
    }

    #[test]
    fn scripts_quote_paths_and_name_ranges() {
        let mut plan = plan(Engine::Slurm, 2);
        plan.n_events = 5000;
        let text = Scripts::new(&plan, Path::new("/jobs here"), &[0], 1000).part();
        assert!(text.contains("cd '/jobs here'"), "{text}");
        assert!(text.contains("'/a b/it'\\''s.omnis' --seed 3"), "{text}");
        assert!(text.contains("0) range=0..2048 ;;"), "{text}");
        assert!(text.contains("1) range=2048..5000 ;;"), "{text}");
    }

    #[test]
    fn arrays_stay_below_the_largest_element_and_hold_every_job_once() {
        let plan = plan(Engine::Slurm, 25);
        let jobs: Vec<u64> = plan.jobs().into_iter().filter(|k| *k != 12).collect();
        let scripts = Scripts::new(&plan, Path::new("/j"), &jobs, 10);
        let arrays = scripts.arrays();
        assert!(arrays.values().flatten().all(|k| *k < 10));
        let all = arrays
            .iter()
            .flat_map(|(o, a)| a.iter().map(move |k| o + k));
        assert_eq!(all.collect::<Vec<u64>>(), jobs);
        let files: BTreeMap<String, String> = scripts.files().unwrap().into_iter().collect();
        let second = &files["parts_10.sbatch"];
        assert!(second.contains("#SBATCH --array=0-1,3-9\n"), "{second}");
        assert!(second.contains("SLURM_ARRAY_TASK_ID + 10))"), "{second}");
        assert!(files["parts_20.sbatch"].contains("#SBATCH --array=0-4\n"));
        assert!(!files["submit.sh"].contains("afterany"));
    }

    #[test]
    fn a_throttle_holds_within_arrays_and_between_them() {
        let mut slurm = plan(Engine::Slurm, 25);
        slurm.requests.throttle = Some(4);
        let jobs = slurm.jobs();
        let files = Scripts::new(&slurm, Path::new("/j"), &jobs, 10)
            .files()
            .unwrap();
        let files: BTreeMap<String, String> = files.into_iter().collect();
        assert!(files["parts_0.sbatch"].contains("#SBATCH --array=0-9%4\n"));
        let submit = &files["submit.sh"];
        assert_eq!(submit.matches("afterany").count(), 3, "{submit}");
        let mut condor = plan(Engine::HtCondor, 3);
        condor.requests.throttle = Some(4);
        let files = Scripts::new(&condor, Path::new("/j"), &[0, 2], 10)
            .files()
            .unwrap();
        let files: BTreeMap<String, String> = files.into_iter().collect();
        assert!(files["submit.sh"].contains("condor_submit_dag -f -maxjobs 4 jobs.dag"));
        let dag = &files["jobs.dag"];
        assert!(
            dag.contains("VARS part_00002 job=\"2\" part=\"part_00002\"\n"),
            "{dag}"
        );
        assert!(
            dag.contains("PARENT part_00000 part_00002 CHILD merge\n"),
            "{dag}"
        );
    }
}
