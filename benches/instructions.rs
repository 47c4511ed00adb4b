//! Work to be counted in instructions: `instructions NAME COUNT` does it so many times, `instructions`
//! alone prints the names. `cargo xtask guard` runs it under Valgrind and compares.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod in_process;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::join_all;
use jstp::Results;
use jstp_session::Direction;
use jstp_wire::{DEFAULT_MAX_DEPTH, Message, Value};
use serde::{Deserialize, Serialize};

use in_process::{answer, application, call, connect, engine, round_trip, runtime};

/// Does something so many times.
type Work = fn(usize);

const WORK: [(&str, Work); 10] = [
    ("parse-value", parse_value),
    ("parse-typed", parse_typed),
    ("serialize-value", serialize_value),
    ("serialize-typed", serialize_typed),
    ("message-header", message_header),
    ("answer-a-call", answer_a_call),
    ("two-engines", two_engines),
    ("connection", connection),
    ("connection-64-in-flight", connection_in_flight),
    ("connection-1-kib", connection_long_text),
];

const IN_FLIGHT: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, count] = arguments.as_slice() else {
        for (name, _) in WORK {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let work = WORK.iter().find(|(known, _)| known == name);
    let (Some((_, work)), Ok(count)) = (work, count.parse()) else {
        eprintln!("usage: instructions [NAME COUNT]");
        return ExitCode::from(2);
    };
    work(count);
    ExitCode::SUCCESS
}

/// A bit of everything that typical arguments have.
const TEXT: &str = "[{id:1047,name:'Marcus Aurelius',email:'marcus@example.org',active:true,\
    balance:-1204.75,roles:['reader','editor'],address:{street:'Via Appia 12',city:'Rome',zip:'00179'},\
    note:'It\\'s \"quoted\"\\nand goes on for a while, as texts do.',parent:null},\
    {id:1048,name:'Серж',email:'serge@example.org',active:false,balance:0.1,roles:[],\
    address:{street:'',city:'Київ',zip:'01001'},note:'',parent:1047}]";

#[derive(Serialize, Deserialize)]
struct Person {
    id: u64,
    name: String,
    email: String,
    active: bool,
    balance: f64,
    roles: Vec<String>,
    address: Place,
    note: String,
    parent: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    street: String,
    city: String,
    zip: String,
}

fn value() -> Value {
    jstp_wire::from_str(TEXT).expect("the text is valid")
}

fn persons() -> Vec<Person> {
    jstp_wire::from_str(TEXT).expect("the text is valid")
}

fn parse_value(count: usize) {
    for _ in 0..count {
        let value: Value = jstp_wire::from_str(black_box(TEXT)).expect("the text is valid");
        black_box(value);
    }
}

fn parse_typed(count: usize) {
    for _ in 0..count {
        let persons: Vec<Person> = jstp_wire::from_str(black_box(TEXT)).expect("the text is valid");
        black_box(persons);
    }
}

fn serialize_value(count: usize) {
    let value = value();
    for _ in 0..count {
        black_box(jstp_wire::to_string(black_box(&value)).expect("values can be written"));
    }
}

fn serialize_typed(count: usize) {
    let persons = persons();
    for _ in 0..count {
        black_box(jstp_wire::to_string(black_box(&persons)).expect("they can be written"));
    }
}

fn message_header(count: usize) {
    let text = format!("{{call:[105,'people'],update:{TEXT}}}");
    for _ in 0..count {
        let message = Message::parse(black_box(&text), DEFAULT_MAX_DEPTH);
        black_box(message.expect("the message is valid"));
    }
}

/// A call comes in, its handler is found and run, its callback goes out.
fn answer_a_call(count: usize) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    let (api, mut results, now) = (application(), Results::new(), Instant::now());
    let mut server = engine(Direction::Server);
    let frame = Bytes::from_static(b"{call:[1,'calculator'],add:[40,2]}");
    for _ in 0..count {
        let frame = black_box(&frame);
        black_box(answer(
            &mut server,
            &api,
            &connection,
            &mut results,
            frame,
            now,
        ));
    }
}

fn two_engines(count: usize) {
    let runtime = runtime();
    let (_server, connection) = runtime.block_on(connect());
    let (api, mut results, now) = (application(), Results::new(), Instant::now());
    let (mut client, mut server) = (engine(Direction::Client), engine(Direction::Server));
    for _ in 0..count {
        round_trip(
            &mut client,
            &mut server,
            &api,
            &connection,
            &mut results,
            now,
        );
    }
}

fn connection(count: usize) {
    let runtime = runtime();
    runtime.block_on(async {
        let (_server, connection) = connect().await;
        for _ in 0..count {
            call(&connection).await;
        }
    });
}

/// So many calls, of which some are under way at once.
fn connection_in_flight(count: usize) {
    let runtime = runtime();
    runtime.block_on(async {
        let (_server, connection) = connect().await;
        for _ in 0..count.div_ceil(IN_FLIGHT) {
            join_all((0..IN_FLIGHT).map(|_| call(&connection))).await;
        }
    });
}

/// Calls with a long text as argument and result.
fn connection_long_text(count: usize) {
    let text = "text of a kibibyte ".repeat(54);
    let runtime = runtime();
    runtime.block_on(async {
        let (_server, connection) = connect().await;
        for _ in 0..count {
            let echo = connection.call("calculator", "echo", (black_box(&text),));
            let echoed: String = echo.await.expect("the call is answered");
            black_box(echoed);
        }
    });
}
