//! What calls return: statuses of wrong keys, null pointers and wrong layouts, metadata, messages
//! on standard error; threads with handles of their own.

use std::ffi::{c_int, c_void};
use std::process::Command;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use crate::common::{Handle, Points, Provider, input, key, output};

/// Statuses, as the header numbers them.
const ERROR: c_int = 1;
const UNSUPPORTED_INPUT: c_int = 3;
const UNSUPPORTED_OUTPUT: c_int = 4;
const UNSUPPORTED_META: c_int = 6;
const MISSING_INPUT: c_int = 7;

#[test]
fn metadata_of_a_process() {
    let provider = Provider::of_line("g g > t t~");
    let mut number = [-1i32];
    for (key, expected) in [(0, 0), (1, 4), (2, 3), (3, 16), (4, 2)] {
        assert_eq!(
            (provider.meta(key, &mut number), number[0]),
            (0, expected),
            "{key}"
        );
    }
    let mut masses = [-1.0f64; 4];
    assert_eq!(provider.meta(5, &mut masses), 0);
    assert!(masses[..2] == [0.0; 2] && masses[2] > 170.0 && masses[2] == masses[3]);
    assert_eq!(provider.meta(6, &mut number), UNSUPPORTED_META);
    assert_eq!(provider.meta(-1, &mut number), UNSUPPORTED_META);
    let get =
        provider.function::<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>("umami_get_meta");
    for key in 0..6 {
        // SAFETY: null pointers are allowed.
        assert_eq!(unsafe { get(key, null_mut()) }, ERROR, "{key}");
    }
    let yes = |name: &str| -> Vec<usize> {
        let list = provider.list(name);
        (0..list.len()).filter(|&k| list[k]).collect()
    };
    assert_eq!(yes("umami_supported_inputs"), [0, 1, 2, 3, 4, 6]);
    assert_eq!(yes("umami_required_inputs"), [0]);
    assert_eq!(yes("umami_supported_outputs"), [0, 2, 3]);
    assert_eq!(provider.list("umami_supported_inputs").len(), 9);
    assert_eq!(provider.list("umami_supported_outputs").len(), 6);
}

#[test]
fn wrong_calls_have_their_statuses_and_write_nothing() {
    let provider = Provider::of_line("e+ e- > mu+ mu-");
    let handle = provider.initialize(None).unwrap();
    let n = 4;
    let rows = Points::new(&[0.0; 4], 91.0, n).rows(n, 0);
    let mut out = vec![-7.0; n];
    let mut index = vec![-7i32; n];
    let (wrong, half) = ([0, 99, 0, 0], [0.5; 4]);
    let momenta = input(key::MOMENTA, &rows);
    let value = output(key::MATRIX_ELEMENT, &mut out);
    let all = [n, n, 0];
    let call = |at: [usize; 3], inputs: &[(i32, *const c_void)], outputs: &[(i32, *mut c_void)]| {
        provider.call(handle, at, inputs, outputs)
    };
    for unsupported in [5, 7, 8, 9, -1, 1000] {
        let inputs = [momenta, input(unsupported, &half)];
        assert_eq!(
            call(all, &inputs, &[value]),
            UNSUPPORTED_INPUT,
            "{unsupported}"
        );
    }
    for unsupported in [1, 4, 5, 6, -1] {
        let outputs = [value, output(unsupported, &mut index)];
        assert_eq!(
            call(all, &[momenta], &outputs),
            UNSUPPORTED_OUTPUT,
            "{unsupported}"
        );
    }
    assert_eq!(call(all, &[], &[value]), MISSING_INPUT);
    for drawn in [key::COLOUR_INDEX, key::HELICITY_INDEX] {
        let outputs = [value, output(drawn, &mut index)];
        assert_eq!(call(all, &[momenta], &outputs), MISSING_INPUT, "{drawn}");
    }
    let null_input = (key::MOMENTA, null());
    let flavour = input(key::FLAVOUR, &wrong);
    let helicity = input(key::HELICITY, &wrong);
    let random = input(key::RANDOM_HELICITY, &half);
    for inputs in [
        vec![null_input],
        vec![momenta, momenta],
        vec![momenta, flavour],
        vec![momenta, helicity],
        vec![momenta, helicity, random],
        vec![(key::MOMENTA, momenta.1.wrapping_byte_add(1))],
    ] {
        assert_eq!(call(all, &inputs, &[value]), ERROR, "{inputs:?}");
    }
    assert_eq!(
        call(all, &[momenta], &[(key::MATRIX_ELEMENT, null_mut())]),
        ERROR
    );
    for layout in [
        [n, n - 1, 0],
        [n, n, 1],
        [usize::MAX, n, 1],
        [1, usize::MAX, 0],
    ] {
        assert_eq!(call(layout, &[momenta], &[value]), ERROR, "{layout:?}");
    }
    let nobody = Handle(null_mut());
    assert_eq!(provider.call(nobody, all, &[momenta], &[value]), ERROR);
    assert_eq!(provider.set(nobody, "MZ", 91.0), ERROR);
    assert_eq!(provider.get(nobody, "MZ"), Err(ERROR));
    assert_eq!(call([0, 0, 0], &[null_input], &[value]), 0);
    provider.free(nobody);
    assert_eq!((out, index), (vec![-7.0; n], vec![-7; n]));
    provider.free(handle);
}

/// A point on a singularity is no number, and nothing can be drawn.
#[test]
fn what_is_no_number_is_given_as_it_is() {
    let provider = Provider::of_line("e+ e- > mu+ mu-");
    let handle = provider.initialize(None).unwrap();
    let rows = [f64::NAN; 16];
    let half = [0.5];
    let (mut out, mut helicity, mut flow) = ([0f64], [0i32], [0i32]);
    let inputs = [
        input(key::MOMENTA, &rows),
        input(key::RANDOM_HELICITY, &half),
        input(key::RANDOM_COLOUR, &half),
    ];
    let outputs = [
        output(key::MATRIX_ELEMENT, &mut out),
        output(key::HELICITY_INDEX, &mut helicity),
        output(key::COLOUR_INDEX, &mut flow),
    ];
    assert_eq!(provider.call(handle, [1, 1, 0], &inputs, &outputs), 0);
    assert!(!out[0].is_finite());
    assert_eq!((helicity, flow), ([-1], [-1]));
}

#[test]
fn threads_with_handles_of_their_own_agree() {
    let provider = Arc::new(Provider::of_line("g g > t t~"));
    let mut masses = [0.0; 4];
    assert_eq!(provider.meta(5, &mut masses), 0);
    let points = Arc::new(Points::new(&masses, 900.0, 3000));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (provider, points) = (Arc::clone(&provider), Arc::clone(&points));
            std::thread::spawn(move || {
                let handle = provider.initialize(None).unwrap();
                let found: Vec<_> = (0..5).map(|_| provider.me2(handle, &points, &[])).collect();
                provider.free(handle);
                found
            })
        })
        .collect();
    let all: Vec<Vec<f64>> = threads
        .into_iter()
        .flat_map(|t| t.join().unwrap())
        .collect();
    assert!(all.len() == 20 && all.iter().all(|found| *found == all[0]));
}

#[test]
fn processes_that_are_none_are_refused() {
    for card in [
        "process.generate = [\"g g > nobody\"]\n",
        "process.generate = [\"e+ e- > mu+ mu-\", \"e+ e- > mu+ mu- a\"]\n",
        "process.generate = [\"g g > t t~\", \"g g > b b~\"]\n",
        "process.generate = [\"p p > e+ e- $ z\"]\n",
        "process.generate = [\"e+ e- > mu+ mu-\"]\nbeams = { particles = [\"e+\", \"e-\"], energies = [100, 100], polarisation = [0.3, -0.8] }\n",
        "no card",
    ] {
        let provider = Provider::of_card(card);
        assert_eq!(provider.initialize(None).err(), Some(ERROR), "{card}");
        assert_eq!(provider.meta(1, &mut [0i32]), ERROR, "{card}");
    }
}

/// Run by the next test in a process of its own, with an environment.
#[test]
fn child() {
    let Ok(path) = std::env::var("OMNIS_UMAMI_TEST") else {
        return;
    };
    let library = crate::common::load(path.as_ref());
    type Function = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
    // SAFETY: the function has this type, and there is room for an int.
    unsafe {
        let get = library.get::<Function>(b"umami_get_meta").unwrap();
        let mut legs = 0i32;
        let status = get(1, (&raw mut legs).cast());
        println!("status {status} legs {legs}");
    }
}

#[test]
fn the_environment_chooses_where_no_card_lies_beside() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libalone.so");
    std::fs::copy(crate::common::built(), &library).unwrap();
    let card = folder.path().join("other.toml");
    std::fs::write(&card, "process.generate = [\"u u~ > e+ e- g\"]\n").unwrap();
    let card = card.to_str().unwrap();
    let run = |environment: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "calls::child", "--nocapture"]);
        for name in ["CARD", "PROCESS", "MODEL"] {
            command.env_remove(format!("OMNIS_UMAMI_{name}"));
        }
        command.env("OMNIS_UMAMI_TEST", &library);
        command.envs(environment.iter().copied());
        let answer = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(answer.stdout), text(answer.stderr))
    };
    let (out, err) = run(&[]);
    assert!(out.contains("status 1 legs 0"), "{out}");
    let line = err
        .lines()
        .find(|l| l.starts_with("umami (omnis): umami_get_meta: "));
    let line = line.unwrap_or_else(|| panic!("{err}"));
    for part in [
        "found none, expected a card",
        "alone.toml",
        "OMNIS_UMAMI_PROCESS",
    ] {
        assert!(line.contains(part), "{line}");
    }
    let ok = |environment: &[(&str, &str)], legs: i32| {
        let (out, err) = run(environment);
        assert!(
            out.contains(&format!("status 0 legs {legs}")),
            "{out} {err}"
        );
    };
    ok(&[("OMNIS_UMAMI_CARD", card)], 5);
    ok(&[("OMNIS_UMAMI_PROCESS", "g g > g g g g")], 6);
    let model = ("OMNIS_UMAMI_MODEL", "sm-no_b_mass");
    ok(&[("OMNIS_UMAMI_PROCESS", "b b~ > z"), model], 3);
    for wrong in [
        vec![
            ("OMNIS_UMAMI_CARD", card),
            ("OMNIS_UMAMI_PROCESS", "g g > g g"),
        ],
        vec![("OMNIS_UMAMI_CARD", card), model],
        vec![("OMNIS_UMAMI_PROCESS", "g g > nobody")],
        vec![("OMNIS_UMAMI_CARD", "/nowhere.toml")],
    ] {
        let (out, err) = run(&wrong);
        assert!(out.contains("status 1"), "{out} {err}");
        assert!(err.contains("umami (omnis): "), "{err}");
    }
}
