//! Turns of those who were refused: what comes later does not take the room from them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::send::PING_RESERVE;
use super::{Engine, Event};
use crate::error::SendError;

/// The place of a message that was refused with [`SendError::Full`] among the events that wait for room and the
/// others that were refused: behind those that wait already, before what comes later. To be
/// [given back](Engine::give_turn_back) when the message was sent, or is not to be sent any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn(u64);

#[derive(Debug)]
struct Place {
    /// How many events have to have left before.
    after: u64,
    /// The length of the message.
    len: usize,
}

/// The turns that were taken and not given back.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Those who wait to be told of room, the earliest first.
    waiting: BTreeMap<Turn, Place>,
    /// Those who were told, and were not refused since.
    told: BTreeMap<Turn, Place>,
    told_bytes: usize,
    /// Those who were told, and of whom nothing was heard before something else went by: no room is kept for them
    /// any longer.
    late: BTreeMap<Turn, Place>,
    next: u64,
    /// The one in which the next message is sent.
    current: Option<Turn>,
    /// The length of the message that was refused last.
    refused: usize,
    /// An empty buffer took something else although a turn had come.
    passed: bool,
}

impl Turns {
    pub(super) fn is_anybody_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The earliest but for the late ones.
    fn first(&self) -> Option<(Turn, &Place)> {
        let waiting = self.waiting.first_key_value();
        let told = self.told.first_key_value();
        let first = match (waiting, told) {
            (Some(waiting), Some(told)) => Some(if waiting.0 < told.0 { waiting } else { told }),
            (waiting, told) => waiting.or(told),
        };
        first.map(|(turn, place)| (*turn, place))
    }

    fn is_first(&self, turn: Turn) -> bool {
        self.first().is_some_and(|(first, _)| first == turn)
    }

    /// Notes that the earliest of those who wait is told.
    fn tell_next(&mut self) -> Option<Turn> {
        let (turn, place) = self.waiting.pop_first()?;
        self.told_bytes = self.told_bytes.saturating_add(place.len);
        self.told.insert(turn, place);
        Some(turn)
    }

    fn take_told(&mut self, turn: Turn) -> Option<Place> {
        let Some(place) = self.told.remove(&turn) else {
            return self.late.remove(&turn);
        };
        self.told_bytes = self.told_bytes.saturating_sub(place.len);
        Some(place)
    }

    /// Notes that something has gone by in an empty buffer.
    fn pass(&mut self, first: Turn) {
        self.passed = true;
        if let Some(place) = self.take_told(first) {
            self.late.insert(first, place);
        }
    }

    /// Has one wait that was refused again.
    fn wait_again(&mut self, turn: Turn) {
        if let Some(place) = self.take_told(turn) {
            self.waiting.insert(turn, place);
        }
    }
}

impl<C: Clone> Engine<C> {
    /// Takes a turn for the message that was refused last. [`Event::Turn`] tells when there is room for it.
    pub fn take_turn(&mut self) -> Turn {
        let turn = Turn(self.turns.next);
        self.turns.next += 1;
        let place = Place {
            after: self.waiting.taken() + self.waiting.len() as u64,
            len: self.turns.refused,
        };
        self.turns.waiting.insert(turn, place);
        turn
    }

    /// Says in whose turn messages are sent from now on. Once those have left that waited when the turn was
    /// taken, a message needs but room in the session's buffer. What comes later, be it events, messages of
    /// others, or those of later turns, keeps some free for the earliest turn, unless the buffer is empty: so
    /// one of whom nothing more is heard stalls nothing, and what was kept for it is kept for the next one from
    /// then on. If it is heard of after all, it may go beyond the limits of the buffer, as a message for which
    /// only an empty one has room would wait for ever otherwise.
    pub fn set_turn(&mut self, turn: Option<Turn>) {
        self.turns.current = turn;
    }

    /// Gives a turn back.
    pub fn give_turn_back(&mut self, turn: Turn) {
        if self.may_go_beyond(turn) {
            self.turns.passed = false;
        }
        self.turns.waiting.remove(&turn);
        self.turns.take_told(turn);
        // Those who kept room for it may go on.
        self.note_room();
    }

    /// Whether a message of `len` bytes may be sent now, in turn if it has one. If not, it is noted that it was
    /// refused.
    pub(super) fn admit(&mut self, now: Option<Instant>, len: usize) -> Result<(), SendError> {
        if self.may_send(len) {
            return Ok(());
        }
        if let Some(turn) = self.turns.current {
            self.turns.wait_again(turn);
        } else {
            let shortest = self.refused.map_or(len, |shortest| shortest.min(len));
            self.refused = Some(shortest);
        }
        self.turns.refused = len;
        self.collect_acknowledgements(now);
        Err(SendError::Full)
    }

    fn may_send(&self, len: usize) -> bool {
        match self.turns.current {
            Some(turn) if !self.has_come(turn) => self.has_room(len),
            Some(turn) if self.may_go_beyond(turn) => self.fits_first(len),
            Some(_) => self.fits_beside_turn(len),
            None => self.has_room(len),
        }
    }

    fn may_go_beyond(&self, turn: Turn) -> bool {
        self.turns.is_first(turn) || self.turns.late.contains_key(&turn)
    }

    /// Whether the message of the first turn, or a late one, which has come, may be sent.
    fn fits_first(&self, len: usize) -> bool {
        self.fits(len) || self.turns.passed && self.fits_outgoing(len)
    }

    /// Whether a message of `len` bytes may be sent now whose turn is later, or which has none: there is room for
    /// it, for the message whose turn has come, and for a ping.
    pub(super) fn fits_beside_turn(&self, len: usize) -> bool {
        let kept = self.due_len().filter(|_| self.session.buffered_count() > 0);
        self.fits(len)
            && kept.is_none_or(|kept| {
                let both = len.saturating_add(kept);
                self.fits(both)
                    && self
                        .session
                        .has_room_for(3, both.saturating_add(PING_RESERVE))
            })
    }

    /// Notes what goes into the buffer before the one whose turn has come.
    pub(super) fn note_passing(&mut self) {
        if self.session.buffered_count() > 0 {
            return;
        }
        let Some((first, place)) = self.turns.first() else {
            return;
        };
        let is_its_own = |turn| self.may_go_beyond(turn);
        if self.is_behind(place.after) && !self.turns.current.is_some_and(is_its_own) {
            self.turns.pass(first);
        }
    }

    /// Says that there is room, if somebody waits for it. Half of what may wait for the transport has to be
    /// written for that, lest those who wait be woken for every single message; but while events wait they
    /// would use it up, and room for the message whose turn has come is enough.
    pub(super) fn tell_of_room(&mut self) {
        let half_is_written = self.outgoing.bytes() <= self.config.max_outgoing_bytes / 2;
        if half_is_written || !self.waiting.is_empty() {
            self.tell_those_in_turn();
        }
        let Some(shortest) = self.refused else { return };
        if half_is_written && self.has_room(shortest) {
            self.refused = None;
            self.events.push_back(Event::Room);
        }
    }

    /// Tells as many as there is room for.
    fn tell_those_in_turn(&mut self) {
        while let Some((&turn, place)) = self.turns.waiting.first_key_value() {
            if !self.is_behind(place.after) || !self.may_be_told(turn, place.len) {
                return;
            }
            let told = self.turns.tell_next();
            self.events.extend(told.map(Event::Turn));
        }
    }

    fn may_be_told(&self, turn: Turn, len: usize) -> bool {
        if self.turns.is_first(turn) {
            return self.fits_first(len);
        }
        let (count, bytes) = (self.turns.told.len(), self.turns.told_bytes);
        let all = bytes.saturating_add(len);
        let fits_beside_them = self.fits_outgoing(all)
            && self
                .session
                .has_room_for(count + 2, all.saturating_add(PING_RESERVE));
        // Nothing more will be acknowledged, and the one who was told may not be heard of.
        fits_beside_them || count == 1 && self.session.buffered_count() == 0
    }

    /// Tells all, as nobody will be sent for any longer.
    pub(super) fn tell_all(&mut self) {
        while let Some(turn) = self.turns.tell_next() {
            self.events.push_back(Event::Turn(turn));
        }
    }

    /// The length of the message of the earliest turn, if that has come.
    pub(super) fn due_len(&self) -> Option<usize> {
        let (_, place) = self.turns.first()?;
        self.is_behind(place.after).then_some(place.len)
    }

    fn has_come(&self, turn: Turn) -> bool {
        let Turns {
            waiting,
            told,
            late,
            ..
        } = &self.turns;
        let place = [waiting, told, late]
            .into_iter()
            .find_map(|places| places.get(&turn));
        place.is_some_and(|place| self.is_behind(place.after))
    }

    /// Whether so many events have left.
    fn is_behind(&self, events: u64) -> bool {
        self.waiting.taken() >= events
    }
}
