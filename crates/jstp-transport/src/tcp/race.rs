use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;

/// How long an address may stay silent before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to whichever address answers first.
pub(super) async fn connect(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    race(in_turn(addresses), TcpStream::connect).await
}

/// The addresses with their families alternating, so that a family without a route costs one head
/// start and not one for each address.
fn in_turn(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|a| a.is_ipv6() == first_is_v6);
    let mut second = second.into_iter();
    let mut ordered = VecDeque::new();
    for address in first {
        ordered.push_back(address);
        ordered.extend(second.next());
    }
    ordered.extend(second);
    ordered
}

/// Starts one attempt after the other, each when its forerunner has failed or used up its head
/// start, and takes the first to succeed. When all fail, the first error is told: the first address
/// is the preferred one.
async fn race<T, F: Future<Output = io::Result<T>>>(
    mut addresses: VecDeque<SocketAddr>,
    attempt: impl Fn(SocketAddr) -> F,
) -> io::Result<T> {
    let mut attempts = FuturesUnordered::new();
    let mut first_error = None;
    loop {
        if let Some(address) = addresses.pop_front() {
            attempts.push(attempt(address));
        }
        let outcome = if addresses.is_empty() {
            attempts.next().await
        } else {
            match tokio::time::timeout(HEAD_START, attempts.next()).await {
                Ok(outcome) => outcome,
                Err(_) => continue,
            }
        };
        match outcome {
            Some(Ok(connected)) => return Ok(connected),
            Some(Err(error)) => first_error = first_error.or(Some(error)),
            None => {
                let nothing = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
                return Err(first_error.unwrap_or_else(nothing));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    fn addresses(texts: &[&str]) -> VecDeque<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Port 1 refuses, port 2 never answers, others answer.
    async fn connect_by_port(address: SocketAddr) -> io::Result<SocketAddr> {
        match address.port() {
            1 => Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                address.to_string(),
            )),
            2 => pending().await,
            _ => Ok(address),
        }
    }

    #[test]
    fn families_alternate() {
        let mixed = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"]);
        let expected = addresses(&["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]);
        assert_eq!(in_turn(mixed.into_iter()), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_leads_to_the_next_address_at_once() {
        let start = Instant::now();
        let connected = race(
            addresses(&["1.1.1.1:1", "1.1.1.2:1", "1.1.1.3:3"]),
            connect_by_port,
        )
        .await
        .unwrap();
        assert_eq!(connected.to_string(), "1.1.1.3:3");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_costs_its_head_start_only() {
        let start = Instant::now();
        let connected = race(
            addresses(&["1.1.1.1:2", "1.1.1.2:2", "1.1.1.3:3"]),
            connect_by_port,
        )
        .await
        .unwrap();
        assert_eq!(connected.to_string(), "1.1.1.3:3");
        assert_eq!(start.elapsed(), HEAD_START * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_wins_over_later_attempts_that_fail() {
        let tried = RefCell::new(0);
        let attempt = async |address: SocketAddr| {
            *tried.borrow_mut() += 1;
            if address.port() == 9 {
                tokio::time::sleep(HEAD_START * 3).await;
            }
            connect_by_port(address).await
        };
        let connected = race(addresses(&["1.1.1.1:9", "1.1.1.2:1", "1.1.1.3:1"]), attempt)
            .await
            .unwrap();
        assert_eq!(connected.port(), 9);
        assert_eq!(*tried.borrow(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_fail_the_first_error_is_told() {
        let error = race(addresses(&["1.1.1.1:1", "1.1.1.2:1"]), connect_by_port)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "1.1.1.1:1");
        let error = race(addresses(&[]), connect_by_port).await.unwrap_err();
        assert_eq!(error.to_string(), "the host has no address");
    }
}
