use super::*;

/// At which look a client is found too slow that takes so many of the events that wait between two, while they
/// are always as many as at first.
fn ended_at(waiting: usize, taken_per_look: u64, alone: bool) -> Option<u32> {
    let mut backlog = Backlog {
        waiting,
        taken: 0,
        progress: 0,
        attached: true,
    };
    let mut pace = Pace::new(backlog);
    (1..1000).find(|_| {
        backlog.taken += taken_per_look;
        pace.is_too_slow(backlog, alone)
    })
}

#[test]
fn one_that_takes_nothing_is_too_slow_whatever_others_do() {
    assert_eq!(ended_at(100, 0, true), Some(LOOKS));
    assert_eq!(ended_at(100, 0, false), Some(LOOKS));
}

#[test]
fn one_that_takes_a_little_is_too_slow_only_while_others_are_faster() {
    assert_eq!(ended_at(100, 1, true), Some(LOOKS));
    assert_eq!(ended_at(100, 12, true), Some(LOOKS));
    assert_eq!(ended_at(100, 2, false), None);
}

#[test]
fn one_that_takes_a_little_sets_the_pace_of_no_others_for_ever() {
    let last = LOOKS * TIMES_TOGETHER;
    assert_eq!(ended_at(100, 1, false), Some(last));
    assert_eq!(ended_at(4096, 42, false), Some(last));
}

#[test]
fn one_is_alone_when_most_others_are_not_behind() {
    assert!(!is_alone(1, 1));
    assert!(is_alone(1, 2));
    assert!(!is_alone(2, 2));
    assert!(is_alone(1, 3));
    assert!(!is_alone(2, 3));
    assert!(is_alone(2, 4));
    assert!(!is_alone(2, 0));
}

#[test]
fn one_that_catches_up_in_time_is_not() {
    assert_eq!(ended_at(100, 13, true), None);
    assert_eq!(ended_at(100, 1000, true), None);
}
