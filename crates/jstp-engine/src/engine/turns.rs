//! Turns of those who were refused: events that come later do not take the room from them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::send::PING_RESERVE;
use super::{Engine, Event};
use crate::error::SendError;

/// The place, among the events that wait for room, of a message that was refused with [`SendError::Full`]:
/// behind those that wait already, before those that come later. To be
/// [given back](Engine::give_turn_back) when the message was sent, or is not to be sent any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(u64);

#[derive(Debug)]
struct Place {
    /// How many events have to have left before.
    after: u64,
    /// The length of the message.
    len: usize,
}

/// The turns that were taken and not given back, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Turns {
    places: BTreeMap<u64, Place>,
    next: u64,
    /// The one in which the next message is sent.
    current: Option<Turn>,
    /// The length of the message that was refused last.
    refused: usize,
}

impl<C: Clone> Engine<C> {
    /// Takes a turn for the message that was refused last.
    pub fn take_turn(&mut self) -> Turn {
        let turn = self.turns.next;
        self.turns.next += 1;
        let place = Place {
            after: self.waiting.taken() + self.waiting.len() as u64,
            len: self.turns.refused,
        };
        self.turns.places.insert(turn, place);
        Turn(turn)
    }

    /// Says in whose turn messages are sent from now on. Once those have left that waited when the turn was
    /// taken, a message needs but room in the session's buffer. Events that came later keep some free for the
    /// earliest turn, unless the buffer is empty: so one of whom nothing more is heard stalls nothing.
    pub fn set_turn(&mut self, turn: Option<Turn>) {
        self.turns.current = turn;
    }

    /// Gives a turn back.
    pub fn give_turn_back(&mut self, turn: Turn) {
        self.turns.places.remove(&turn.0);
    }

    /// Whether a message of `len` bytes may be sent now, in turn if it has one. If not, it is noted that it was
    /// refused.
    pub(super) fn admit(&mut self, now: Option<Instant>, len: usize) -> Result<(), SendError> {
        let place = self
            .turns
            .current
            .and_then(|turn| self.turns.places.get(&turn.0));
        let in_turn = place.is_some_and(|place| self.has_come(place));
        if self.has_room(len) || in_turn && self.fits(len) {
            return Ok(());
        }
        self.refused = Some(self.refused.map_or(len, |shortest| shortest.min(len)));
        self.turns.refused = len;
        self.collect_acknowledgements(now);
        Err(SendError::Full)
    }

    /// Whether an event of the list, of `len` bytes, may be sent now: there is room for it, for the message whose
    /// turn has come, and for a ping.
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

    /// Says that there is room, if somebody waits for it. Half of what may wait for the transport has to be
    /// written for that, lest those who wait be woken for every single message; but while events wait they
    /// would use it up, and room for the message whose turn has come is enough.
    pub(super) fn tell_of_room(&mut self) {
        let Some(shortest) = self.refused else { return };
        let half = self.config.max_outgoing_bytes / 2;
        let in_turn = !self.waiting.is_empty() && self.due_len().is_some_and(|len| self.fits(len));
        if in_turn || self.has_room(shortest) && self.outgoing.bytes() <= half {
            self.refused = None;
            self.events.push_back(Event::Room);
        }
    }

    /// The length of the message of the earliest turn, if that has come.
    pub(super) fn due_len(&self) -> Option<usize> {
        let (_, place) = self.turns.places.first_key_value()?;
        self.has_come(place).then_some(place.len)
    }

    fn has_come(&self, place: &Place) -> bool {
        self.waiting.taken() >= place.after
    }
}
