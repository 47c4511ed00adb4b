use super::super::LEAST;
use super::*;

const SOON: Duration = Duration::from_millis(1);

fn share(budget: &MemoryBudget) -> Share {
    Share::new(Some(budget.clone()))
}

#[test]
fn those_who_hold_much_wait_while_all_hold_too_much() {
    let budget = MemoryBudget::new(3 * FREE);
    let (mut large, mut small) = (share(&budget), share(&budget));
    large.set(0, 4 * FREE);
    small.set(0, FREE);
    assert_eq!(budget.held(), 3 * FREE);
    assert!(!large.holds_back(1));
    small.set(0, FREE + 1);
    assert!(large.holds_back(1) && small.holds_back(1));
    small.set(0, FREE);
    assert!(!large.holds_back(1));
    large.set(0, 9 * FREE);
    assert!(large.holds_back(1) && !small.holds_back(1));
    drop((large, small));
    assert_eq!(budget.held(), 0);
}

#[test]
fn who_waits_for_acknowledgements_reads_on() {
    let budget = MemoryBudget::new(FREE);
    let mut share = share(&budget);
    share.set(9 * FREE, FREE);
    assert!(!share.holds_back(FREE));
    share.set(9 * FREE, FREE + 1);
    assert!(share.holds_back(1));
}

#[test]
fn a_message_grows_while_there_is_memory() {
    let budget = MemoryBudget::new(4 * FREE);
    let (mut one, mut other) = (share(&budget), share(&budget));
    one.set_message(5 * FREE);
    assert_eq!(budget.held(), 4 * FREE);
    assert_eq!(one.allowance(), 5 * FREE + STEP);
    // More than the budget is held, but not of long messages.
    other.set_message(5 * FREE);
    assert_eq!(other.allowance(), 5 * FREE + STEP);
    assert_eq!(Share::new(None).allowance(), usize::MAX);
}

#[test]
fn one_at_a_time_goes_on_when_long_messages_take_too_much() {
    let budget = MemoryBudget::new(0);
    let (mut one, mut other) = (share(&budget), share(&budget));
    one.set_message(LEAST + FREE);
    assert!(one.allowance() > LEAST + FREE);
    other.set_message(2 * FREE);
    // Neither has a turn before it is known to have more to read.
    assert_eq!(other.allowance(), 2 * FREE + PROBE);
    assert_eq!(one.allowance(), LEAST + FREE + PROBE);
    other.set_message(2 * FREE + PROBE);
    one.set_message(LEAST + FREE + PROBE);
    assert_eq!(other.allowance(), 2 * FREE + PROBE + STEP);
    assert_eq!(one.allowance(), LEAST + FREE + PROBE);
    other.set_message(3 * FREE);
    assert_eq!(other.allowance(), 3 * FREE + STEP);
    // It was handled.
    other.set_message(0);
    assert_eq!(one.allowance(), LEAST + FREE + PROBE + STEP);
}

#[test]
fn turns_go_to_the_latest_of_the_shortest_and_to_the_oldest_and_none_keeps_them() {
    let budget = MemoryBudget::new(0);
    let mut crowd = share(&budget);
    crowd.set_message(LEAST + 2 * FREE);
    let lengths = [9, 5, 7, 3, 3, 4];
    let mut shares: Vec<Share> = lengths.map(|_| share(&budget)).into();
    for (share, pieces) in shares.iter_mut().zip(lengths) {
        share.set_message(pieces * FREE);
        share.set_message(pieces * FREE + PROBE);
    }
    let has_turn = |share: &mut Share| share.message > 0 && share.allowance() > share.message;
    let mut order = Vec::new();
    // The first one is alone in asking.
    assert!(has_turn(&mut shares[2]));
    for share in &mut shares {
        has_turn(share);
    }
    shares[2].set_message(0);
    while order.len() < 5 {
        let next = shares.iter_mut().position(has_turn).unwrap();
        match order.len() {
            0 => shares[next] = share(&budget),
            1 => {
                shares[next].rest(Instant::now());
                shares[next] = share(&budget);
            }
            _ => shares[next].set_message(0),
        }
        order.push(next);
    }
    assert_eq!(order, [0, 4, 1, 3, 5]);
}

#[test]
fn a_message_that_was_received_waits_for_its_turn_behind_what_is_not_acknowledged() {
    let budget = MemoryBudget::new(FREE);
    let (mut one, mut other) = (share(&budget), share(&budget));
    for share in [&mut one, &mut other] {
        share.set(9 * FREE, 0);
        share.set_message(2 * FREE);
        // Nothing was acknowledged.
        assert!(share.holds_back(2 * FREE));
        assert_eq!(share.allowance(), FREE + 1);
        share.set_acknowledged(1);
        share.set_message(2 * FREE);
    }
    assert!(!one.holds_back(FREE) && !one.holds_back(2 * FREE));
    assert!(other.holds_back(2 * FREE));
    one.set_message(0);
    assert!(!other.holds_back(2 * FREE));
}

#[test]
fn a_message_that_does_not_go_on_is_too_slow_while_memory_is_short() {
    let budget = MemoryBudget::new(4 * FREE);
    let (mut one, mut other) = (share(&budget), share(&budget));
    let start = Instant::now() + SOON;
    one.set_message(4 * FREE);
    let at = |times: u32| start + PACE_TIME * times;
    assert!(!one.is_too_slow(at(1)));
    other.set_message(LEAST + FREE);
    assert!(!one.is_too_slow(at(2) - SOON));
    one.set_message(4 * FREE + PACE_BYTES);
    assert!(!one.is_too_slow(at(2)));
    // While it waits for its turn it is not to blame.
    other.set_message(LEAST + FREE + PROBE);
    assert!(other.allowance() > LEAST + FREE + PROBE);
    let waits = 4 * FREE + PACE_BYTES + PROBE;
    one.set_message(waits);
    assert_eq!(one.allowance(), waits);
    assert!(!one.is_too_slow(at(3)));
    assert!(other.is_too_slow(at(3)));
    drop(other);
    // Now there is room for it.
    assert!(one.allowance() > waits);
    one.set_message(waits + PACE_BYTES);
    assert!(!one.is_too_slow(at(4)));
    assert!(one.is_too_slow(at(5)));
}

#[test]
fn a_message_behind_handlers_that_hold_much_has_no_turn_and_is_not_to_blame() {
    let budget = MemoryBudget::new(0);
    let mut share = share(&budget);
    share.set_message(2 * FREE);
    assert!(share.allowance() > FREE + 1);
    share.set(0, 2 * FREE);
    assert_eq!(share.allowance(), FREE + 1);
    let mut other = Share::new(Some(budget.clone()));
    other.set_message(9 * FREE);
    assert!(other.allowance() > FREE + 1);
    assert!(!share.is_too_slow(Instant::now() + PACE_TIME - SOON));
}

#[test]
fn who_acknowledges_is_not_deaf_although_as_much_is_sent_at_once() {
    let budget = MemoryBudget::new(0);
    let mut share = share(&budget);
    share.set(2 * FREE, 0);
    assert!(share.is_deaf());
    share.set(2 * FREE, 0);
    share.set_acknowledged(7);
    assert!(!share.is_deaf());
    // It has had its turn, and nothing was acknowledged since.
    share.set_message(2 * FREE);
    assert!(!share.holds_back(2 * FREE));
    share.set_message(0);
    share.set_acknowledged(7);
    assert!(share.is_deaf());
}

#[test]
fn who_was_not_asked_to_acknowledge_is_not_deaf() {
    let budget = MemoryBudget::new(0);
    let mut share = share(&budget);
    share.set(FREE, FREE);
    share.set_message(FREE + 1);
    assert!(!share.is_deaf());
    assert!(!share.holds_back(FREE + 1));
}

#[test]
fn who_has_waited_for_its_turn_has_its_time_when_there_is_room() {
    let budget = MemoryBudget::new(0);
    let (mut one, mut crowd) = (share(&budget), share(&budget));
    crowd.set_message(LEAST + FREE);
    one.set_message(2 * FREE);
    one.set_message(2 * FREE + PROBE);
    crowd.set_message(LEAST + FREE + PROBE);
    assert!(crowd.allowance() > LEAST + FREE + PROBE);
    assert_eq!(one.allowance(), 2 * FREE + PROBE);
    let waited = Instant::now().checked_sub(PACE_TIME);
    one.long.as_mut().unwrap().marked = waited.unwrap();
    crowd.set_message(0);
    assert!(one.allowance() > 2 * FREE + PROBE);
    assert!(!one.is_too_slow(Instant::now()));
}
