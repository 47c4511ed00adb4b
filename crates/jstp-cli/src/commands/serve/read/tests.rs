use jstp_wire::value;

use super::*;

/// A file of one interface `i` in one application.
fn interface(text: &str) -> String {
    format!("{{applications: {{'app@1.2.0': {{i: {text}}}}}}}")
}

fn method(text: &str) -> Method {
    let file = interface(&format!("{{methods: {{m: {text}}}}}"));
    let mut spec = read(&file).unwrap_or_else(|fault| panic!("{}", fault.describe("", &file, 0)));
    let mut interface = spec.applications.remove(0).interfaces.remove("i").unwrap();
    interface.methods.remove(0).1
}

fn answer(method: &Method, args: &Value) -> Result<String, Value> {
    match method.answer(args) {
        Ok(answer) => match &answer.outcome {
            Ok(results) => Ok(results.as_str().to_owned()),
            Err(error) => Err(error.to_value()),
        },
        Err(error) => Err(error.to_value()),
    }
}

#[test]
fn methods_have_results_errors_and_nothing() {
    assert_eq!(answer(&method("{}"), &value!([1])).unwrap(), "[]");
    assert_eq!(
        answer(&method("{result: {a: 1}}"), &value!([])).unwrap(),
        "[{a:1}]"
    );
    assert_eq!(
        answer(&method("{results: [1, 'b']}"), &value!([])).unwrap(),
        "[1,'b']"
    );
    assert_eq!(
        answer(&method("{error: 14}"), &value!([])),
        Err(value!([14]))
    );
    assert_eq!(
        answer(&method("{error: 'no'}"), &value!([])),
        Err(value!([1, "no"]))
    );
    assert_eq!(
        answer(
            &method("{error: [1024, 'no tea', {until: 4}]}"),
            &value!([])
        ),
        Err(value!([1024, "no tea", {until: 4}]))
    );
}

#[test]
fn the_number_of_arguments_counts_where_it_is_said() {
    for args in ["2", "['a', 'b']"] {
        let method = method(&format!("{{args: {args}, result: 1}}"));
        assert_eq!(answer(&method, &value!([1, 2])).unwrap(), "[1]");
        assert_eq!(answer(&method, &value!([1])), Err(value!([17])));
    }
}

#[test]
fn the_first_case_that_fits_answers() {
    let method =
        method("{cases: [{when: ['tea'], result: 3}, {when: [{a: [1]}], error: 5}, {result: 0}]}");
    assert_eq!(answer(&method, &value!(["tea"])).unwrap(), "[3]");
    assert_eq!(answer(&method, &value!([{a: [1]}])), Err(value!([5])));
    assert_eq!(answer(&method, &value!([])).unwrap(), "[0]");
    let strict = super::tests::method("{cases: [{when: [1], result: 1}]}");
    assert_eq!(answer(&strict, &value!([2])), Err(value!([17])));
}

#[test]
fn events_timers_users_and_versions_are_read() {
    let text = "{
        users: {ann: 'secret'},
        applications: {
            app: {i: {
                methods: {m: {delay: 1.5, emit: [{event: 'e', args: [1], delay: 10, to: 'all'}, {event: 'f', interface: 'j'}]}},
                events: {said: {event: 'heard'}},
                timers: [{event: 'tick', args: ['x'], every: 1000, count: 3}],
            }},
            'app@2.0.0-rc.1': {},
        },
    }";
    let spec = read(text).unwrap();
    assert!(spec.users.is_some());
    let versions: Vec<_> = spec
        .applications
        .iter()
        .map(|app| app.version.to_string())
        .collect();
    assert_eq!(versions, ["1.0.0", "2.0.0-rc.1"]);
    let interface = &spec.applications[0].interfaces["i"];
    let answer = interface.method("m").unwrap().answer(&value!([])).unwrap();
    assert_eq!(answer.delay, Duration::from_micros(1500));
    assert_eq!(answer.emit.len(), 2);
    assert_eq!(answer.emit[0].to, Receivers::All);
    assert_eq!(interface.events["said"].len(), 1);
    assert_eq!(
        (interface.timers[0].every, interface.timers[0].count),
        (Duration::from_secs(1), Some(3))
    );
}

#[test]
fn mistakes_are_pointed_at() {
    for (text, at, part) in [
        ("{applications: {}", "end", "found the end"),
        ("[]", "[]", "the file is an object"),
        ("{}", "{}", "no `applications`"),
        (
            "{aplications: {}}",
            "aplications",
            "known are applications, users",
        ),
        ("{applications: {'app@1.x': {}}}", "app@1.x", "version"),
        (
            &interface("{methods: {m: {reslt: 1}}}"),
            "reslt",
            "known are args, result",
        ),
        (
            &interface("{methods: {m: {result: 1, error: 2}}}"),
            "error",
            "is enough",
        ),
        (
            &interface("{methods: {m: {result: 1, cases: []}}}"),
            "result",
            "exclude each other",
        ),
        (
            &interface("{methods: {m: {results: 1}}}"),
            "1}}}",
            "`results` is an array",
        ),
        (
            &interface("{methods: {m: {delay: -1}}}"),
            "-1",
            "milliseconds",
        ),
        (
            &interface("{methods: {m: {args: 'a'}}}"),
            "'a'",
            "whole number",
        ),
        (
            &interface("{methods: {m: {error: {}}}}"),
            "{}}}}",
            "[code, message, …]",
        ),
        (
            &interface("{methods: {m: {}, 'm': {}}}"),
            "m': ",
            "stands here twice",
        ),
        (&interface("{methods: {call: {}}}"), "call", "no message"),
        (
            &interface("{methods: {m: {emit: {args: []}}}}"),
            "{args: []",
            "`event`, is missing",
        ),
        (
            &interface("{methods: {m: {emit: {event: 'e', to: 'me'}}}}"),
            "'me'",
            "'caller' or 'all'",
        ),
        (
            &interface("{timers: [{event: 'e'}]}"),
            "{event",
            "needs `every`",
        ),
        (
            &interface("{timers: [{event: 'e', every: 0}]}"),
            "0}]",
            "at least a millisecond",
        ),
        (
            &interface("{events: {said: [{event: 5}]}}"),
            "5}]",
            "`event` is a text",
        ),
    ] {
        let fault = read(text).unwrap_err();
        let expected = text.find(at).unwrap_or(text.len());
        assert_eq!(fault.offset, expected, "{text}: {}", fault.message);
        assert!(fault.message.contains(part), "{text}: {}", fault.message);
    }
}
