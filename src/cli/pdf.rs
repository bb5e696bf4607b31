//! `omnis pdf`: which PDF sets are found, and sets that are not there yet.
//!
//! Knows arguments; knows no set.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::progress::Scale;
use super::running::failure;
use crate::jobs::get_pdf_set;
use crate::run::PdfListing;

const AFTER_HELP: &str = "\
Examples:
  omnis pdf list                             all sets that are found
  omnis pdf list nnpdf31                     those with this in their name
  omnis pdf get NNPDF31_lo_as_0118           from where LHAPDF publishes its sets
  omnis pdf get CT18LO --from CT18LO.tar.gz  from a file
  omnis pdf get CT18LO --into /data/pdf

Sets are looked for in the directories of LHAPDF_DATA_PATH, then among those built in,
in ~/.local/share/omnis/pdf ($XDG_DATA_HOME/omnis/pdf), and in
/usr/local/share/LHAPDF and /usr/share/LHAPDF. 'get' puts a set into the first directory
of LHAPDF_DATA_PATH that can be written to, or else into ~/.local/share/omnis/pdf. It
downloads with curl or wget, reads every member, and leaves alone what is there.";

/// Arguments of `omnis pdf`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PdfArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: PdfAction,
}

/// What `omnis pdf` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum PdfAction {
    /// List the sets that are found
    List {
        /// Part of a name; with one set left, all that it says of itself
        #[arg(value_name = "NAME", default_value = "", hide_default_value = true)]
        part: String,
    },
    /// Download a set, or take it from an archive
    Get {
        /// Name of the set
        #[arg(value_name = "NAME")]
        name: String,

        /// Archive of the set (NAME.tar.gz), a folder with it, or the address of either
        #[arg(long, value_name = "PLACE")]
        from: Option<String>,

        /// Directory to put the set into
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
}

impl PdfArgs {
    /// Lists sets, or gets one.
    ///
    /// # Errors
    /// [`Failure::Usage`] if no set has the name, or for an archive that cannot be used;
    /// [`Failure::Run`] if a set cannot be downloaded or written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.action {
            PdfAction::List { part } => list(part, context),
            PdfAction::Get { name, from, into } => {
                context.progress.begin("getting the set", Scale::Open);
                let set = get_pdf_set(name, from.as_deref(), into.as_deref());
                context.progress.end();
                let set = set.map_err(failure)?;
                let place = match &set.directory {
                    Some(directory) => format!("in '{}'", directory.display()),
                    None => "built in".to_owned(),
                };
                let text = match set.present {
                    true => format!("{name} is there already, {place}"),
                    false => format!("{name}: {} members {place}", set.n_members),
                };
                let members = (!set.present).then_some(set.n_members);
                let json = json!({
                    "name": name, "directory": set.directory, "members": members,
                    "present": set.present,
                });
                context.print(Answer::PdfGet, &text, &json)
            }
        }
    }
}

fn list(part: &str, context: &Context) -> Result<(), Failure> {
    let listing = PdfListing::new(part);
    if listing.is_empty() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "no PDF set that is found has '{part}' in its name; 'omnis pdf list' shows all, \
             'omnis pdf get NAME' downloads one"
        )));
    }
    context.print(Answer::PdfList, &listing.text(), &listing.json())
}
