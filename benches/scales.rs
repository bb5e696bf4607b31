//! What the scale from clustering costs: time of a point with it over that with a fixed
//! scale, matrix elements, parton densities and phase space included; both in turn, one
//! thread, points inside the cuts alone. On Linux the time is the CPU time of the thread.
//! Arguments are names of cards; a number is that of the turns of each channel.

#[path = "../tests/common/clock.rs"]
mod clock;

use std::hint::black_box;
use std::time::Duration;

use clock::now;
use omnis::card::Card;
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;
use omnis::scale::{BeamScales, ScaleChoice};

const CARDS: [&str; 5] = ["pp_epem", "pp_epem_j", "pp_tt", "pp_ttj", "pp_epem_jj"];
/// Points of a batch, and those that are drawn to fill it.
const N_BATCH: usize = 256;
const N_DRAWN: usize = 1 << 14;
/// Channels of a card that are looked at, and turns of each if no number is given.
const MOST_CHANNELS: usize = 24;
const N_TURNS: usize = 15;

fn prepare(name: &str, scale: ScaleChoice) -> Run {
    let path = format!("{}/processes/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let mut card = Card::from_path(path.as_ref()).expect("a card");
    card.scales.mu_r = scale;
    card.scales.mu_f = BeamScales([scale; 2]);
    Run::prepare(card).expect("a run")
}

/// Points of a channel inside the cuts, the same from turn to turn.
fn points(run: &Run, channel: usize) -> Option<SampleBatch> {
    let n_dim = run.cross_section.n_dim(channel);
    let mut drawn = SampleBatch::zeros(n_dim, N_DRAWN);
    Stream::new(5, Purpose::Test, channel as u32, 0).fill(&mut drawn.u);
    let mut found = Evaluation::default();
    let batch = ChannelBatch {
        channel,
        points: &drawn,
    };
    run.cross_section
        .evaluate(batch, Want::default(), &mut found);
    let inside = found.index.get(..N_BATCH)?;
    let mut kept = SampleBatch::zeros(n_dim, N_BATCH);
    for j in 0..n_dim {
        for (x, &k) in kept.coordinate_mut(j).iter_mut().zip(inside) {
            *x = drawn.u[j * N_DRAWN + k];
        }
    }
    Some(kept)
}

fn time(run: &Run, channel: usize, points: &SampleBatch, out: &mut Evaluation) -> Duration {
    let start = now();
    let batch = ChannelBatch { channel, points };
    run.cross_section.evaluate(batch, Want::default(), out);
    black_box(&out.value);
    now() - start
}

#[expect(clippy::print_stdout, reason = "the table is what one runs it for")]
fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let (numbers, asked): (Vec<String>, Vec<String>) =
        asked.into_iter().partition(|a| a.parse::<usize>().is_ok());
    let n_turns = numbers.first().and_then(|n| n.parse().ok());
    let n_turns = n_turns.unwrap_or(N_TURNS).max(1);
    let clustering: ScaleChoice = "clustering".parse().expect("a scale");
    println!(
        "{:<12} {:>12} {:>12} {:>7}",
        "card", "fixed ns", "clustering", "ratio"
    );
    for name in CARDS {
        if !asked.is_empty() && !asked.iter().any(|a| a == name) {
            continue;
        }
        let runs = [ScaleChoice::fixed(91.188).expect("a scale"), clustering]
            .map(|scale| prepare(name, scale));
        let n_channels = runs
            .iter()
            .map(|r| r.cross_section.n_channels())
            .min()
            .unwrap_or(0);
        let step = n_channels.div_ceil(MOST_CHANNELS);
        let (mut sums, mut n) = ([0.0; 2], 0.0);
        for channel in (0..n_channels).step_by(step.max(1)) {
            let Some(points) = points(&runs[0], channel) else {
                continue;
            };
            if runs[1].cross_section.n_dim(channel) != points.n_dim {
                continue;
            }
            let mut outs = [Evaluation::default(), Evaluation::default()];
            let mut times = [vec![], vec![]];
            for turn in 0..n_turns {
                for which in [turn % 2, 1 - turn % 2] {
                    let spent = time(&runs[which], channel, &points, &mut outs[which]);
                    times[which].push(spent.as_secs_f64());
                }
            }
            for (sum, times) in sums.iter_mut().zip(&mut times) {
                times.sort_by(f64::total_cmp);
                *sum += times[n_turns / 2] * 1e9 / N_BATCH as f64;
            }
            n += 1.0;
        }
        let [fixed, own] = sums.map(|s| s / n);
        println!("{name:<12} {fixed:>12.0} {own:>12.0} {:>7.3}", own / fixed);
    }
}
