use super::*;

const LIMIT: Duration = Duration::from_secs(5);

/// When a client is found too slow that takes so many of the events that wait in each second, while they are
/// always as many as at first.
fn ended_after(waiting: usize, taken_per_second: u64, alone: bool) -> Option<u64> {
    let start = Instant::now();
    let mut backlog = Backlog {
        waiting,
        taken: 0,
        progress: 0,
        attached: true,
    };
    let mut pace = Pace::new(backlog, start);
    (1..100).find(|&second| {
        backlog.taken += taken_per_second;
        let now = start + Duration::from_secs(second);
        pace.is_too_slow(backlog, now, LIMIT, alone)
    })
}

#[test]
fn one_that_takes_nothing_is_too_slow_whatever_others_do() {
    assert_eq!(ended_after(100, 0, true), Some(5));
    assert_eq!(ended_after(100, 0, false), Some(5));
}

#[test]
fn one_that_takes_a_little_is_too_slow_only_while_others_are_faster() {
    assert_eq!(ended_after(100, 1, true), Some(5));
    assert_eq!(ended_after(100, 19, true), Some(5));
    assert_eq!(ended_after(100, 2, false), None);
}

#[test]
fn one_that_takes_a_little_sets_the_pace_of_no_others_for_ever() {
    assert_eq!(ended_after(100, 1, false), Some(60));
    assert_eq!(ended_after(4096, 60, false), Some(60));
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
    assert_eq!(ended_after(100, 25, true), None);
    assert_eq!(ended_after(100, 1000, true), None);
}
