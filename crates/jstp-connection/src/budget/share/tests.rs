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
    other.set_message(FREE + 1);
    // One more has its turn.
    assert_eq!(other.allowance(), FREE + 1 + STEP);
    assert_eq!(one.allowance(), FREE + 1);
    assert_eq!(other.allowance(), FREE + 1 + STEP);
    // It was handled.
    other.set_message(0);
    one.set_message(9 * FREE);
    assert_eq!(one.allowance(), 9 * FREE + STEP);
    assert_eq!(Share::new(None).allowance(), usize::MAX);
}

#[test]
fn those_who_hold_least_have_their_turn_first_and_none_keeps_it() {
    let budget = MemoryBudget::new(0);
    let mut shares: Vec<Share> = (2..6).map(|_| share(&budget)).collect();
    for (share, pieces) in shares.iter_mut().zip(2..) {
        share.set_message(pieces * FREE);
    }
    assert!(shares[3].allowance() > FREE + 1);
    for index in [1, 2, 0] {
        assert_eq!(shares[index].allowance(), FREE + 1);
    }
    shares[3].set_message(0);
    for index in [1, 2] {
        assert_eq!(shares[index].allowance(), FREE + 1);
    }
    assert!(shares[0].allowance() > FREE + 1);
    // It goes away, with its turn, and so does the one that would be the next.
    drop(shares.remove(0));
    drop(shares.remove(0));
    assert!(shares[0].allowance() > FREE + 1);
    shares[0].rest(Instant::now());
    shares[1].set_message(7 * FREE);
    assert!(shares[1].allowance() > FREE + 1);
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
    other.set_message(4 * FREE);
    assert!(!one.is_too_slow(at(2) - SOON));
    one.set_message(4 * FREE + PACE_BYTES);
    assert!(!one.is_too_slow(at(2)));
    // While it waits for its turn it is not to blame.
    assert!(other.allowance() > FREE + 1);
    assert_eq!(one.allowance(), FREE + 1);
    assert!(!one.is_too_slow(at(3)));
    assert!(other.is_too_slow(at(3)));
    drop(other);
    // Now it has its turn.
    assert!(one.allowance() > FREE + 1);
    one.set_message(4 * FREE + 2 * PACE_BYTES);
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
