//! The diagrams of a process on one sheet, as a picture or as a page.
//!
//! Knows drawings and names; knows no line of a process.

use super::enumerate::{Drawing, LineStyle, drawings};
use super::layout::{Edge, Layout, Node};
use super::lines::draw_line;
use crate::diagram::{DiagramError, Diagrams, Subprocess};
use crate::model::{Model, ParticleId};
use crate::picture::{Anchor, Label, STYLE, Svg, escaped, particle_label, process_label};

/// Sizes of labels of lines and of the text below a drawing.
const SIZE: f64 = 13.0;
const SMALL: f64 = 11.5;
/// Height of that text and of a heading.
const CAPTION: f64 = 24.0;
const HEADING: f64 = 30.0;
/// Width of a sheet, and distance of drawings.
const WIDTH: f64 = 1000.0;
const GAP: f64 = 18.0;
/// Diagrams that are looked at to find drawings and their numbers.
const MOST_DIAGRAMS: u64 = 200_000;
/// Letters of a list of particles in the place of one.
const MOST_NAMES: usize = 4;

/// One matrix element with its drawings.
#[derive(Clone, Debug)]
pub struct SheetEntry {
    /// E.g. `u u~ > e+ e- g`.
    pub name: String,
    /// Other subprocesses with the same matrix element.
    pub others: Vec<String>,
    /// Number of diagrams.
    pub n_diagrams: u64,
    /// Number of drawings, of which there are more if `is_complete` is false.
    pub n_drawings: usize,
    /// Whether all diagrams were drawn.
    pub is_complete: bool,
    figures: Vec<Svg>,
}

/// The diagrams of a process.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What it shows.
    pub title: String,
    /// In the order they were added.
    pub entries: Vec<SheetEntry>,
    /// Matrix elements that found no place.
    pub n_left_out: usize,
    n_left: usize,
}

impl Sheet {
    /// An empty sheet with room for so many drawings.
    pub fn new(title: &str, most_drawings: usize) -> Self {
        Self {
            title: title.to_owned(),
            n_left: most_drawings,
            ..Self::default()
        }
    }

    /// Adds the diagrams of a subprocess, as far as there is room.
    ///
    /// # Errors
    /// [`DiagramError`].
    pub fn add(
        &mut self,
        model: &Model,
        sub: &Subprocess,
        name: &str,
        others: &[String],
    ) -> Result<(), DiagramError> {
        if self.n_left == 0 {
            self.n_left_out += 1;
            return Ok(());
        }
        let diagrams = Diagrams::new(model)?;
        let (found, is_complete) = drawings(&diagrams, sub, self.n_left, MOST_DIAGRAMS);
        self.n_left -= found.len();
        let n_diagrams = diagrams.count(sub);
        self.entries.push(SheetEntry {
            name: name.to_owned(),
            others: others.to_vec(),
            n_diagrams,
            n_drawings: found.len(),
            is_complete,
            figures: found.iter().map(|d| figure(model, sub, d)).collect(),
        });
        Ok(())
    }

    /// What was left out, in words.
    pub fn notes(&self) -> Vec<String> {
        let cut = self.entries.iter().filter(|e| !e.is_complete);
        let mut notes: Vec<String> = cut
            .map(|e| {
                format!(
                    "{}: the first {} drawings of its {} diagrams",
                    e.name, e.n_drawings, e.n_diagrams
                )
            })
            .collect();
        if self.n_left_out > 0 {
            notes.push(format!(
                "{} further matrix elements are not drawn",
                self.n_left_out
            ));
        }
        notes
    }

    /// A picture by itself.
    pub fn svg(&self) -> String {
        let mut rows: Vec<(Svg, f64)> = Vec::new();
        let mut height = 0.0;
        let mut put = |svg: Svg| {
            let own = svg.size().1;
            rows.push((svg, height));
            height += own;
        };
        for entry in &self.entries {
            let mut heading = Svg::new(WIDTH, HEADING, "");
            let label = process_label(&entry.name).plain(&format!(" ({})", entry.count_text()));
            heading.text([GAP, 21.0], Anchor::Start, 15.0, &label);
            put(heading);
            let widest = entry.figures.iter().map(|f| f.size().0).fold(1.0, f64::max);
            let per_row = ((WIDTH - GAP) / (widest + GAP)).floor().max(1.0) as usize;
            for some in entry.figures.chunks(per_row) {
                let tallest = some.iter().map(|f| f.size().1).fold(0.0, f64::max);
                let mut row = Svg::new(WIDTH, tallest + GAP, "");
                for (k, figure) in some.iter().enumerate() {
                    row.insert([GAP + (widest + GAP) * k as f64, 0.0], figure);
                }
                put(row);
            }
        }
        for note in self.notes() {
            let mut row = Svg::new(WIDTH, HEADING, "");
            row.text([GAP, 18.0], Anchor::Start, SMALL, &note.as_str().into());
            put(row);
        }
        let mut sheet = Svg::new(
            WIDTH,
            height.max(HEADING),
            &format!("Feynman diagrams of {}", self.title),
        );
        for (row, y) in &rows {
            sheet.insert([0.0, *y], row);
        }
        sheet.file()
    }

    /// A page that needs nothing else.
    pub fn html(&self) -> String {
        let title = process_label(&self.title).html();
        let mut body = format!("<h1>{title}</h1>\n");
        for note in self.notes() {
            body += &format!("<p class=\"quiet\">{}</p>\n", escaped(&note));
        }
        for entry in &self.entries {
            let name = process_label(&entry.name).html();
            body += &format!(
                "<h2>{name} <span class=\"quiet\">{}</span></h2>\n",
                entry.count_text()
            );
            if !entry.others.is_empty() {
                let others: Vec<String> = entry
                    .others
                    .iter()
                    .map(|o| process_label(o).html())
                    .collect();
                body += &format!("<p class=\"quiet\">and {}</p>\n", others.join(", "));
            }
            body += "<div class=\"diagrams\">\n";
            for figure in &entry.figures {
                let width = figure.size().0;
                body += &format!(
                    "<figure style=\"width: {width}px\">{}</figure>\n",
                    figure.inline()
                );
            }
            body += "</div>\n";
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Feynman diagrams of {}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>\n{STYLE}{PAGE_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
            escaped(&self.title)
        )
    }
}

const PAGE_STYLE: &str = "\
html { color-scheme: light dark; }
body { margin: 0 auto; max-width: 1640px; padding: 0 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 1.5rem 0 0.2rem; }
.quiet { color: var(--faint); font-weight: 400; font-size: 0.9rem; margin: 0.2rem 0; }
.diagrams { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; max-width: 100%; break-inside: avoid; } figure svg { display: block; width: 100%; height: auto; }
";

impl SheetEntry {
    fn count_text(&self) -> String {
        match self.n_diagrams {
            1 => "1 diagram".to_owned(),
            n => format!("{n} diagrams"),
        }
    }

    /// Pairs of labels that overlap in a drawing.
    pub fn overlaps(&self) -> Vec<String> {
        self.figures.iter().flat_map(Svg::overlaps).collect()
    }
}

/// A line as it is drawn: its ends, its particle as it flows from the first to the second.
struct Drawn {
    from: [f64; 2],
    to: [f64; 2],
    style: LineStyle,
    /// With an arrow from the first end to the second one, or back; none for what is its
    /// own antiparticle.
    arrow: Option<bool>,
    /// Of a propagator.
    label: Option<Label>,
}

fn figure(model: &Model, sub: &Subprocess, drawing: &Drawing) -> Svg {
    let propagators: Vec<u32> = drawing.lines.iter().map(|l| l.legs).collect();
    let n_ext = sub.legs.len();
    let layout = Layout::new(sub.n_in, n_ext, &propagators);
    let caption = (drawing.n_diagrams > 1).then(|| format!("{} diagrams", drawing.n_diagrams));
    let below = if caption.is_some() { CAPTION } else { 6.0 };
    let mut svg = Svg::new(layout.width, layout.height + below, "Feynman diagram");
    let lines: Vec<Drawn> = (layout.edges.iter())
        .map(|edge| drawn(model, sub, drawing, &layout, edge))
        .collect();
    for line in &lines {
        let (from, to) = match line.arrow {
            Some(false) => (line.to, line.from),
            _ => (line.from, line.to),
        };
        draw_line(&mut svg, line.style, from, to, line.arrow.is_some());
    }
    for vertex in &layout.vertices {
        svg.circle(*vertex, 2.2, "ink");
    }
    let mut boxes: Vec<[f64; 4]> = Vec::new();
    for (leg, [x, y]) in layout.legs.iter().enumerate() {
        let label = particle_label(&model.particle(sub.legs[leg]).name);
        let (anchor, x) = match leg < sub.n_in {
            true => (Anchor::End, x - 6.0),
            false => (Anchor::Start, x + 6.0),
        };
        svg.text([x, y + 4.5], anchor, SIZE, &label);
    }
    for line in &lines {
        if let Some(label) = &line.label {
            let at = label_place(line, label, &lines, &boxes);
            let width = SIZE * label.width();
            boxes.push([
                at[0] - 0.5 * width,
                at[1] - 7.0,
                at[0] + 0.5 * width,
                at[1] + 7.0,
            ]);
            svg.text([at[0], at[1] + 4.5], Anchor::Middle, SIZE, label);
        }
    }
    if let Some(caption) = caption {
        let at = [0.5 * layout.width, layout.height + CAPTION - 8.0];
        svg.text(at, Anchor::Middle, SMALL, &caption.as_str().into());
    }
    svg
}

fn drawn(
    model: &Model,
    sub: &Subprocess,
    drawing: &Drawing,
    layout: &Layout,
    edge: &Edge,
) -> Drawn {
    let place = |node: Node| match node {
        Node::Leg(k) => layout.legs[k],
        Node::Vertex(k) => layout.vertices[k],
    };
    let leg = match (edge.from, edge.to) {
        (Node::Leg(k), _) | (_, Node::Leg(k)) => Some(k),
        _ => None,
    };
    // What flows from the first end to the second one.
    let particles: Vec<ParticleId> = match leg {
        Some(k) => {
            let id = sub.legs[k];
            // An incoming leg begins its line; the last one, which goes out, ends it.
            let begins = edge.from == Node::Leg(k);
            vec![if begins == (k < sub.n_in) {
                id
            } else {
                model.anti(id)
            }]
        }
        None => {
            let line = drawing.lines.iter().find(|l| l.legs == edge.legs);
            line.map(|l| l.particles.clone()).unwrap_or_default()
        }
    };
    let first = particles.first().map(|id| model.particle(*id));
    let style = first.map_or(LineStyle::Solid, LineStyle::of);
    let has_direction = |id: &ParticleId| model.anti(*id) != *id;
    let is_directed = style == LineStyle::Solid && particles.iter().all(has_direction);
    Drawn {
        from: place(edge.from),
        to: place(edge.to),
        style,
        arrow: first.filter(|_| is_directed).map(|p| p.pdg > 0),
        label: leg.is_none().then(|| propagator_label(model, &particles)),
    }
}

/// Names of the particles that a line may be, without charges: those go with a direction.
fn propagator_label(model: &Model, particles: &[ParticleId]) -> Label {
    let mut names: Vec<Label> = Vec::new();
    for id in particles {
        let anti = model.anti(*id);
        let positive = if model.particle(*id).pdg > 0 {
            *id
        } else {
            anti
        };
        let p = model.particle(positive);
        let label = particle_label(&p.name);
        let label = if p.charge_thirds != 0 {
            label.without_superscripts()
        } else {
            label
        };
        if !names.contains(&label) {
            names.push(label);
        }
    }
    let many = names.len() > MOST_NAMES;
    names.truncate(MOST_NAMES);
    let mut label = Label::default();
    for (k, name) in names.iter().enumerate() {
        if k > 0 {
            label = label.plain(", ");
        }
        label = label.join(name);
    }
    if many { label.plain(", …") } else { label }
}

/// The middle of a label beside its line where it is free of lines and other labels, or
/// freest.
fn label_place(line: &Drawn, label: &Label, lines: &[Drawn], boxes: &[[f64; 4]]) -> [f64; 2] {
    let (dx, dy) = (line.to[0] - line.from[0], line.to[1] - line.from[1]);
    let length = dx.hypot(dy).max(1e-9);
    let (half_width, half_height) = (0.5 * SIZE * label.width(), 7.0);
    // How far the box reaches across the line.
    let reach = (half_width * dy.abs() + half_height * dx.abs()) / length;
    let mut best = ([0.0; 2], f64::NEG_INFINITY);
    for along in [0.5, 0.4, 0.6, 0.3, 0.7] {
        for side in [1.0, -1.0] {
            for extra in [6.0, 9.0, 14.0] {
                let shift = side * (reach + extra);
                let at = [
                    line.from[0] + along * dx + shift * dy / length,
                    line.from[1] + along * dy - shift * dx / length,
                ];
                let own = [
                    at[0] - half_width,
                    at[1] - half_height,
                    at[0] + half_width,
                    at[1] + half_height,
                ];
                let clear = lines.iter().map(|l| clearance(&own, l.from, l.to));
                let mut score =
                    clear.fold(5.0, f64::min) - 0.1 * extra - 2.0 * (along - 0.5_f64).abs();
                // Above a line, or on the left of it, if there is room on both sides.
                if at[1] > line.from[1] + along * dy + 1.0
                    || at[0] > line.from[0] + along * dx + 1.0 && dx.abs() < 1.0
                {
                    score -= 0.5;
                }
                let hit = |b: &&[f64; 4]| {
                    own[0] < b[2] + 2.0 && b[0] < own[2] + 2.0 && own[1] < b[3] && b[1] < own[3]
                };
                score -= 100.0 * boxes.iter().filter(hit).count() as f64;
                if score > best.1 {
                    best = (at, score);
                }
            }
        }
    }
    best.0
}

/// How far a line passes from a box; less than 0 if it goes through it.
fn clearance(own: &[f64; 4], from: [f64; 2], to: [f64; 2]) -> f64 {
    let steps = 24;
    let outside = |k: u32| {
        let t = f64::from(k) / f64::from(steps);
        let (x, y) = (
            from[0] + t * (to[0] - from[0]),
            from[1] + t * (to[1] - from[1]),
        );
        let beside = (own[0] - x).max(x - own[2]);
        let above = (own[1] - y).max(y - own[3]);
        match (beside > 0.0, above > 0.0) {
            (true, true) => beside.hypot(above),
            _ => beside.max(above),
        }
    };
    // Half the height of waves and curls is not free.
    (0..=steps).map(outside).fold(f64::INFINITY, f64::min) - 4.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::test_model::{standard_model, subprocess};

    fn sheet(line: &str, most: usize) -> Sheet {
        let model = standard_model();
        let mut sheet = Sheet::new(line, most);
        let sub = subprocess(&model, line);
        sheet.add(&model, &sub, line, &[]).unwrap();
        sheet
    }

    #[test]
    fn labels_do_not_overlap() {
        for line in [
            "u u~ > e+ e-",
            "u u~ > e+ e- g",
            "g g > t t~ g",
            "g g > g g g",
            "t > b e+ ve",
            "u d~ > w+ z h",
            "u u~ > e+ e- mu+ mu-",
            "e+ e- > w+ w-",
            "b b~ > h",
        ] {
            let sheet = sheet(line, 200);
            let entry = &sheet.entries[0];
            assert!(entry.is_complete, "{line}");
            assert!(
                entry.overlaps().is_empty(),
                "{line}: {:?}",
                entry.overlaps()
            );
        }
    }

    #[test]
    fn arrows_follow_fermions() {
        let model = standard_model();
        let arrows = |line: &str| {
            let sub = subprocess(&model, line);
            let diagrams = Diagrams::new(&model).unwrap();
            let (all, _) = drawings(&diagrams, &sub, 1, 10);
            let layout = Layout::new(
                sub.n_in,
                sub.legs.len(),
                &all[0].lines.iter().map(|l| l.legs).collect::<Vec<_>>(),
            );
            let lines = layout
                .edges
                .iter()
                .map(|e| drawn(&model, &sub, &all[0], &layout, e));
            // From left to right, or upwards?
            let rightwards = |l: Drawn| {
                let forward = l.to[0] > l.from[0];
                l.arrow.map(|a| a == forward)
            };
            lines.map(rightwards).collect::<Vec<_>>()
        };
        // Legs 0 to 2, the propagator, the last leg.
        let found = arrows("e- e+ > mu- mu+");
        assert_eq!(
            found,
            [Some(true), Some(false), Some(true), None, Some(false)]
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let model = standard_model();
        let mut few = sheet("g g > g g g", 4);
        let other = subprocess(&model, "u u~ > e+ e-");
        few.add(&model, &other, "u u~ > e+ e-", &[]).unwrap();
        let notes = few.notes();
        assert_eq!(
            notes[0],
            "g g > g g g: the first 4 drawings of its 25 diagrams"
        );
        assert_eq!(notes[1], "1 further matrix elements are not drawn");
        assert!(few.html().contains("the first 4 drawings") && few.svg().contains("25 diagrams"));
    }
}
