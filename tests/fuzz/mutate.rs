//! Inputs that are almost right: changed copies of good ones.
//!
//! The same seed gives the same input on every machine.

/// Longest input that is made, in bytes.
const MOST: usize = 256 << 10;

/// Numbers that readers tend to believe.
const NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "2",
    "255",
    "256",
    "65536",
    "100000",
    "2147483647",
    "-2147483648",
    "4294967296",
    "1000000000",
    "9223372036854775807",
    "99999999999999999999",
    "1e308",
    "-1e-320",
    "nan",
    "inf",
];

/// Numbers without pattern (SplitMix64).
pub struct Random(u64);

impl Random {
    /// Of a target, a seed and a case.
    pub fn new(target: &str, seed: u64, case: u64) -> Self {
        // FNV-1a of the name keeps targets apart.
        let name = target.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut random = Self(name ^ seed.rotate_left(32));
        random.0 = random.next() ^ case;
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A number of places that is often small.
    fn few(&mut self) -> usize {
        let bits = self.below(14) as u32;
        self.below(1 << bits) + 1
    }
}

/// A changed copy of one of `corpus`, with words of `dictionary` put in.
pub fn mutated(random: &mut Random, corpus: &[Vec<u8>], dictionary: &[&str]) -> Vec<u8> {
    let mut data = random.of(corpus).clone();
    for _ in 0..=random.below(6) {
        change(random, &mut data, corpus, dictionary);
        data.truncate(MOST);
    }
    data
}

fn change(random: &mut Random, data: &mut Vec<u8>, corpus: &[Vec<u8>], dictionary: &[&str]) {
    let place = random.below(data.len() + 1);
    match random.below(12) {
        0 if !data.is_empty() => {
            let place = place % data.len();
            data[place] ^= 1 << random.below(8);
        }
        1 if !data.is_empty() => {
            let place = place % data.len();
            data[place] = random.below(256) as u8;
        }
        2 => {
            let end = (place + random.few()).min(data.len());
            data.drain(place..end);
        }
        3 => data.truncate(place),
        4 => {
            let word = *random.of(dictionary);
            insert(data, place, word.as_bytes());
        }
        5 => insert(data, place, random.of(&NUMBERS).as_bytes()),
        6 | 7 => {
            // A number or word of the input gives way to another.
            let span = word_at(data, place);
            let new = match random.below(3) {
                0 => *random.of(dictionary),
                _ => *random.of(&NUMBERS),
            };
            data.splice(span, new.bytes());
        }
        8 => {
            let other = random.of(corpus);
            let from = random.below(other.len() + 1);
            let to = (from + random.few()).min(other.len());
            insert(data, place, &other[from..to]);
        }
        9 => {
            // A line, many times.
            let span = line_at(data, place);
            let line = data[span.clone()].to_vec();
            let room = MOST / (line.len() + 1);
            let times = random.few().min(room);
            insert(data, span.start, &line.repeat(times));
        }
        10 => {
            let line = data.drain(line_at(data, place)).collect::<Vec<u8>>();
            let place = random.below(data.len() + 1);
            let at = line_at(data, place).start;
            insert(data, at, &line);
        }
        _ => {
            // A word, many times.
            let word = *random.of(dictionary);
            let times = random.few().min(MOST / (word.len() + 1));
            insert(data, place, word.repeat(times).as_bytes());
        }
    }
}

fn insert(data: &mut Vec<u8>, place: usize, bytes: &[u8]) {
    data.splice(place..place, bytes.iter().copied());
}

/// The word that a place is in.
fn word_at(data: &[u8], place: usize) -> std::ops::Range<usize> {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_');
    let start = place - data[..place].iter().rev().take_while(|b| part(b)).count();
    let end = place + data[place..].iter().take_while(|b| part(b)).count();
    start..end
}

/// The line that a place is in, with its line break.
fn line_at(data: &[u8], place: usize) -> std::ops::Range<usize> {
    let start = data[..place].iter().rposition(|b| *b == b'\n');
    let end = data[place..].iter().position(|b| *b == b'\n');
    start.map_or(0, |s| s + 1)..end.map_or(data.len(), |e| place + e + 1)
}

#[test]
fn the_same_seed_gives_the_same_input_and_another_case_another() {
    let corpus = [b"a b 1.5\nc d 2\n".to_vec(), b"e\n".to_vec()];
    let make = |case| mutated(&mut Random::new("t", 1, case), &corpus, &["x", "<y>"]);
    let all: std::collections::BTreeSet<Vec<u8>> = (0..1000).map(make).collect();
    assert!(all.len() > 700, "{}", all.len());
    for case in 0..1000 {
        assert_eq!(make(case), make(case));
        assert!(make(case).len() <= MOST);
    }
}
