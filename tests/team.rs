//! One process and many, disturbed and not: an adaptation comes to the same
//! bits. Threads with a mailbox stand in for the processes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};

use omnis::compute::{Alone, Crew, Team};
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{
    AdaptProgress, AdaptSettings, AdaptState, Adaptation, Adapted, CheckpointEvent, Control,
    IntegrateError, Silent, Stage, adapt, adapt_with,
};
use omnis::sampler::SamplerKind;

/// Two channels with correlated ridges, a shallow one, and one that is zero.
struct Ridges;

impl Integrand for Ridges {
    fn n_channels(&self) -> usize {
        4
    }
    fn n_dim(&self, channel: usize) -> usize {
        2 + channel % 2
    }
    fn group(&self, channel: usize) -> usize {
        channel / 2
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let points = batch.points;
        let both = points.coordinate(0).iter().zip(points.coordinate(1));
        let ridge = |(x, y): (&f64, &f64)| match batch.channel {
            0 => (-(x - y).powi(2) / 0.002).exp(),
            1 => (-(x + y - 1.0).powi(2) / 0.001).exp(),
            2 => 0.01 * x,
            _ => 0.0,
        };
        out.set_values(both.map(ridge));
        out.contribution_ids.push(batch.channel % 2);
        out.contributions.resize(points.n_batch, 1.0);
    }
    fn n_contributions(&self) -> usize {
        2
    }
}

fn settings(sampler: SamplerKind) -> AdaptSettings {
    AdaptSettings {
        seed: 5,
        batch_size: 128,
        precision: 0.004,
        planned_events: 5000,
        sampler,
        ..Default::default()
    }
}

/// Where the ranks of a test meet.
struct Mailbox {
    barrier: Barrier,
    letters: Mutex<Vec<Vec<u8>>>,
}

struct Rank<'a> {
    rank: usize,
    size: usize,
    mailbox: &'a Mailbox,
}

impl Team for Rank<'_> {
    fn rank(&self) -> usize {
        self.rank
    }
    fn size(&self) -> usize {
        self.size
    }
    fn exchange(&self, mine: Vec<u8>) -> Vec<Vec<u8>> {
        self.mailbox.letters.lock().unwrap()[self.rank] = mine;
        self.mailbox.barrier.wait();
        let all = self.mailbox.letters.lock().unwrap().clone();
        self.mailbox.barrier.wait();
        all
    }
}

/// What every rank of a team returns.
fn as_team<T: Send>(size: usize, work: impl Fn(&Rank<'_>) -> T + Sync) -> Vec<T> {
    let mailbox = Mailbox {
        barrier: Barrier::new(size),
        letters: Mutex::new(vec![vec![]; size]),
    };
    let member = |rank| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1 + rank % 2);
        let rank = Rank {
            rank,
            size,
            mailbox: &mailbox,
        };
        pool.build().unwrap().install(|| work(&rank))
    };
    std::thread::scope(|scope| {
        let ranks: Vec<_> = (0..size)
            .map(|rank| scope.spawn(move || member(rank)))
            .collect();
        ranks.into_iter().map(|r| r.join().unwrap()).collect()
    })
}

#[test]
fn results_of_a_team_are_in_the_order_of_the_pieces_on_every_rank() {
    for (size, n) in [(1, 5), (2, 5), (3, 7), (4, 2), (5, 0), (2, 100)] {
        let cancel = AtomicBool::new(false);
        let found = as_team(size, |team| {
            let crew = Crew {
                team,
                cancel: &cancel,
            };
            (
                crew.map(n, |k| (k, 0.1 * k as f64)),
                crew.agree(team.rank()),
            )
        });
        let wanted: Vec<_> = (0..n).map(|k| (k, 0.1 * k as f64)).collect();
        assert_eq!(found, vec![(Some(wanted), 0); size]);
    }
}

#[test]
fn a_rank_that_is_stopped_stops_all() {
    let flags = [false, true, false].map(AtomicBool::new);
    let found = as_team(3, |team| {
        let crew = Crew {
            team,
            cancel: &flags[team.rank()],
        };
        (crew.map(9, |k| k), crew.map(0, |k| k))
    });
    assert_eq!(found, vec![(None, None); 3]);
}

fn adapted(team: &dyn Team, sampler: SamplerKind) -> Adapted {
    let adaptation = Adaptation {
        team,
        begin: None,
        keep: &mut |_, _| Ok(()),
    };
    adapt_with(&Ridges, &settings(sampler), &Control::silent(), adaptation).unwrap()
}

#[test]
fn the_number_of_ranks_changes_no_bit() {
    for sampler in [SamplerKind::Vegas, SamplerKind::Flow] {
        let one = adapt(&Ridges, &settings(sampler), &Control::silent()).unwrap();
        assert_eq!(one.dead_channels(), [3]);
        assert_eq!(one.training.is_empty(), sampler == SamplerKind::Vegas);
        for size in [2, 3, 4] {
            for found in as_team(size, |team| adapted(team, sampler)) {
                assert_eq!(found, one, "{size} ranks, {sampler:?}");
            }
        }
    }
}

/// Adapts from a state, for one step of a stage or to the end; returns the last
/// state, or the result.
fn one_step(
    begin: Option<AdaptState>,
    sampler: SamplerKind,
) -> Result<Box<Adapted>, (AdaptProgress, Vec<u8>)> {
    let cancel = AtomicBool::new(false);
    let control = Control {
        progress: &Silent,
        cancel: &cancel,
    };
    let mut last = None;
    let mut keep = |state: &AdaptState, moment: CheckpointEvent| {
        cancel.store(true, Ordering::Relaxed);
        if moment == CheckpointEvent::Last {
            last = Some((state.place(), state.to_bytes()));
        }
        Ok(())
    };
    let adaptation = Adaptation {
        team: &Alone,
        begin,
        keep: &mut keep,
    };
    match adapt_with(&Ridges, &settings(sampler), &control, adaptation) {
        Ok(adapted) => Ok(Box::new(adapted)),
        Err(IntegrateError::Cancelled { .. }) => {
            Err(last.expect("a cancelled run leaves its state"))
        }
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn an_adaptation_that_is_stopped_at_every_step_ends_where_an_undisturbed_one_does() {
    for sampler in [SamplerKind::Vegas, SamplerKind::Flow] {
        let undisturbed = adapt(&Ridges, &settings(sampler), &Control::silent()).unwrap();
        let (mut begin, mut places) = (None, vec![]);
        let adapted = loop {
            match one_step(begin, sampler) {
                Ok(adapted) => break adapted,
                Err((place, bytes)) => {
                    places.push(place);
                    begin = Some(AdaptState::from_bytes(&bytes).unwrap());
                }
            }
            assert!(places.len() < 500, "no progress: {:?}", places.last());
        };
        assert_eq!(*adapted, undisturbed, "{sampler:?}");
        for stage in [Stage::Adapt, Stage::Train, Stage::Integrate] {
            let n = places.iter().filter(|p| p.stage == stage).count();
            let expected = stage != Stage::Train || sampler == SamplerKind::Flow;
            assert_eq!(n > 1, expected, "{stage:?} of {sampler:?}: {places:?}");
        }
        assert!(places.windows(2).all(|p| p[0].n_points <= p[1].n_points));
    }
}

#[test]
fn bytes_that_are_no_state_and_states_of_others_are_refused() {
    assert!(AdaptState::from_bytes(b"").is_err());
    assert!(AdaptState::from_bytes(b"{\"channels\": 3}").is_err());
    let (_, bytes) = one_step(None, SamplerKind::Vegas).unwrap_err();
    let state = AdaptState::from_bytes(&bytes).unwrap();
    assert!(AdaptState::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    let adaptation = Adaptation {
        team: &Alone,
        begin: Some(state),
        keep: &mut |_, _| Ok(()),
    };
    let control = Control::silent();
    let error = adapt_with(&One, &settings(SamplerKind::Vegas), &control, adaptation);
    let error = error.unwrap_err();
    assert!(matches!(error, IntegrateError::Mismatch { .. }), "{error}");
}

/// One flat channel.
struct One;

impl Integrand for One {
    fn n_channels(&self) -> usize {
        1
    }
    fn n_dim(&self, _channel: usize) -> usize {
        1
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        out.set_values(std::iter::repeat_n(1.0, batch.points.n_batch));
    }
}

#[test]
fn a_state_that_cannot_be_kept_ends_the_run() {
    let adaptation = Adaptation {
        team: &Alone,
        begin: None,
        keep: &mut |_, _| Err("disk full".into()),
    };
    let control = Control::silent();
    let found = adapt_with(&Ridges, &settings(SamplerKind::Vegas), &control, adaptation);
    let error = found.unwrap_err();
    assert!(error.to_string().contains("disk full"), "{error}");
}
