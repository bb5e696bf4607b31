//! What a job asks of its batch system: time, memory, disk, whom it is charged to.
//!
//! Knows the words of Slurm and HTCondor for these; knows no events.
//! Source: manual pages of sbatch (Slurm 22.05) and condor_submit (HTCondor 25).

use serde::{Deserialize, Serialize};

use super::plan::Engine;
use crate::storage::StorageError;

/// Longest time of a job in seconds: ten years.
pub const LONGEST_JOB_S: u64 = 315_360_000;

/// Most memory or disk of a job in MB: a million GB.
pub const LARGEST_MB: u64 = 1 << 30;

/// MB that HTCondor is asked for where nothing is said: it has no sensible default.
const CONDOR_MB: u64 = 1000;

/// What the jobs of a sample ask for. Nothing of it changes an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    /// Longest wall time of a job in seconds.
    pub time_s: Option<u64>,
    /// Memory of a job in units of 2^20 bytes.
    pub memory_mb: Option<u64>,
    /// Local disk of a job in units of 2^20 bytes.
    pub disk_mb: Option<u64>,
    /// Partition of Slurm.
    pub partition: Option<String>,
    /// Account of Slurm, accounting group of HTCondor.
    pub account: Option<String>,
    /// Most jobs that run at once.
    pub throttle: Option<u64>,
    /// Further lines of the submission files, as the batch system has them.
    pub directives: Vec<String>,
    /// Times that a failed job is tried again.
    pub retries: u64,
    /// Most elements of an array of Slurm, instead of what the site says.
    pub max_array: Option<u64>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            time_s: None,
            memory_mb: None,
            disk_mb: None,
            partition: None,
            account: None,
            throttle: None,
            directives: Vec::new(),
            retries: 3,
            max_array: None,
        }
    }
}

impl Requests {
    /// Checks what cannot be said to this batch system, or would not mean itself there.
    ///
    /// # Errors
    /// [`StorageError::Unusable`] naming the option.
    pub fn check(&self, engine: Engine) -> Result<(), StorageError> {
        let unusable = |path: &str, found: String, expected: &str| StorageError::Unusable {
            path: path.to_owned(),
            found,
            expected: expected.to_owned(),
        };
        for (option, text) in [
            ("--partition", &self.partition),
            ("--account", &self.account),
        ] {
            let odd = |c: char| c.is_whitespace() || c.is_control() || "$\"\\".contains(c);
            if let Some(text) = text.as_ref().filter(|t| t.is_empty() || t.contains(odd)) {
                let found = format!("'{}'", text.escape_debug());
                return Err(unusable(option, found, "one word without quotes and '$'"));
            }
        }
        if let (Engine::HtCondor, Some(name)) = (engine, &self.partition) {
            return Err(unusable(
                "--partition",
                format!("'{name}' with HTCondor, which has no partitions"),
                "a line that the site asks for, as in --directive '+JobFlavour = \"workday\"'",
            ));
        }
        for line in &self.directives {
            let found = format!("'{}'", line.escape_debug());
            let (fits, expected) = match engine {
                Engine::Slurm => (
                    slurm_words(line).starts_with('-'),
                    "options of sbatch, as in '--qos=long'",
                ),
                Engine::HtCondor => (
                    line.contains('=') && !line.trim_start().starts_with('='),
                    "a command of a submit file, as in 'requirements = (HasSingularity)'",
                ),
            };
            if !fits || line.contains(char::is_control) {
                return Err(unusable("--directive", found, expected));
            }
        }
        Ok(())
    }

    /// Lines that ask for what a job of `threads` threads needs.
    pub(super) fn resources(&self, engine: Engine, threads: usize) -> Vec<String> {
        match engine {
            Engine::Slurm => self.slurm(threads),
            Engine::HtCondor => self.condor(threads),
        }
    }

    /// The lines of the user.
    pub(super) fn directives(&self, engine: Engine) -> Vec<String> {
        let line = |line: &String| match engine {
            Engine::Slurm => format!("#SBATCH {}", slurm_words(line)),
            Engine::HtCondor => line.trim().to_owned(),
        };
        self.directives.iter().map(line).collect()
    }

    fn slurm(&self, threads: usize) -> Vec<String> {
        let mut lines = vec![format!("#SBATCH --cpus-per-task={threads}")];
        if let Some(s) = self.time_s {
            // The hours may be more than a day has.
            let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
            lines.push(format!("#SBATCH --time={h:02}:{m:02}:{s:02}"));
        }
        let words = [
            ("mem", self.memory_mb.map(|mb| format!("{mb}M"))),
            ("tmp", self.disk_mb.map(|mb| format!("{mb}M"))),
            ("partition", self.partition.clone()),
            ("account", self.account.clone()),
        ];
        for (name, value) in words {
            lines.extend(value.map(|v| format!("#SBATCH --{name}={v}")));
        }
        lines
    }

    fn condor(&self, threads: usize) -> Vec<String> {
        let mb = |asked: Option<u64>| asked.unwrap_or(CONDOR_MB);
        let mut lines = vec![
            format!("request_cpus = {threads}"),
            format!("request_memory = {} MB", mb(self.memory_mb)),
            format!("request_disk = {} MB", mb(self.disk_mb)),
        ];
        lines.extend(self.time_s.map(|s| format!("+MaxRuntime = {s}")));
        let group = self.account.as_ref();
        lines.extend(group.map(|a| format!("accounting_group = {a}")));
        lines
    }
}

/// Options of sbatch, with or without the word that begins their line.
fn slurm_words(line: &str) -> &str {
    let line = line.trim();
    line.strip_prefix("#SBATCH").unwrap_or(line).trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Requests {
        Requests {
            time_s: Some(93_784),
            memory_mb: Some(2048),
            disk_mb: Some(500),
            partition: Some("long".to_owned()),
            account: Some("hep".to_owned()),
            directives: vec!["#SBATCH --qos=low".to_owned(), "--nice=5".to_owned()],
            ..Requests::default()
        }
    }

    #[test]
    fn every_request_becomes_a_line_of_its_batch_system() {
        assert_eq!(
            all().resources(Engine::Slurm, 4),
            [
                "#SBATCH --cpus-per-task=4",
                "#SBATCH --time=26:03:04",
                "#SBATCH --mem=2048M",
                "#SBATCH --tmp=500M",
                "#SBATCH --partition=long",
                "#SBATCH --account=hep",
            ]
        );
        assert_eq!(
            all().directives(Engine::Slurm),
            ["#SBATCH --qos=low", "#SBATCH --nice=5"]
        );
        assert_eq!(
            all().resources(Engine::HtCondor, 4),
            [
                "request_cpus = 4",
                "request_memory = 2048 MB",
                "request_disk = 500 MB",
                "+MaxRuntime = 93784",
                "accounting_group = hep",
            ]
        );
    }

    #[test]
    fn what_would_not_mean_itself_is_refused_by_option() {
        let refused = |engine, change: &dyn Fn(&mut Requests)| {
            let mut requests = Requests::default();
            requests.check(engine).unwrap();
            change(&mut requests);
            requests.check(engine).unwrap_err().to_string()
        };
        let said = refused(Engine::Slurm, &|r| r.partition = Some("a b".to_owned()));
        assert!(
            said.contains("'--partition' cannot be used: found 'a b'"),
            "{said}"
        );
        let said = refused(Engine::HtCondor, &|r| r.partition = Some("long".to_owned()));
        assert!(said.contains("HTCondor, which has no partitions"), "{said}");
        for (engine, line) in [
            (Engine::Slurm, "qos=long"),
            (Engine::Slurm, "--a\n#SBATCH --b"),
            (Engine::HtCondor, "queue 1000"),
            (Engine::HtCondor, "a = b\nqueue"),
        ] {
            let said = refused(engine, &|r| r.directives = vec![line.to_owned()]);
            assert!(said.contains("'--directive' cannot be used"), "{said}");
            assert!(!said.contains(char::is_control), "{said}");
        }
    }
}
