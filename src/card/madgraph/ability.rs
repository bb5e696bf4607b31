//! What MadGraph's cards may ask for and omnis cannot do yet, one row for each: with what
//! takes one over, its row goes.
//!
//! Knows names and reasons.

/// Something that a card of MadGraph can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    /// `QCD^2==2`, `aS=2`, `aEW=2` in a decay chain.
    SquaredOrders,
    /// `z a | w+ w-` between the arrows.
    JointAlternatives,
}

impl Ability {
    /// Its name in reports, and why it is not taken over.
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::SquaredOrders => (
                "squared_orders",
                "limits on squared orders have no meaning in decay chains: MadGraph refuses them as \
                 well",
            ),
            Self::JointAlternatives => (
                "joint_alternatives",
                "alternatives of several resonances are not supported yet",
            ),
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Why it is not taken over.
    pub fn reason(self) -> &'static str {
        self.row().1
    }
}
