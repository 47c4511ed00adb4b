//! Those who were refused, and wait for their turns.

use std::time::Instant;

use jstp_session::{Direction, SessionLimits};

use super::waiting::{behind, queue};
use super::{engine_with, events, receive, sent};
use crate::{Config, Engine, Event, SendError, Turn};

fn emit_in_turn(engine: &mut Engine<u32>, turn: Turn, args: &str) -> Result<(), SendError> {
    engine.set_turn(Some(turn));
    let outcome = engine.emit(Instant::now(), "i", "own", args);
    engine.set_turn(None);
    outcome
}

/// The turn of an event that is refused.
fn refused(engine: &mut Engine<u32>, args: &str) -> Turn {
    let outcome = engine.emit(Instant::now(), "i", "own", args);
    assert_eq!(outcome, Err(SendError::Full));
    engine.take_turn()
}

/// The turns that are told of room.
fn told(engine: &mut Engine<u32>) -> Vec<Turn> {
    let turn = |event| match event {
        Event::Turn(turn) => Some(turn),
        _ => None,
    };
    events(engine).into_iter().filter_map(turn).collect()
}

/// The peer has received everything.
fn acknowledge_all(engine: &mut Engine<u32>) {
    let last = engine.session().last_sent();
    receive(engine, &format!("{{pong:[-{last}]}}")).unwrap();
}

#[test]
fn one_that_was_refused_has_its_turn_before_events_that_come_later() {
    let mut server = behind();
    let now = Instant::now();
    assert_eq!(server.emit(now, "i", "own", "[]"), Err(SendError::Full));
    let turn = server.take_turn();
    let emit_in_turn = |server: &mut Engine<u32>| emit_in_turn(server, turn, "[]");
    receive(&mut server, "{pong:[-2]}").unwrap();
    assert_eq!(emit_in_turn(&mut server), Err(SendError::Full));
    // From here on the list is never empty.
    queue(&mut server, 7).unwrap();
    receive(&mut server, "{pong:[-3]}").unwrap();
    queue(&mut server, 8).unwrap();
    assert!(
        events(&mut server).is_empty(),
        "overtakes what waited before it"
    );
    assert_eq!(emit_in_turn(&mut server), Err(SendError::Full));
    for id in 4..=8 {
        receive(&mut server, &format!("{{pong:[-{id}]}}")).unwrap();
        if let [Event::Turn(told)] = events(&mut server)[..] {
            assert_eq!(told, turn);
            break;
        }
    }
    assert!(server.waiting_events() > 0);
    // Without a turn there is no overtaking.
    assert_eq!(server.emit(now, "i", "late", "[]"), Err(SendError::Full));
    assert_eq!(emit_in_turn(&mut server), Ok(()));
    server.give_turn_back(turn);
}

#[test]
fn a_turn_that_nobody_uses_costs_room_but_stalls_nothing() {
    let mut server = behind();
    assert_eq!(
        server.emit(Instant::now(), "i", "own", "[]"),
        Err(SendError::Full)
    );
    let turn = server.take_turn();
    for _ in 0..100 {
        let last = server.session().last_sent();
        receive(&mut server, &format!("{{pong:[-{last}]}}")).unwrap();
    }
    assert_eq!(server.waiting_events(), 0);
    server.give_turn_back(turn);
}

#[test]
fn a_message_that_takes_all_of_the_buffer_has_its_turn_among_events_without_end() {
    let limits = SessionLimits::default().with_max_buffered_bytes(2000);
    let config = Config::default().with_max_waiting(50, usize::MAX);
    let mut server = engine_with(Direction::Server, config, limits);
    for number in 0..40 {
        queue(&mut server, number).unwrap();
    }
    let long = format!("['{}']", "x".repeat(1900));
    let turn = refused(&mut server, &long);
    for number in 40..100 {
        if told(&mut server) == [turn] {
            assert!(server.waiting_events() > 0);
            assert_eq!(emit_in_turn(&mut server, turn, &long), Ok(()));
            server.give_turn_back(turn);
            // Only one of them goes beyond the limits.
            let next = refused(&mut server, &long);
            assert_eq!(emit_in_turn(&mut server, next, &long), Err(SendError::Full));
            assert!(server.session().buffered_bytes() < 3 * 2000);
            return;
        }
        acknowledge_all(&mut server);
        queue(&mut server, number).unwrap();
        sent(&mut server);
    }
    panic!("it waits for ever");
}

#[test]
fn who_is_not_heard_of_has_no_room_kept_from_those_behind_it() {
    let limits = SessionLimits::default().with_max_buffered_bytes(2000);
    let config = Config::default().with_max_waiting(50, usize::MAX);
    let mut server = engine_with(Direction::Server, config, limits);
    for number in 0..20 {
        queue(&mut server, number).unwrap();
    }
    let long = format!("['{}']", "x".repeat(1900));
    let unheard: Vec<_> = (0..3).map(|_| refused(&mut server, &long)).collect();
    let turn = refused(&mut server, &long);
    let mut all_told = Vec::new();
    for number in 20..50 {
        all_told.extend(told(&mut server));
        if all_told.contains(&turn) {
            assert!(server.waiting_events() > 0);
            assert_eq!(emit_in_turn(&mut server, turn, &long), Ok(()));
            server.give_turn_back(turn);
            // One that is heard of after all is refused for now, but not forgotten.
            let late = unheard[0];
            assert_eq!(emit_in_turn(&mut server, late, &long), Err(SendError::Full));
            acknowledge_all(&mut server);
            assert_eq!(told(&mut server), [late]);
            assert_eq!(emit_in_turn(&mut server, late, &long), Ok(()));
            return;
        }
        acknowledge_all(&mut server);
        queue(&mut server, number).unwrap();
        queue(&mut server, number).unwrap();
        sent(&mut server);
    }
    panic!("it waits for ever");
}

#[test]
fn as_many_are_told_of_room_as_there_is_room_for() {
    let limits = SessionLimits::default().with_max_buffered_messages(6);
    let mut server = engine_with(Direction::Server, Config::default(), limits);
    for _ in 0..6 {
        server.emit(Instant::now(), "i", "e", "[]").unwrap();
    }
    let turns: Vec<_> = (0..6).map(|_| refused(&mut server, "[]")).collect();
    sent(&mut server);
    assert!(told(&mut server).is_empty());
    receive(&mut server, "{pong:[-4]}").unwrap();
    assert_eq!(told(&mut server), turns[..2]);
    // One of whom nothing is heard holds back none of the others.
    assert_eq!(emit_in_turn(&mut server, turns[1], "[]"), Ok(()));
    server.give_turn_back(turns[1]);
    acknowledge_all(&mut server);
    assert_eq!(told(&mut server), turns[2..]);
    assert_eq!(emit_in_turn(&mut server, turns[2], "[]"), Ok(()));
}

#[test]
fn who_was_told_and_is_refused_again_is_told_again() {
    let limits = SessionLimits::default().with_max_buffered_messages(2);
    let mut server = engine_with(Direction::Server, Config::default(), limits);
    for _ in 0..2 {
        server.emit(Instant::now(), "i", "e", "[]").unwrap();
    }
    let first = refused(&mut server, "[]");
    let second = refused(&mut server, "[]");
    acknowledge_all(&mut server);
    // The second is told as well, lest it depend on the first.
    assert_eq!(told(&mut server), [first, second]);
    assert_eq!(emit_in_turn(&mut server, second, "[]"), Ok(()));
    server.give_turn_back(second);
    assert_eq!(emit_in_turn(&mut server, first, "[]"), Ok(()));
    server.give_turn_back(first);
    let third = refused(&mut server, "[]");
    assert_eq!(emit_in_turn(&mut server, third, "[]"), Err(SendError::Full));
    acknowledge_all(&mut server);
    assert_eq!(told(&mut server), [third]);
    server.emit(Instant::now(), "i", "e", "[]").unwrap();
    assert_eq!(emit_in_turn(&mut server, third, "[]"), Ok(()));
}

#[test]
fn who_waits_is_told_when_one_before_it_gives_its_turn_back_without_a_transport() {
    let limits = SessionLimits::default().with_max_buffered_bytes(4000);
    let mut server = engine_with(Direction::Server, Config::default(), limits);
    server.detach();
    let text = |length: usize| format!("['{}']", "x".repeat(length));
    server.emit(Instant::now(), "i", "e", &text(2000)).unwrap();
    let first = refused(&mut server, &text(3000));
    let second = refused(&mut server, &text(1000));
    assert!(told(&mut server).is_empty());
    server.give_turn_back(first);
    assert_eq!(told(&mut server), [second]);
}
