//! Module report: see the architecture page.
