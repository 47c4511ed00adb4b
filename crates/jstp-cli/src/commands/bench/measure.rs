//! One run: connections, the start, samples on the way, the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep_until, timeout_at};

use super::pace::{Pace, Schedule};
use super::plan::{End, Load, Plan, Times};
use super::progress::Progress;
use super::recorder::{Notes, Recent, Recorder};
use super::series::{Sample, Series};
use super::signal::{Signal, Stop, Switch};
use super::worker::{Job, Start, Worker};
use crate::connect::Dialer;
use crate::failure::Failure;

/// From the moment when all connections are there to the first call.
const HEAD_START: Duration = Duration::from_millis(20);

/// How long a sample is.
const SAMPLE: Duration = Duration::from_millis(100);

/// How long answers are waited for after an interruption.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) notes: Notes,
    pub(crate) samples: Vec<Sample>,
    /// How long calls were made.
    pub(crate) time: Duration,
    pub(crate) interrupted: bool,
    /// How many connections were lost on the way.
    pub(crate) lost: usize,
}

/// Makes the load of `plan` and measures.
pub(crate) async fn measure(
    plan: &Plan,
    dialer: &Dialer,
    job: Job,
    progress: &mut Progress,
) -> Result<Measured, Failure> {
    let (switch, signal) = Signal::new();
    // Whatever makes this future end, a failure or being dropped, ends the threads.
    let _guard = Guard(switch.clone());
    let mut crew = Crew::hire(plan, dialer, &job, &signal)?;
    crew.wait_for_connections(plan.connections, progress)
        .await?;
    let run = Run::begin(plan, crew, &signal);
    run.watch(&switch, progress).await
}

struct Guard(Switch);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(Stop::AtOnce);
    }
}

/// The threads that make the load.
struct Crew {
    paces: Vec<Arc<Pace>>,
    calls_left: Arc<AtomicU64>,
    connected: mpsc::UnboundedReceiver<Result<(), Failure>>,
    start: watch::Sender<Option<Start>>,
    /// Closed when the last thread has ended.
    done: mpsc::Receiver<()>,
}

impl Crew {
    fn hire(plan: &Plan, dialer: &Dialer, job: &Job, signal: &Signal) -> Result<Self, Failure> {
        let paces: Vec<Arc<Pace>> = (0..plan.connections).map(|_| Arc::default()).collect();
        let calls_left = Arc::new(AtomicU64::new(match plan.end {
            End::After(_) => u64::MAX,
            End::Calls(calls) => calls,
        }));
        let (connected_sender, connected) = mpsc::unbounded_channel();
        let (start, start_receiver) = watch::channel(None);
        let (done_sender, done) = mpsc::channel(1);
        for thread in 0..plan.threads {
            let share = paces.iter().enumerate().skip(thread).step_by(plan.threads);
            let worker = Worker {
                dialer: dialer.clone(),
                job: job.clone(),
                load: plan.load,
                connections: share.map(|(number, pace)| (number, pace.clone())).collect(),
                calls_left: Arc::clone(&calls_left),
                connected: connected_sender.clone(),
                start: start_receiver.clone(),
                signal: signal.clone(),
            };
            let done = done_sender.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::usage(format!("cannot start: {error}")))?;
            thread::spawn(move || {
                runtime.block_on(worker.run(thread));
                runtime.shutdown_background();
                drop(done);
            });
        }
        Ok(Self {
            paces,
            calls_left,
            connected,
            start,
            done,
        })
    }

    async fn wait_for_connections(
        &mut self,
        all: usize,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        for made in 0..all {
            progress.connecting(made, all);
            let outcome = tokio::select! {
                outcome = self.connected.recv() => outcome,
                signal = tokio::signal::ctrl_c() => {
                    signal?;
                    return Err(Failure::connection("interrupted before the connections were made"));
                }
            };
            outcome.unwrap_or_else(|| Err(Failure::connection("a thread ended early")))?;
        }
        Ok(())
    }
}

/// A run that has begun.
struct Run {
    times: Times,
    recorders: Arc<[Arc<Recorder>]>,
    alive: Arc<AtomicUsize>,
    connections: usize,
    timeout: Option<Duration>,
    done: mpsc::Receiver<()>,
    series: Series,
    /// Kept from sample to sample, since they are large.
    recent: [Recent; 2],
}

impl Run {
    fn begin(plan: &Plan, crew: Crew, signal: &Signal) -> Self {
        let times = plan.times(Instant::now() + HEAD_START);
        let schedule = match (plan.load, plan.scheduled()) {
            (Load::Rate { per_second, .. }, Some(calls)) => Some(Schedule {
                start: times.start,
                per_second,
                connections: plan.connections,
                calls,
            }),
            _ => None,
        };
        if let Some(schedule) = schedule {
            // Not waited for: it ends with the schedule or by the signal.
            drop(schedule.keep(crew.paces, signal.clone()));
        }
        let recorders: Arc<[_]> = (0..plan.threads)
            .map(|_| Arc::new(Recorder::new(times)))
            .collect();
        let alive = Arc::new(AtomicUsize::new(plan.connections));
        crew.start.send_replace(Some(Start {
            times,
            schedule,
            recorders: Arc::clone(&recorders),
            alive: Arc::clone(&alive),
        }));
        drop(crew.calls_left);
        Self {
            times,
            recorders,
            alive,
            connections: plan.connections,
            timeout: plan.timeout,
            done: crew.done,
            series: Series::default(),
            recent: [Recent::new(), Recent::new()],
        }
    }

    /// Takes samples until the run is over.
    async fn watch(
        mut self,
        switch: &Switch,
        progress: &mut Progress,
    ) -> Result<Measured, Failure> {
        let mut is_over = self.warm_up(progress).await?;
        let mut interrupted = is_over == Some(Ending::Interrupted);
        let mut last = self.times.measured_from;
        while is_over.is_none() {
            let next = last + SAMPLE;
            let next = self.times.end.map_or(next, |end| next.min(end));
            is_over = self.next_sample(next).await?;
            let now = Instant::now().min(next).max(last);
            self.take(now - last, progress);
            last = now;
            if self.times.end.is_some_and(|end| last >= end) {
                break;
            }
            if self.alive.load(Ordering::Relaxed) == 0 {
                switch.set(Stop::AtOnce);
            }
        }
        interrupted |= is_over == Some(Ending::Interrupted);
        let patience = if interrupted {
            Some(PATIENCE)
        } else {
            self.timeout
        };
        if is_over != Some(Ending::Done) {
            switch.set(Stop::WhenAnswered);
            progress.waiting();
            self.wait_for_answers(patience, switch).await?;
        }
        progress.clear();
        let mut notes = Notes::new();
        for recorder in self.recorders.iter() {
            recorder.add_to(&mut notes);
        }
        Ok(Measured {
            notes,
            samples: self.series.into_samples(),
            time: last - self.times.measured_from,
            interrupted,
            lost: self.connections - self.alive.load(Ordering::Relaxed).min(self.connections),
        })
    }

    /// Waits for the end of the warm-up. A run in which nothing succeeded by then is given up.
    async fn warm_up(&mut self, progress: &mut Progress) -> Result<Option<Ending>, Failure> {
        progress.warming_up();
        let ending = self.next_sample(self.times.measured_from).await?;
        self.gather();
        let [recent, _] = &self.recent;
        if let Some(error) = recent
            .last_error
            .as_ref()
            .filter(|_| recent.latency.is_empty())
        {
            progress.clear();
            let message = format!("no call succeeded so far: {} {}", error.code, error.message);
            return Err(if error.code == "lost" {
                Failure::connection(message)
            } else {
                Failure::finding(message)
            });
        }
        Ok(ending)
    }

    async fn next_sample(&mut self, until: Instant) -> Result<Option<Ending>, Failure> {
        Ok(tokio::select! {
            () = sleep_until(until.into()) => None,
            _ = self.done.recv() => Some(Ending::Done),
            signal = tokio::signal::ctrl_c() => {
                signal?;
                Some(Ending::Interrupted)
            }
        })
    }

    fn take(&mut self, length: Duration, progress: &mut Progress) {
        self.gather();
        let [recent, _] = &self.recent;
        if !length.is_zero() {
            self.series.push(recent, length);
            progress.running(&self.times, recent, length);
        }
    }

    /// Gathers what happened lately in all threads.
    fn gather(&mut self) {
        let [sum, one] = &mut self.recent;
        sum.clear();
        for recorder in self.recorders.iter() {
            recorder.take_recent(one);
            sum.add(one);
        }
    }

    /// Waits for the calls that are under way, but no longer than `patience` or until Ctrl-C.
    async fn wait_for_answers(
        &mut self,
        patience: Option<Duration>,
        switch: &Switch,
    ) -> Result<(), Failure> {
        let limit = patience.unwrap_or(Duration::from_secs(u32::MAX.into()));
        tokio::select! {
            outcome = timeout_at((Instant::now() + limit).into(), self.done.recv()) => {
                if outcome.is_ok() {
                    return Ok(());
                }
            }
            signal = tokio::signal::ctrl_c() => signal?,
        }
        switch.set(Stop::AtOnce);
        // Only closing the connections is left to be done, which has its own limit.
        let _ = self.done.recv().await;
        Ok(())
    }
}

/// Why no further samples are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All calls are made and answered, or no connection is left.
    Done,
    Interrupted,
}
