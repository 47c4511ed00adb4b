//! Random courses of a connection with cuts and resumes: nothing may be lost, doubled or left over.

mod world;

use proptest::prelude::*;

use super::pair::{Client, Server, Side};
use world::World;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Emit(Side),
    /// Emits an event that may wait.
    Queue(Side),
    /// Emits an event by the log, if this side follows that.
    Log(Side),
    /// Follows the log, or does so no longer.
    Follow(Side),
    /// Emits an event, in turn: the first attempt takes a turn if there is no room.
    EmitInTurn(Side),
    /// Loses interest in the event that was refused.
    GiveUp(Side),
    Call {
        side: Side,
        resend: bool,
    },
    Ping(Side),
    /// One of the calls that wait at this side is answered, with an error if so wanted.
    Answer {
        side: Side,
        which: usize,
        fails: bool,
    },
    /// The caller of one of the calls of this side loses interest.
    Forget {
        side: Side,
        which: usize,
    },
    /// Some messages reach this side.
    Deliver {
        side: Side,
        count: usize,
    },
    /// So many bytes still arrive, then the transport is lost.
    Cut {
        to_client: usize,
        to_server: usize,
    },
    /// The client begins to resume on a new transport, whether the old one is lost or not.
    Reconnect,
    Advance {
        millis: u64,
    },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Client), Just(Server)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => side().prop_map(Step::Emit),
        6 => side().prop_map(Step::Queue),
        6 => side().prop_map(Step::Log),
        2 => side().prop_map(Step::Follow),
        3 => side().prop_map(Step::EmitInTurn),
        1 => side().prop_map(Step::GiveUp),
        4 => (side(), any::<bool>()).prop_map(|(side, resend)| Step::Call { side, resend }),
        1 => side().prop_map(Step::Ping),
        4 => (side(), 0..8_usize, any::<bool>())
            .prop_map(|(side, which, fails)| Step::Answer { side, which, fails }),
        1 => (side(), 0..8_usize).prop_map(|(side, which)| Step::Forget { side, which }),
        6 => (side(), 1..6_usize).prop_map(|(side, count)| Step::Deliver { side, count }),
        2 => (0..200_usize, 0..200_usize)
            .prop_map(|(to_client, to_server)| Step::Cut { to_client, to_server }),
        3 => Just(Step::Reconnect),
        2 => (0..300_u64).prop_map(|millis| Step::Advance { millis }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_event_arrives_once_in_order_and_every_call_ends_once(
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.apply(step);
            world.check();
        }
        world.finish();
    }

    #[test]
    fn every_call_ends_once_when_the_connection_closes_at_any_time(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.apply(step);
        }
        world.close();
    }
}
