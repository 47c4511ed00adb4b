//! What a contestant's client has to be able to do.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use hdrhistogram::Histogram;

use crate::Failure;

/// One connection of a contestant.
pub(crate) trait Client: Sized + Send + 'static {
    /// Connects, up to where the first call can be made.
    fn connect(address: &str) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Keeps calls under way until the time is up, then waits for the last answers. Each of the calls
    /// under way is made at least once.
    fn drive(&mut self, load: &Load) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A client that makes one call at a time, as often as one likes at once.
pub(crate) trait Caller: Sized + Send + Sync + 'static {
    /// Connects.
    fn connect(address: &str) -> impl Future<Output = Result<Self, Failure>> + Send;

    /// Calls the method that gives its argument back.
    fn echo(&self, payload: &str) -> impl Future<Output = Result<String, Failure>> + Send;
}

impl<C: Caller> Client for C {
    async fn connect(address: &str) -> Result<Self, Failure> {
        C::connect(address).await
    }

    async fn drive(&mut self, load: &Load) -> Result<(), Failure> {
        let callers = (0..load.in_flight).map(|_| call_repeatedly(self, load));
        try_join_all(callers).await?;
        Ok(())
    }
}

async fn call_repeatedly<C: Caller>(client: &C, load: &Load) -> Result<(), Failure> {
    let mut sent = Instant::now();
    loop {
        let answer = client.echo(&load.payload).await?;
        if answer.len() != load.payload.len() {
            return Err("the answer is not what was sent".into());
        }
        let answered = Instant::now();
        load.latencies.record(1, answered - sent);
        if answered >= load.until {
            return Ok(());
        }
        sent = answered;
    }
}

/// What one connection shall do.
pub(crate) struct Load {
    pub(crate) in_flight: usize,
    pub(crate) payload: Arc<str>,
    pub(crate) until: Instant,
    pub(crate) latencies: Arc<Latencies>,
}

/// The times from call to answer.
#[derive(Debug)]
pub(crate) struct Latencies(Mutex<Histogram<u64>>);

impl Latencies {
    /// Of times up to a minute, to three digits.
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self(Mutex::new(Histogram::new_with_bounds(
            1,
            60_000_000_000,
            3,
        )?)))
    }

    /// Notes that as many calls took so long.
    pub(crate) fn record(&self, calls: u64, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut histogram = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        histogram.saturating_record_n(nanoseconds, calls);
    }

    /// Adds what the other one has noted.
    pub(crate) fn add_to(&self, all: &mut Histogram<u64>) -> Result<(), Failure> {
        all.add(&*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(())
    }
}
