//! Compiles the tree of a topology to the steps of a channel.
//!
//! Knows trees, limits and which map suits which line; knows no point.

use super::bounds::Limits;
use super::channel::{Channel, Outset};
use super::choice::{exchange_map, keeps_away, middle_map, rapidity_walls, system_map, total_map};
use super::emission::{Emission, System, recoils};
use super::initial::Initial;
use super::invariant::InvariantMap;
use super::peripheral::Peripheral;
use super::rambo::Diet;
use super::seen::Seen;
use super::step::{Angles, Beyond, InvariantStep, SplitStep};
use super::tree::{Split, Tree};

impl Channel {
    /// Compiles a tree in which the lines of the nodes in `on_shell` are
    /// expected on their mass shell. With `flat`, invariants follow RAMBO.
    pub fn new(
        tree: &Tree,
        on_shell: &[usize],
        flat: bool,
        limits: &Limits,
        initial: Initial,
        n_in: usize,
    ) -> Self {
        let Some(nodes) = tree.peripheral else {
            return Self::compile(tree, on_shell, &[], flat, limits, initial, n_in);
        };
        let sets = nodes.map(|at| tree.nodes[at].set);
        let parts = Self::compile(tree, on_shell, &nodes, flat, limits, initial, n_in);
        Self {
            outset: Outset::Peripheral(Peripheral::new(nodes, sets, limits, &initial)),
            ..parts
        }
    }

    /// Compiles the systems at some nodes of a tree, emitted by two hadrons:
    /// how they come from exchanges does not matter. One channel for each
    /// system that may take the recoil, with the node of that system.
    pub(crate) fn emitted(
        tree: &Tree,
        on_shell: &[usize],
        systems: &[usize],
        limits: &Limits,
        initial: Initial,
    ) -> Vec<(usize, Self)> {
        let nominal = tree.nominal(limits, on_shell);
        let told: Vec<System> = systems
            .iter()
            .map(|&node| System {
                node,
                set: tree.nodes[node].set,
                nominal: nominal[node],
            })
            .collect();
        let parts = Self::compile(tree, on_shell, systems, false, limits, initial, 2);
        recoils(&told, limits)
            .into_iter()
            .map(|recoil| {
                let emission = Emission::new(&told, recoil, limits, &initial);
                let channel = Self {
                    outset: Outset::Emission(emission),
                    ..parts.clone()
                };
                (systems[recoil], channel)
            })
            .collect()
    }

    /// Compiles a tree, or what is inside some of its nodes.
    fn compile(
        tree: &Tree,
        on_shell: &[usize],
        systems: &[usize],
        flat: bool,
        limits: &Limits,
        initial: Initial,
        n_in: usize,
    ) -> Self {
        let n_out = limits.masses.len();
        let nominal = tree.nominal(limits, on_shell);
        let map = |at: usize| {
            let node = &tree.nodes[at];
            if flat && at > 0 {
                InvariantMap::Diet(Diet {
                    k: node.set.count_ones() - 1,
                })
            } else if flat {
                total_map(None, &nominal, false, &initial)
            } else if at == 0 {
                total_map(Some(node), &nominal, on_shell.contains(&0), &initial)
            } else if tree.peripheral.is_some_and(|[.., m]| m == at) && node.line.is_none() {
                middle_map(node, nominal[at], limits, initial.s)
            } else {
                system_map(node, nominal[at], on_shell.contains(&at), limits, &initial)
            }
        };
        let mut channel = Self {
            n_in,
            n_out,
            initial,
            initial_map: map(0),
            outset: Outset::Whole,
            invariants: Vec::new(),
            splits: Vec::new(),
            n_nodes: tree.nodes.len(),
            leaves: vec![(0, 0.0); n_out],
        };
        let mut previous = vec![None; tree.nodes.len()];
        let mut beyond = vec![None; tree.nodes.len()];
        if let Some([left, right, middle]) = tree.peripheral {
            previous[middle] = Some(left);
            let (t, leg) = (right, right);
            beyond[middle] = Some(Beyond { t, leg });
        }
        for (at, node) in tree.nodes.iter().enumerate() {
            if !(systems.is_empty() || tree.is_inside(node.set, systems)) {
                continue;
            }
            if systems.contains(&at) && node.split.is_some() {
                channel
                    .invariants
                    .push(system_step(tree, systems, at, limits, map(at)));
            }
            let (a, b, line) = match node.split {
                None => {
                    let leg = node.set.trailing_zeros() as usize;
                    channel.leaves[leg] = (at, limits.masses[leg] * limits.masses[leg]);
                    continue;
                }
                Some(Split::Decay(a, b)) => (a, b, None),
                Some(Split::Exchange(a, b, line)) => {
                    (previous[a], previous[b]) = (previous[at], Some(at));
                    beyond[b] = beyond[at];
                    beyond[a] = beyond[at].or(Some(Beyond { t: at, leg: b }));
                    (a, b, Some(line))
                }
            };
            let [first, second] = narrow_first(tree, [a, b], on_shell);
            let is_leaf = |at: usize| tree.nodes[at].split.is_none();
            let pairs = [(first, second, is_leaf(second)), (second, first, true)];
            for (child, sibling, known) in pairs.into_iter().filter(|p| !is_leaf(p.0)) {
                let set = tree.nodes[child].set as usize;
                channel.invariants.push(InvariantStep {
                    node: child,
                    parent: at,
                    sibling,
                    sibling_known: known,
                    sibling_floor: limits.s_min[tree.nodes[sibling].set as usize].sqrt(),
                    lo: limits.s_min[set],
                    hi: limits.s_max[set],
                    map: map(child),
                });
            }
            let of_total = (at == 0).then_some([a, b]);
            let pt2 = of_total.map_or(0.0, |parts| {
                let of = |at: usize| limits.pt2_of(tree.nodes[at].set);
                of(parts[0]).max(of(parts[1]))
            });
            let (angles, y_max) = match line {
                Some(line) => exchange_angles(tree, of_total, line.mass, limits, &initial),
                None => {
                    let seen = Seen::of(tree, [a, b], limits, initial.boost)
                        .filter(|_| initial.boost_is_known() && !flat);
                    (seen.map_or(Angles::Flat, Angles::Seen), [f64::INFINITY; 2])
                }
            };
            channel.splits.push(SplitStep {
                node: at,
                a,
                b,
                angles,
                previous: previous[at],
                beyond: beyond[at],
                pt2,
                y_max,
            });
        }
        channel
    }
}

/// Angles of an exchange, and the walls of rapidity of its two sides; `of_total` are
/// the two sides if the whole final state is divided there.
fn exchange_angles(
    tree: &Tree,
    of_total: Option<[usize; 2]>,
    mass: f64,
    limits: &Limits,
    initial: &Initial,
) -> (Angles, [f64; 2]) {
    let walls = of_total.map_or([f64::INFINITY; 2], |parts| {
        rapidity_walls(tree, parts, limits, initial)
    });
    let bounded = of_total.is_some_and(|parts| {
        walls.iter().any(|y| y.is_finite()) || keeps_away(tree, parts, limits, initial)
    });
    (Angles::Exchange(exchange_map(mass, limits, bounded)), walls)
}

/// The invariant mass of a system, drawn before what is inside it.
fn system_step(
    tree: &Tree,
    systems: &[usize],
    at: usize,
    limits: &Limits,
    map: InvariantMap,
) -> InvariantStep {
    let floor = |at: usize| limits.s_min[tree.nodes[at].set as usize].sqrt();
    let all: f64 = systems.iter().map(|&at| floor(at)).sum();
    // Of two systems the second one knows the mass of the first.
    let known = (systems.iter()).find(|&&first| systems.len() == 2 && first < at);
    InvariantStep {
        node: at,
        parent: tree.nodes.len(),
        sibling: known.copied().unwrap_or(tree.nodes.len()),
        sibling_known: known.is_some(),
        sibling_floor: all - floor(at),
        lo: limits.s_min[tree.nodes[at].set as usize],
        hi: limits.s_max[tree.nodes[at].set as usize],
        map,
    }
}

/// Two nodes in the order in which their masses are drawn: what is on its mass
/// shell first, then the narrower resonance.
fn narrow_first(tree: &Tree, [a, b]: [usize; 2], on_shell: &[usize]) -> [usize; 2] {
    let rank = |at: usize| {
        let node = &tree.nodes[at];
        let width = node.line.map_or(f64::INFINITY, |l| l.width);
        match (on_shell.contains(&at), node.line.is_some()) {
            (true, _) => (0, width),
            (false, true) => (1, width),
            (false, false) => (2, width),
        }
    };
    if rank(b) < rank(a) { [b, a] } else { [a, b] }
}
