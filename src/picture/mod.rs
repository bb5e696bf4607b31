//! Pictures as SVG: text with sub- and superscripts, axes, curves with errors and bands, bars.
//!
//! Colours are classes, which a page or a picture by itself defines for light, dark and
//! paper. Knows numbers and labels; knows no physics and no file.

mod bars;
mod label;
mod plot;
mod scale;
mod spelling;
mod style;
mod svg;

pub use bars::{Bar, BarChart};
pub use label::{Label, Script};
pub use plot::{Band, Plot, Series, SeriesKind};
pub use scale::Scale;
pub use spelling::{expression_label, particle_label, process_label};
pub use style::{PALETTE, STYLE};
pub(crate) use svg::num;
pub use svg::{Anchor, Svg, escaped};
