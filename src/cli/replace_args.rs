//! The flag that lets outputs replace any file.

use clap::Args;

use crate::jobs::Replace;

/// What outputs may replace.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ReplaceArgs {
    /// Replace what stands where output goes, also if another card or another program made it
    #[arg(long)]
    pub force: bool,
}

impl ReplaceArgs {
    /// The same for those who write.
    pub(super) fn replace(self) -> Replace {
        match self.force {
            true => Replace::Anything,
            false => Replace::OfThisCard,
        }
    }
}
