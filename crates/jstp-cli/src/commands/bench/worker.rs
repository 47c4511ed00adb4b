//! A thread that makes load: its connections share one runtime, and each of them has one task.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use jstp_connection::{CallOptions, Connection};
use jstp_wire::RawBuf;
use tokio::sync::{mpsc, watch};

use super::pace::{Pace, Schedule};
use super::plan::{Load, Times};
use super::recorder::{ErrorKind, Outcome, Recorder};
use super::signal::{Signal, Stop};
use crate::connect::Dialer;
use crate::failure::Failure;

/// How many connections of one thread are made at the same time.
const DIALS_AT_ONCE: usize = 32;

/// What is called.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) interface: String,
    pub(crate) method: String,
    /// Serialized once: what is measured is not our serializer.
    pub(crate) args: RawBuf,
    pub(crate) options: CallOptions,
}

/// What one thread is to do.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) dialer: Dialer,
    pub(crate) job: Job,
    pub(crate) load: Load,
    /// The numbers of its connections, from 0, among those of all threads, each with its schedule where
    /// there is one.
    pub(crate) connections: Vec<(usize, Arc<Pace>)>,
    /// How many calls may still be made, those of the warm-up not counted; `u64::MAX` for any number.
    pub(crate) calls_left: Arc<AtomicU64>,
    /// Is told of each connection that was made.
    pub(crate) connected: mpsc::UnboundedSender<Result<(), Failure>>,
    /// Says when to start.
    pub(crate) start: watch::Receiver<Option<Start>>,
    pub(crate) signal: Signal,
}

/// What is known when all connections are made.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) times: Times,
    pub(crate) schedule: Option<Schedule>,
    /// One for each thread.
    pub(crate) recorders: Arc<[Arc<Recorder>]>,
    /// How many connections are not lost.
    pub(crate) alive: Arc<AtomicUsize>,
}

impl Worker {
    /// Makes the connections, waits for the start, and makes calls until the run is over. `number` is that
    /// of the thread, from 0.
    pub(crate) async fn run(mut self, number: usize) {
        let Some(connections) = self.connect().await else {
            return;
        };
        let start = match self.start.wait_for(Option::is_some).await {
            Ok(start) => start.clone(),
            // The run was given up.
            Err(_) => None,
        };
        let Some((start, recorder)) =
            start.and_then(|start| Some((start.clone(), start.recorders.get(number)?.clone())))
        else {
            return;
        };
        let lines = connections.iter().zip(&self.connections);
        let lines = lines.map(|(connection, (number, pace))| Line {
            connection: connection.clone(),
            number: *number,
            pace: Arc::clone(pace),
            job: self.job.clone(),
            times: start.times,
            calls_left: Arc::clone(&self.calls_left),
            recorder: Arc::clone(&recorder),
            alive: Arc::clone(&start.alive),
            is_lost: AtomicBool::new(false),
            signal: self.signal.clone(),
        });
        let tasks: Vec<_> = lines
            .map(|line| match (self.load, start.schedule) {
                (Load::InFlight(count), _) => tokio::spawn(line.keep_in_flight(count)),
                (Load::Rate { max_in_flight, .. }, Some(schedule)) => {
                    tokio::spawn(line.keep_schedule(schedule, max_in_flight))
                }
                (Load::Rate { .. }, None) => tokio::spawn(async {}),
            })
            .collect();
        join_all(tasks).await;
        join_all(connections.iter().map(Connection::close)).await;
    }

    /// Makes the connections; `None` when one of them could not be made or the run was given up.
    async fn connect(&mut self) -> Option<Vec<Connection>> {
        let mut dials = futures_util::stream::iter(&self.connections)
            .map(|_| self.dialer.connect())
            .buffered(DIALS_AT_ONCE);
        let mut connections = Vec::with_capacity(self.connections.len());
        let mut signal = self.signal.clone();
        loop {
            let dialled = tokio::select! {
                dialled = dials.next() => dialled,
                () = signal.reached(Stop::WhenAnswered) => return None,
            };
            let outcome = match dialled {
                None => return Some(connections),
                Some(Ok(connection)) => {
                    connections.push(connection);
                    Ok(())
                }
                Some(Err(failure)) => Err(failure),
            };
            let is_failure = outcome.is_err();
            // Fails when nobody waits any longer, which the signal tells as well.
            let _ = self.connected.send(outcome);
            if is_failure {
                return None;
            }
        }
    }
}

/// One connection under load.
struct Line {
    connection: Connection,
    number: usize,
    pace: Arc<Pace>,
    job: Job,
    times: Times,
    calls_left: Arc<AtomicU64>,
    recorder: Arc<Recorder>,
    alive: Arc<AtomicUsize>,
    is_lost: AtomicBool,
    signal: Signal,
}

impl Line {
    /// Keeps `count` calls under way until the run is over.
    async fn keep_in_flight(self, count: usize) {
        tokio::time::sleep_until(self.times.start.into()).await;
        let begun: Vec<AtomicU64> = (0..count).map(|_| AtomicU64::new(IDLE)).collect();
        let mut lanes: FuturesUnordered<_> = begun.iter().map(|begun| self.repeat(begun)).collect();
        let mut signal = self.signal.clone();
        let all_done = async { while lanes.next().await.is_some() {} };
        tokio::select! {
            () = all_done => {}
            () = signal.reached(Stop::AtOnce) => {}
        }
        drop(lanes);
        if self.is_lost.load(Ordering::Relaxed) {
            self.alive.fetch_sub(1, Ordering::Relaxed);
        }
        for due in begun.iter().filter_map(|begun| self.begun(begun)) {
            self.recorder
                .record_failed(due, &ErrorKind::unanswered(), 1);
        }
    }

    /// Makes one call after the other. `begun` holds when the one under way was made, in nanoseconds after
    /// the start.
    async fn repeat(&self, begun: &AtomicU64) {
        loop {
            let now = Instant::now();
            if !self.may_call(now) {
                return;
            }
            let after = now.saturating_duration_since(self.times.start);
            begun.store(
                u64::try_from(after.as_nanos()).unwrap_or(IDLE - 1),
                Ordering::Relaxed,
            );
            let outcome = self.call().await;
            begun.store(IDLE, Ordering::Relaxed);
            self.recorder.record(now, now, &outcome);
            if outcome.is_final() {
                self.is_lost.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    fn begun(&self, begun: &AtomicU64) -> Option<Instant> {
        let after = begun.load(Ordering::Relaxed);
        (after != IDLE).then(|| self.times.start + Duration::from_nanos(after))
    }

    /// Whether a call may be made now; takes it from the number of calls.
    fn may_call(&self, now: Instant) -> bool {
        if self.times.end.is_some_and(|end| now >= end) || self.signal.now() != Stop::No {
            return false;
        }
        if now < self.times.measured_from {
            return true;
        }
        let take = |left: u64| match left {
            u64::MAX => Some(left),
            left => left.checked_sub(1),
        };
        self.calls_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    /// Makes each call when it is due, as far as no more than `max_in_flight` are under way.
    async fn keep_schedule(self, schedule: Schedule, max_in_flight: usize) {
        let [mut end, mut cut] = [self.signal.clone(), self.signal.clone()];
        let mut end = pin!(end.reached(Stop::WhenAnswered));
        let mut cut = pin!(cut.reached(Stop::AtOnce));
        let mut calls = FuturesUnordered::new();
        let (mut made, mut is_lost, mut is_over) = (0, false, false);
        let all = self.share(&schedule);
        while !(is_over || made == all) || !calls.is_empty() {
            let due = if is_over {
                made
            } else {
                self.pace.due().min(all)
            };
            while made < due && (is_lost || calls.len() < max_in_flight) {
                let due = schedule.due(self.number, made);
                made += 1;
                if is_lost {
                    self.recorder.record_failed(due, &ErrorKind::lost(), 1);
                } else if self.is_leftover(due) {
                    self.recorder.record_failed(due, &ErrorKind::unsent(), 1);
                } else {
                    calls.push(self.timed_call(due));
                }
            }
            tokio::select! {
                biased;
                Some(is_final) = calls.next(), if !calls.is_empty() => {
                    if is_final && !is_lost {
                        self.alive.fetch_sub(1, Ordering::Relaxed);
                    }
                    is_lost |= is_final;
                }
                () = self.pace.changed(), if !is_over && made < all => {}
                () = &mut end, if !is_over => is_over = true,
                () = &mut cut => break,
            }
        }
        let unanswered = calls.len();
        drop(calls);
        self.note_left(&schedule, made, unanswered);
    }

    /// Whether a call was due in the warm-up, which is over. Such calls must not hold up those that are
    /// measured.
    fn is_leftover(&self, due: Instant) -> bool {
        due < self.times.measured_from && Instant::now() >= self.times.measured_from
    }

    /// Writes down the calls that nothing became of.
    fn note_left(&self, schedule: &Schedule, made: u64, unanswered: usize) {
        let unanswered = unanswered as u64;
        // As a rule it is the latest that are not answered.
        let due = |number| schedule.due(self.number, number);
        for number in made.saturating_sub(unanswered)..made {
            self.recorder
                .record_failed(due(number), &ErrorKind::unanswered(), 1);
        }
        for number in made..self.pace.due().min(self.share(schedule)) {
            self.recorder
                .record_failed(due(number), &ErrorKind::unsent(), 1);
        }
    }

    /// How many calls of the schedule are this connection's.
    fn share(&self, schedule: &Schedule) -> u64 {
        let connections = schedule.connections as u64;
        (schedule.calls + connections - 1).saturating_sub(self.number as u64) / connections
    }

    /// Makes a call that is due at `due`; tells whether the connection is lost.
    async fn timed_call(&self, due: Instant) -> bool {
        let sent = Instant::now();
        let outcome = self.call().await;
        self.recorder.record(due, sent.max(due), &outcome);
        outcome.is_final()
    }

    async fn call(&self) -> Outcome {
        let job = &self.job;
        let result = self
            .connection
            .call_with(&job.interface, &job.method, &job.args, job.options.clone())
            .await;
        Outcome::of(&result)
    }
}

/// Stands for no call under way.
const IDLE: u64 = u64::MAX;
