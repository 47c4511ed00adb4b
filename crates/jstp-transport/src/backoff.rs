use std::future::Future;
use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Lets a listener go on after errors of `accept`.
///
/// A connection that broke before it was accepted costs nothing. Everything else (no file
/// descriptor left, no memory) would come again at once, so each failure in a row doubles a pause.
/// The pause is kept here, not in the future, so that giving up the future and calling again does
/// not cut it short.
#[derive(Debug, Default)]
pub(crate) struct AcceptBackoff {
    pause: Duration,
    until: Option<Instant>,
}

impl AcceptBackoff {
    /// Repeats `accept` until it succeeds.
    pub(crate) async fn accept<T, F>(&mut self, mut accept: impl FnMut() -> F) -> T
    where
        F: Future<Output = io::Result<T>>,
    {
        loop {
            if let Some(until) = self.until {
                tokio::time::sleep_until(until).await;
                self.until = None;
            }
            match accept().await {
                Ok(accepted) => {
                    self.pause = Duration::ZERO;
                    return accepted;
                }
                Err(error) if concerns_one_connection(&error) => {
                    debug!(%error, "a connection broke before it was accepted");
                }
                Err(error) => {
                    self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                    self.until = Some(Instant::now() + self.pause);
                    warn!(%error, pause = ?self.pause, "cannot accept connections");
                }
            }
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::future::ready;

    use super::*;

    const EMFILE: i32 = 24;

    fn out_of_files() -> io::Result<u8> {
        Err(io::Error::from_raw_os_error(EMFILE))
    }

    #[tokio::test(start_paused = true)]
    async fn accepting_goes_on_after_running_out_of_files_with_growing_pauses() {
        let calls = RefCell::new(Vec::new());
        let start = Instant::now();
        let mut backoff = AcceptBackoff::default();
        let accepted = backoff
            .accept(|| {
                calls.borrow_mut().push(start.elapsed().as_millis());
                ready(if calls.borrow().len() < 12 {
                    out_of_files()
                } else {
                    Ok(7)
                })
            })
            .await;
        assert_eq!(accepted, 7);
        assert_eq!(
            *calls.borrow(),
            [0, 5, 15, 35, 75, 155, 315, 635, 1275, 2275, 3275, 4275]
        );

        let mut outcomes = VecDeque::from([out_of_files(), Ok(8)]);
        let start = Instant::now();
        backoff
            .accept(|| ready(outcomes.pop_front().expect("it stops at the first success")))
            .await;
        assert_eq!(start.elapsed(), FIRST_PAUSE, "a success resets the pause");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_broke_in_the_queue_costs_no_pause() {
        let start = Instant::now();
        let mut outcomes = VecDeque::from([Err(ErrorKind::ConnectionAborted.into()), Ok(1)]);
        let mut backoff = AcceptBackoff::default();
        backoff
            .accept(|| ready(outcomes.pop_front().expect("it stops at the first success")))
            .await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn giving_up_the_future_does_not_cut_the_pause_short() {
        let mut backoff = AcceptBackoff::default();
        let mut failures = 0;
        for _ in 0..4 {
            let accept = backoff.accept(|| {
                failures += 1;
                ready(out_of_files())
            });
            assert!(
                tokio::time::timeout(Duration::from_millis(1), accept)
                    .await
                    .is_err()
            );
        }
        assert_eq!(failures, 1);
    }
}
