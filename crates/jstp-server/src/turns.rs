//! Turns of those who send to many, and of those who write it out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bounds of a turn.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(20);

/// When broadcasts let others go on.
///
/// Giving way after every event would have each client's events written one by one. So events gather for as
/// long as the others took in their last turn: they are then written in a few pieces, and the clients still
/// get half of the time.
#[derive(Debug)]
pub(crate) struct Turns {
    turn: Mutex<Turn>,
}

#[derive(Debug)]
struct Turn {
    began: Instant,
    /// How long it may take.
    length: Duration,
    /// When it was last seen going on.
    latest: Instant,
}

impl Default for Turns {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            turn: Mutex::new(Turn {
                began: now,
                length: SHORTEST,
                latest: now,
            }),
        }
    }
}

impl Turns {
    /// Lets others go on if the turn is over.
    pub(crate) async fn pass(&self) {
        if !self.lock().is_over(Instant::now()) {
            return;
        }
        tokio::task::yield_now().await;
        // Begins the next turn.
        self.lock().is_over(Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether others should go on at `now`. They have if it was not seen for a while: then a turn begins.
    fn is_over(&mut self, now: Instant) -> bool {
        let others = now.saturating_duration_since(self.latest);
        self.latest = now;
        if others >= SHORTEST {
            self.began = now;
            self.length = others.min(LONGEST);
        }
        let over = now.saturating_duration_since(self.began) >= self.length;
        if over {
            self.began = now;
            self.length = SHORTEST;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// How long a turn takes that is seen going on every tenth of a millisecond.
    fn length(turn: &mut Turn, now: &mut Instant) -> Duration {
        let begin = *now;
        while !turn.is_over(*now) {
            *now += MS / 10;
        }
        *now - begin
    }

    #[test]
    fn a_turn_is_as_long_as_that_of_the_others() {
        let turns = Turns::default();
        let mut turn = turns.lock();
        let mut now = Instant::now() + Duration::from_secs(1);
        length(&mut turn, &mut now);
        for (others, expected) in [(5, 5), (1, 1), (300, 20)] {
            now += others * MS;
            assert_eq!(length(&mut turn, &mut now), expected * MS, "after {others}");
        }
        // They had nothing to do.
        now += MS / 100;
        assert!(length(&mut turn, &mut now) <= MS);
    }
}
