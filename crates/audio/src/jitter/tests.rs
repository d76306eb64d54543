use proptest::prelude::*;

use super::*;

const MS: u64 = 1000;

fn payload(seq: u64) -> Arc<[u8]> {
    Arc::from(seq.to_le_bytes())
}

/// All that there is at `now_us`: the packets' numbers, 'R' and 'C' for what is made up.
fn pulled(jitter: &mut Jitter, now_us: u64) -> Vec<String> {
    let name = |next| match next {
        Next::Packet(payload) => u64::from_le_bytes(payload[..8].try_into().unwrap()).to_string(),
        Next::Recover(_) => "R".into(),
        Next::Conceal => "C".into(),
    };
    std::iter::from_fn(|| jitter.pull(now_us)).map(name).collect()
}

#[test]
fn in_order_nothing_waits() {
    let mut jitter = Jitter::default();
    for seq in 7..100 {
        jitter.push(seq, payload(seq), seq * 20 * MS);
        assert_eq!(pulled(&mut jitter, seq * 20 * MS), [seq.to_string()]);
        assert_eq!(jitter.due_us(), None);
    }
}

#[test]
fn a_gap_is_waited_for_and_then_filled() {
    let mut jitter = Jitter::default();
    jitter.push(1, payload(1), 0);
    assert_eq!(pulled(&mut jitter, 0), ["1"]);
    jitter.push(4, payload(4), 60 * MS);
    assert_eq!(pulled(&mut jitter, 60 * MS), [""; 0]);
    assert_eq!(jitter.due_us(), Some(60 * MS + jitter.patience_us()));
    jitter.push(2, payload(2), 70 * MS);
    assert_eq!(pulled(&mut jitter, 70 * MS), ["2"]);
    assert_eq!(pulled(&mut jitter, 130 * MS), ["R", "4"]);
    jitter.push(7, payload(7), 140 * MS);
    assert_eq!(pulled(&mut jitter, 300 * MS), ["C", "R", "7"]);
    let fates = Fates { received: 4, recovered: 2, concealed: 1, ..Fates::default() };
    assert_eq!(jitter.fates(), fates);
}

#[test]
fn a_long_gap_is_left_open() {
    let mut jitter = Jitter::default();
    jitter.push(1, payload(1), 0);
    jitter.push(500, payload(500), 9_980 * MS);
    assert_eq!(pulled(&mut jitter, 20_000 * MS), ["1", "500"]);
    assert_eq!(jitter.fates().skipped, 498);
}

#[test]
fn patience_grows_with_what_comes_out_of_order_and_is_forgotten() {
    let mut jitter = Jitter::default();
    for (seq, at_ms) in [(1, 0), (3, 40), (2, 120)] {
        jitter.push(seq, payload(seq), at_ms * MS);
    }
    assert_eq!(jitter.patience_us(), 100 * MS);
    pulled(&mut jitter, 120 * MS);
    for seq in 4..20_000 {
        jitter.push(seq, payload(seq), seq * 20 * MS);
        pulled(&mut jitter, seq * 20 * MS);
    }
    assert_eq!(jitter.patience_us(), *PATIENCE_US.start());
}

#[test]
fn what_comes_twice_or_too_late_is_counted_and_dropped() {
    let mut jitter = Jitter::default();
    for (seq, at_ms) in [(1, 0), (1, 1), (3, 40)] {
        jitter.push(seq, payload(seq), at_ms * MS);
    }
    assert_eq!(pulled(&mut jitter, 500 * MS), ["1", "R", "3"]);
    jitter.push(2, payload(2), 501 * MS);
    jitter.push(3, payload(3), 502 * MS);
    assert_eq!(pulled(&mut jitter, 900 * MS), [""; 0]);
    assert_eq!((jitter.fates().repeated, jitter.fates().late), (2, 1));
}

#[test]
fn another_stream_begins_anew() {
    let mut jitter = Jitter::default();
    jitter.push(60_000, payload(60_000), 0);
    jitter.push(5, payload(5), 20 * MS);
    assert_eq!(pulled(&mut jitter, 20 * MS), ["5"]);
}

proptest! {
    /// Under loss, reordering and repetition: in order, each packet once, at most the filled gaps between, none kept.
    #[test]
    fn whatever_comes_leaves_in_order(
        packets in prop::collection::vec((0u64..4, 0u64..90, prop::bool::weighted(0.1), prop::bool::weighted(0.1)), 1..300),
    ) {
        let mut arriving: Vec<(u64, u64)> = Vec::new();
        for (seq, (_, delay_ms, lost, twice)) in packets.iter().enumerate() {
            let at_us = (seq as u64 * 20 + delay_ms) * MS;
            if !lost { arriving.push((at_us, seq as u64)); }
            if *twice { arriving.push((at_us + 5 * MS, seq as u64)); }
        }
        arriving.sort_unstable();
        let mut jitter = Jitter::default();
        let mut out = Vec::new();
        for (at_us, seq) in &arriving {
            jitter.push(*seq, payload(*seq), *at_us);
            out.extend(pulled(&mut jitter, *at_us));
            prop_assert!(jitter.waiting.len() <= MAX_WAITING);
        }
        out.extend(pulled(&mut jitter, u64::MAX));
        prop_assert!(jitter.waiting.is_empty() && jitter.due_us().is_none());
        let numbers: Vec<u64> = out.iter().filter_map(|o| o.parse().ok()).collect();
        prop_assert!(numbers.windows(2).all(|w| w[0] < w[1]), "{out:?}");
        let fates = jitter.fates();
        prop_assert_eq!(fates.received as usize, numbers.len());
        prop_assert_eq!(fates.received + fates.late + fates.repeated, arriving.len() as u64);
    }

    #[test]
    fn no_sequence_breaks_it(packets in prop::collection::vec((any::<u64>(), 0u64..50_000), 1..200)) {
        let mut jitter = Jitter::default();
        let mut now_us = 0;
        for (seq, later_us) in packets {
            now_us += later_us;
            jitter.push(seq >> 1, payload(seq), now_us);
            while jitter.pull(now_us).is_some() {}
            prop_assert!(jitter.waiting.len() <= MAX_WAITING);
        }
    }
}
