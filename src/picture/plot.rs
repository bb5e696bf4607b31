//! Curves over one axis: histograms as steps with errors and bands, lines through points,
//! and a panel of ratios below.
//!
//! Knows numbers and labels; knows no physics.

use super::label::Label;
use super::scale::{Scale, Tick};
use super::style::PALETTE;
use super::svg::{Anchor, Svg, num, path_of};

/// Size of labels of axes, and of ticks and legends.
const SIZE: f64 = 13.0;
const SMALL: f64 = 11.5;
/// Smallest size of a title, and where a long one begins.
const LEAST: f64 = 8.5;
const EDGE: f64 = 4.0;
const WIDTH: f64 = 460.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 52.0;
const MAIN: f64 = 260.0;
const RATIO: f64 = 92.0;
const GAP: f64 = 10.0;
const ROW: f64 = 16.0;
/// A logarithmic axis reaches down to this part of the largest value at most.
const DEPTH: f64 = 1e-7;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    /// `x` holds edges, one more than values.
    Steps,
    /// `x` holds places, joined by lines.
    Line,
    /// `x` holds places, with a mark at each.
    Points,
}

/// What is filled around a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// For the legend.
    pub name: Label,
    /// Lower end at each value.
    pub low: Vec<f64>,
    /// Upper end.
    pub high: Vec<f64>,
}

/// One set of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// For the legend; without letters it has no row there.
    pub name: Label,
    /// How it is drawn.
    pub kind: SeriesKind,
    /// Places, or edges.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
    /// Errors of them; empty for none.
    pub errors: Vec<f64>,
    /// Drawn below it.
    pub bands: Vec<Band>,
    /// Colour, counted from 0.
    pub colour: usize,
}

/// A picture of series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// Above it.
    pub title: Label,
    /// Above it, at the right end.
    pub corner: Label,
    /// Below the axis.
    pub x_label: Label,
    /// Beside the axis.
    pub y_label: Label,
    /// Whether axes are logarithmic.
    pub log_x: bool,
    /// Whether axes are logarithmic.
    pub log_y: bool,
    /// What is drawn, the last on top.
    pub series: Vec<Series>,
    /// A value that an axis which is not logarithmic need not reach 0 for: values scatter
    /// around it.
    pub around: Option<f64>,
    /// Beside a panel of ratios to the first series, if there is to be one.
    pub ratio: Option<Label>,
}

impl Series {
    /// Lower and upper end of what is drawn at value `k`.
    fn extent(&self, k: usize) -> [f64; 2] {
        let error = self.errors.get(k).copied().unwrap_or(0.0);
        let mut ends = [self.y[k] - error, self.y[k] + error];
        for band in &self.bands {
            ends = [ends[0].min(band.low[k]), ends[1].max(band.high[k])];
        }
        ends
    }

    fn middle(&self, k: usize, is_log: bool) -> f64 {
        match self.kind {
            SeriesKind::Steps if is_log => (self.x[k] * self.x[k + 1]).sqrt(),
            SeriesKind::Steps => 0.5 * (self.x[k] + self.x[k + 1]),
            _ => self.x[k],
        }
    }
}

/// Where numbers are drawn.
struct Panel {
    x: Scale,
    y: Scale,
    top: f64,
    bottom: f64,
    log_x: bool,
}

impl Plot {
    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|s| s.y.is_empty())
    }

    /// Draws it.
    pub fn draw(&self) -> Svg {
        let below = match &self.ratio {
            Some(_) => GAP + RATIO,
            None => 0.0,
        };
        let height = TOP + MAIN + below + BOTTOM;
        let title = format!("{}: {}", self.title.text(), self.y_label.text());
        let mut svg = Svg::new(WIDTH, height, &title);
        self.heading(&mut svg);
        svg.text(
            [WIDTH - RIGHT, TOP - 10.0],
            Anchor::End,
            SMALL,
            &self.corner,
        );
        let x = Scale::new(self.x_range(), self.log_x, [LEFT, WIDTH - RIGHT]);
        let main = Panel {
            x,
            y: Scale::new(self.y_range(), self.log_y, [TOP + MAIN, TOP]),
            top: TOP,
            bottom: TOP + MAIN,
            log_x: self.log_x,
        };
        for series in &self.series {
            main.bands(series, &mut svg);
        }
        main.frame(&mut svg, &self.y_label, self.ratio.is_none());
        for series in &self.series {
            main.series(series, &mut svg);
        }
        self.legend(&mut svg);
        if let Some(label) = &self.ratio {
            let ratios = self.ratios();
            let top = TOP + MAIN + GAP;
            let panel = Panel {
                x,
                y: Scale::new(ratio_range(&ratios), false, [top + RATIO, top]),
                top,
                bottom: top + RATIO,
                log_x: self.log_x,
            };
            for series in &ratios {
                panel.bands(series, &mut svg);
            }
            panel.frame(&mut svg, label, true);
            let one = panel.y.place(1.0);
            svg.line([LEFT, one], [WIDTH - RIGHT, one], "rule");
            for series in &ratios {
                panel.series(series, &mut svg);
            }
        }
        svg.text(
            [WIDTH - RIGHT, height - 10.0],
            Anchor::End,
            SIZE,
            &self.x_label,
        );
        svg
    }

    /// The title: above the panel; from the edge of the picture on, and smaller, if it is long; and
    /// cut only if it is too long for that.
    fn heading(&self, svg: &mut Svg) {
        let end = WIDTH - RIGHT - SMALL * (self.corner.width() + 1.5);
        let width = self.title.width().max(1.0);
        let left = match SIZE * width <= end - LEFT {
            true => LEFT,
            false => EDGE,
        };
        let size = SIZE.min((end - left) / width).max(LEAST);
        let title = self.title.cut_to((end - left) / size + 1e-9);
        svg.text([left, TOP - 10.0], Anchor::Start, size, &title);
    }

    fn x_range(&self) -> [f64; 2] {
        let all = || {
            self.series
                .iter()
                .flat_map(|s| &s.x)
                .filter(|x| x.is_finite())
        };
        let low = all().copied().fold(f64::INFINITY, f64::min);
        let high = all().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_steps = self.series.iter().any(|s| s.kind == SeriesKind::Steps);
        if is_steps || self.log_x {
            return [low, high];
        }
        let room = 0.03 * (high - low).max(1e-9);
        [low - room, high + room]
    }

    /// With room for the legend above.
    fn y_range(&self) -> [f64; 2] {
        let ends = || {
            let of = |s: &Series| (0..s.y.len()).map(|k| s.extent(k)).collect::<Vec<_>>();
            self.series
                .iter()
                .flat_map(of)
                .filter(|e| e[0].is_finite() && e[1].is_finite())
        };
        let high = ends().map(|e| e[1]).fold(f64::NEG_INFINITY, f64::max);
        let part = (12.0 + ROW * self.rows().len() as f64) / MAIN;
        if self.log_y {
            let values = self.series.iter().flat_map(|s| &s.y).copied();
            let positive = values.filter(|y| *y > 0.0 && y.is_finite());
            let least = positive.fold(f64::INFINITY, f64::min).max(DEPTH * high);
            let low = if least.is_finite() { 0.6 * least } else { 1e-3 };
            let high = high.max(2.0 * low);
            return [low, high * (high / low).powf(part / (1.0 - part)).max(1.2)];
        }
        if !high.is_finite() {
            return [0.0, 1.0];
        }
        if let Some(middle) = self.around {
            let low = ends().map(|e| e[0]).fold(middle, f64::min);
            let high = high.max(middle);
            let spread = (high - low).max(1e-6 * middle.abs());
            return [
                low - 0.06 * spread,
                high + spread * (part / (1.0 - part)).max(0.06),
            ];
        }
        let low = ends().map(|e| e[0]).fold(0.0, f64::min);
        let high = high.max(0.0);
        [
            1.05 * low,
            high + (high - low) * (part / (1.0 - part)).max(0.06),
        ]
    }

    /// Rows of the legend: series, and band of it.
    fn rows(&self) -> Vec<(usize, Option<usize>)> {
        let mut rows = Vec::new();
        for (k, series) in self.series.iter().enumerate() {
            if !series.name.text().is_empty() {
                rows.push((k, None));
            }
            let named = (series.bands.iter().enumerate()).filter(|b| !b.1.name.text().is_empty());
            rows.extend(named.map(|(b, _)| (k, Some(b))));
        }
        rows
    }

    fn legend(&self, svg: &mut Svg) {
        let rows = self.rows();
        let label = |(s, b): &(usize, Option<usize>)| {
            let series = &self.series[*s];
            let label = b.map_or(&series.name, |b| &series.bands[b].name);
            label.cut_to((WIDTH - LEFT - RIGHT - 50.0) / SMALL)
        };
        let widest = rows.iter().map(|r| label(r).width()).fold(0.0, f64::max);
        let left = WIDTH - RIGHT - 10.0 - SMALL * widest;
        for (k, row) in rows.iter().enumerate() {
            let y = TOP + 17.0 + ROW * k as f64;
            let colour = self.series[row.0].colour % PALETTE;
            let [from, to] = [left - 28.0, left - 7.0];
            match row.1 {
                None => svg.line([from, y - 4.0], [to, y - 4.0], &format!("c{colour}")),
                Some(b) => svg.rect([from, y - 9.0], [to - from, 10.0], &band_class(colour, b)),
            }
            svg.text([left, y], Anchor::Start, SMALL, &label(row));
        }
    }

    /// All series over the values of the first one.
    fn ratios(&self) -> Vec<Series> {
        let Some(first) = self.series.first() else {
            return Vec::new();
        };
        let base = &first.y;
        let over = |values: &[f64]| -> Vec<f64> {
            let ratio = |(x, b): (&f64, &f64)| if *b == 0.0 { f64::NAN } else { x / b };
            values.iter().zip(base).map(ratio).collect()
        };
        let size = |values: &[f64]| over(values).iter().map(|x| x.abs()).collect::<Vec<_>>();
        let one = |s: &Series| Series {
            y: over(&s.y),
            errors: size(&s.errors),
            bands: (s.bands.iter())
                .map(|b| Band {
                    name: Label::default(),
                    low: over(&b.low),
                    high: over(&b.high),
                })
                .collect(),
            ..s.clone()
        };
        let like_first = |s: &&Series| s.y.len() == base.len();
        self.series.iter().filter(like_first).map(one).collect()
    }
}

/// Around 1, with what most values need and 0.5 to 1.5 of it at most.
fn ratio_range(ratios: &[Series]) -> [f64; 2] {
    let mut sizes: Vec<f64> = Vec::new();
    for s in ratios {
        let ends = (0..s.y.len()).flat_map(|k| s.extent(k));
        sizes.extend(ends.filter(|x| x.is_finite()).map(|x| (x - 1.0).abs()));
    }
    sizes.sort_unstable_by(f64::total_cmp);
    let most = sizes.get(sizes.len() * 9 / 10).copied().unwrap_or(0.1);
    let reach = (1.25 * most).clamp(0.02, 1.0);
    [1.0 - reach, 1.0 + reach]
}

fn band_class(colour: usize, band: usize) -> String {
    // Nested bands: the last one is the outer one, and lies below.
    let shade = if band == 0 { "band2" } else { "band" };
    format!("f{} {shade}", colour % PALETTE)
}

impl Panel {
    /// Frame, ticks inside it and their labels.
    fn frame(&self, svg: &mut Svg, y_label: &Label, with_x: bool) {
        let [left, right] = [LEFT, WIDTH - RIGHT];
        for tick in fitting_ticks(&self.x, 8, |t| t.width()) {
            let length = if tick.label.is_some() { 7.0 } else { 4.0 };
            svg.line(
                [tick.at, self.bottom],
                [tick.at, self.bottom - length],
                "tick",
            );
            svg.line([tick.at, self.top], [tick.at, self.top + length], "tick");
            if let Some(label) = tick.label.filter(|_| with_x) {
                svg.text([tick.at, self.bottom + 18.0], Anchor::Middle, SMALL, &label);
            }
        }
        let n = ((self.bottom - self.top) / 40.0) as usize;
        for tick in fitting_ticks(&self.y, n.max(5), |_| 0.9) {
            let length = if tick.label.is_some() { 7.0 } else { 4.0 };
            svg.line([left, tick.at], [left + length, tick.at], "tick");
            svg.line([right, tick.at], [right - length, tick.at], "tick");
            // A label at the upper end of a panel would touch one of the panel above.
            let has_room = self.top == TOP || tick.at > self.top + 8.0;
            if let Some(label) = tick.label.filter(|_| has_room) {
                svg.text([left - 6.0, tick.at + 4.0], Anchor::End, SMALL, &label);
            }
        }
        svg.rect(
            [left, self.top],
            [right - left, self.bottom - self.top],
            "axis",
        );
        svg.text_upwards([16.0, self.top], Anchor::End, SIZE, y_label);
    }

    fn bands(&self, series: &Series, svg: &mut Svg) {
        for (b, band) in series.bands.iter().enumerate().rev() {
            let class = band_class(series.colour, b);
            for run in runs(&band.low, &band.high) {
                let mut outline = self.outline(series, &band.high, run.clone());
                outline.extend(self.outline(series, &band.low, run).into_iter().rev());
                svg.path(&(path_of(&outline) + "Z"), &class);
            }
        }
    }

    /// Places of values of a series.
    fn outline(
        &self,
        series: &Series,
        values: &[f64],
        run: std::ops::Range<usize>,
    ) -> Vec<[f64; 2]> {
        let mut points = Vec::new();
        for k in run {
            let y = self.y.place(values[k]);
            if series.kind == SeriesKind::Steps {
                points.push([self.x.place(series.x[k]), y]);
                points.push([self.x.place(series.x[k + 1]), y]);
            } else {
                points.push([self.x.place(series.x[k]), y]);
            }
        }
        points
    }

    fn series(&self, series: &Series, svg: &mut Svg) {
        let class = format!("c{}", series.colour % PALETTE);
        if series.kind != SeriesKind::Points {
            for run in runs(&series.y, &series.y) {
                svg.polyline(&self.outline(series, &series.y, run), &class);
            }
        }
        let mut bars = String::new();
        for (k, error) in series.errors.iter().enumerate() {
            let y = series.y[k];
            let [low, high] = [y - error, y + error];
            let is_seen = *error > 0.0 && y.is_finite() && (self.y.holds(y) || self.y.holds(high));
            if is_seen {
                let at = num(self.x.place(series.middle(k, self.log_x)));
                let (from, to) = (self.y.place(low), self.y.place(high));
                bars += &format!("M{at} {}V{}", num(from), num(to));
            }
        }
        if !bars.is_empty() {
            svg.path(&bars, &format!("{class} error"));
        }
        if series.kind != SeriesKind::Steps && series.y.len() <= 200 {
            for (k, y) in series
                .y
                .iter()
                .enumerate()
                .filter(|(_, y)| self.y.holds(**y))
            {
                let at = [self.x.place(series.x[k]), self.y.place(*y)];
                svg.circle(at, 2.4, &format!("f{}", series.colour % PALETTE));
            }
        }
    }
}

/// Ranges of places where both are numbers.
fn runs(low: &[f64], high: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for k in 0..=low.len() {
        let is_number = k < low.len() && !low[k].is_nan() && !high[k].is_nan();
        match (is_number, start) {
            (true, None) => start = Some(k),
            (false, Some(from)) => {
                runs.push(from..k);
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// As many labels as do not touch each other.
fn fitting_ticks(scale: &Scale, most: usize, extent: impl Fn(&Label) -> f64) -> Vec<Tick> {
    for n in (2..=most).rev() {
        let ticks = scale.ticks(n);
        let labels: Vec<(f64, f64)> = (ticks.iter())
            .filter_map(|t| Some((t.at, SMALL * extent(t.label.as_ref()?))))
            .collect();
        let apart = |pair: &[(f64, f64)]| {
            (pair[1].0 - pair[0].0).abs() > 0.5 * (pair[0].1 + pair[1].1) + 0.45 * SMALL
        };
        if labels.windows(2).all(apart) {
            return ticks;
        }
    }
    let mut ticks = scale.ticks(1);
    // The ends alone.
    let n = ticks.len();
    for (k, tick) in ticks.iter_mut().enumerate() {
        if k > 0 && k + 1 < n {
            tick.label = None;
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(edges: Vec<f64>, y: Vec<f64>) -> Series {
        Series {
            name: "a file".into(),
            kind: SeriesKind::Steps,
            errors: y.iter().map(|y| 0.1 * y.abs()).collect(),
            bands: vec![Band {
                name: "scales".into(),
                low: y.iter().map(|y| 0.8 * y).collect(),
                high: y.iter().map(|y| 1.3 * y).collect(),
            }],
            x: edges,
            y,
            colour: 0,
        }
    }

    fn plot(edges: Vec<f64>, y: Vec<f64>, log: [bool; 2]) -> Plot {
        let other = Series {
            name: "another file with a long name that goes on and on until it is cut".into(),
            colour: 1,
            bands: vec![],
            ..steps(edges.clone(), y.iter().map(|y| 1.2 * y).collect())
        };
        Plot {
            title: "Transverse momentum of the first jet".into(),
            corner: "13 TeV".into(),
            x_label: "pT [GeV]".into(),
            y_label: "dσ/dpT [pb/GeV]".into(),
            log_x: log[0],
            log_y: log[1],
            series: vec![steps(edges, y), other],
            ratio: Some("ratio".into()),
            around: None,
        }
    }

    #[test]
    fn long_titles_are_smaller_before_they_are_cut() {
        let drawn = |title: &str| {
            let titled = Plot {
                title: title.into(),
                ..plot(vec![0.0, 1.0, 2.0], vec![1.0, 2.0], [false; 2])
            };
            let svg = titled.draw();
            assert!(svg.overlaps().is_empty(), "{title}: {:?}", svg.overlaps());
            svg.file()
        };
        let long = "p p → t t, (t → W b, W → e v), (t → W b, W → m v)";
        assert!(drawn(long).contains(&format!(">{long}</text>")));
        assert!(drawn(&long.repeat(3)).contains("…</text>"));
    }

    #[test]
    fn labels_never_overlap() {
        let ranges = [
            [0.0, 500.0],
            [1.0, 1e4],
            [20.0, 1000.0],
            [60.0, 120.0],
            [1e-8, 1e3],
        ];
        let sizes = [1.0, 1e-7, 3e6, 0.02];
        for [low, high] in ranges {
            for size in sizes {
                for log in [[false, false], [false, true], [true, true], [true, false]] {
                    let log = [log[0] && low > 0.0, log[1]];
                    let edges: Vec<f64> = (0..=20)
                        .map(|k| low + (high - low) * f64::from(k) / 20.0)
                        .collect();
                    let y = (0..20).map(|k| size * 0.5_f64.powi(k)).collect();
                    let svg = plot(edges, y, log).draw();
                    let found = svg.overlaps();
                    assert!(found.is_empty(), "{low} {high} {size} {log:?}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn empty_negative_and_strange_values_are_drawn() {
        let edges = vec![0.0, 1.0, 2.0, 3.0];
        for y in [
            vec![0.0; 3],
            vec![-1.0, 2.0, -3.0],
            vec![f64::NAN, 1.0, f64::INFINITY],
        ] {
            for log_y in [false, true] {
                let text = plot(edges.clone(), y.clone(), [false, log_y]).draw().file();
                assert!(
                    !text.contains("NaN") && !text.contains("inf"),
                    "{y:?}: {text}"
                );
            }
        }
    }

    #[test]
    fn ratios_are_to_the_first_series() {
        let ratios = plot(vec![0.0, 1.0, 2.0], vec![2.0, 4.0], [false; 2]).ratios();
        assert_eq!(ratios[0].y, [1.0, 1.0]);
        assert_eq!(ratios[0].bands[0].high, [1.3, 1.3]);
        assert!((ratios[1].y[1] - 1.2).abs() < 1e-12);
        assert!((ratios[1].errors[0] - 0.12).abs() < 1e-12);
    }
}
