use serde::Deserialize;

use super::Value;
use crate::{ErrorKind, Object, Undefined, from_value, to_value, value};

#[test]
fn values_pass_through_other_formats() {
    let value = value!({a: [1, -2, 1.5, "x", true, null], b: {}});
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(json, r#"{"a":[1,-2,1.5,"x",true,null],"b":{}}"#);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    assert_eq!(
        serde_json::to_string(&value!([undefined])).unwrap(),
        "[null]"
    );
    assert_eq!(
        serde_json::from_str::<Undefined>("null").unwrap(),
        Undefined
    );
}

#[test]
fn an_enum_of_another_format_is_not_taken_for_undefined() {
    let json = serde_json::json!({"$jstp::Undefined": ""});
    assert!(serde_json::from_value::<Value>(json).unwrap().is_object());
}

#[test]
fn the_last_element_gets_no_more_room_than_it_needs() {
    for (text, length) in [("[0]", 1), ("[,]", 1), ("[1,2,3,4,5]", 5)] {
        let Ok(Value::Array(elements)) = crate::from_str(text) else {
            panic!("{text} is an array")
        };
        assert_eq!((elements.len(), elements.capacity()), (length, length));
    }
}

#[test]
fn objects_that_were_read_do_not_change_with_others_of_their_names() {
    let read = || crate::from_str::<Value>("[{a:1,b:2},{a:3,b:4}]").unwrap();
    let mut value = read();
    let object = value[0].as_object().unwrap().clone();
    let other = value.get_mut(0).unwrap().as_object_mut().unwrap();
    other.insert("c", 5);
    assert_eq!(other.remove("a"), Some(Value::from(1)));
    assert_eq!(value, value!([{b: 2, c: 5}, {a: 3, b: 4}]));
    assert_eq!(Value::from(object), value!({a: 1, b: 2}));
    assert_eq!(read(), value!([{a: 1, b: 2}, {a: 3, b: 4}]));
}

#[test]
fn names_are_read_alike_however_often_they_were_met() {
    let texts = [
        ("{a:1,long_name_2:2}", "{a:1,long_name_2:2}"),
        (r#"{"a" : 1 , 'long_name_2' : 2}"#, "{a:1,long_name_2:2}"),
        (r#"{a/* : */:1,"long_name_2":2}"#, "{a:1,long_name_2:2}"),
        (
            r#"{"a b":1,"'a'":2,'"a"':3,'a"':4}"#,
            r#"{'a b':1,'\'a\'':2,'\"a\"':3,'a\"':4}"#,
        ),
        (
            r#"{'a\\nb':1,"a\nb":2,'\x61':3}"#,
            r"{'a\\nb':1,'a\nb':2,a:3}",
        ),
        ("{1:1,'1.0':2,1.0:3}", "{'1':3,'1.0':2}"),
        ("{a:undefined,b:1,a:2}", "{b:1,a:2}"),
        ("{a:1,a:undefined,a:2}", "{a:2}"),
    ];
    for _ in 0..3 {
        for (text, written) in texts {
            let value: Value = crate::from_str(text).unwrap();
            assert_eq!(value.to_string(), written, "{text}");
        }
        for text in [
            "{a b:1}",
            "{a",
            "{'a",
            "{\"a",
            "{a\"",
            "{'a':1,'a'",
            "{'a\nb':1}",
            "{1a:1}",
        ] {
            assert!(crate::from_str::<Value>(text).is_err(), "{text}");
        }
    }
    let error = crate::from_str::<Value>("{\"a").unwrap_err();
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::UnexpectedEnd, Some(3))
    );
}

#[test]
fn containers_of_any_size_are_read() {
    for count in [1, 64, 65, 1023, 1024, 1025, 5000] {
        let array: Value = (0..count).collect();
        let object: Object = (0..count)
            .map(|n| (format!("n{n}"), value!([{n: (n)}, (n)])))
            .collect();
        let value = value!({array: (array), object: (object), last: 0});
        assert_eq!(crate::from_str::<Value>(&value.to_string()).unwrap(), value);

        let members = value["object"].to_string();
        let absent = members
            .replace(",n", ",gone:undefined,n")
            .replace(']', "],n0:7");
        let Value::Object(read) = crate::from_str(&absent).unwrap() else {
            panic!("{absent} is an object")
        };
        assert_eq!((read.len(), read.get("n0")), (count, Some(&Value::from(7))));
        assert!(read.keys().eq(value["object"].as_object().unwrap().keys()));
    }
}

#[test]
fn what_an_error_left_is_not_in_the_next_value() {
    for text in [
        "[1,{a:[2,3,{b:4",
        "{a:1,b:[[[[[,,",
        "{a:[],b",
        "[{a:undefined,",
    ] {
        assert!(crate::from_str::<Value>(text).is_err(), "{text}");
        assert_eq!(
            crate::from_str::<Value>("{c:[1]}").unwrap(),
            value!({c: [1]})
        );
    }
}

#[test]
fn objects_are_read_alone_and_nothing_else_is_taken_for_one() {
    let object: Object = crate::from_str(" {a:1}").unwrap();
    assert_eq!(Value::from(object), value!({a: 1}));
    let object: Object = serde_json::from_str(r#"{"a":1}"#).unwrap();
    assert_eq!(Value::from(object), value!({a: 1}));
    for text in ["[]", "1", "undefined", "'{}'"] {
        let error = crate::from_str::<Object>(text).unwrap_err();
        assert!(error.to_string().contains("an object"), "{error}");
    }
}

#[test]
fn the_whole_limit_of_the_nesting_is_named() {
    let mut deserializer = crate::Deserializer::new("[[[1]]]").with_max_depth(2);
    let error = <Vec<Value>>::deserialize(&mut deserializer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooDeep);
    assert!(
        error.to_string().contains("deeper than 2 levels"),
        "{error}"
    );
    assert_eq!(error.offset(), Some(2));
}

#[test]
fn values_convert_to_types_and_back() {
    let value = to_value(&(1, "x", Undefined)).unwrap();
    assert_eq!(value, value!([1, "x", undefined]));
    assert_eq!(
        from_value::<(u8, String, Option<u8>)>(&value).unwrap(),
        (1, "x".to_owned(), None)
    );
}

#[test]
fn absent_members_and_elements_are_undefined() {
    let mut value = value!({a: [1]});
    assert_eq!(value["a"][0], 1);
    assert!(value["a"][1].is_undefined() && value["b"].is_undefined() && value[0].is_undefined());
    *value.get_mut("a").unwrap() = Value::Null;
    assert!(value["a"].is_null());
    assert_eq!(value.get("b"), None);
}

#[test]
fn truth_is_that_of_javascript() {
    for falsy in [
        "undefined",
        "null",
        "false",
        "0",
        "-0",
        "NaN",
        "''",
        "'\\\n'",
    ] {
        assert!(
            !crate::from_str::<Value>(falsy).unwrap().is_truthy(),
            "{falsy}"
        );
        assert!(
            !crate::RawValue::parse(falsy, 9).unwrap().is_truthy(),
            "{falsy}"
        );
    }
    for truthy in [
        "true", "1", "-1", "Infinity", "' '", "'\\0'", "[]", "{}", "1e-300",
    ] {
        assert!(
            crate::from_str::<Value>(truthy).unwrap().is_truthy(),
            "{truthy}"
        );
        assert!(
            crate::RawValue::parse(truthy, 9).unwrap().is_truthy(),
            "{truthy}"
        );
    }
}

/// Numbers that look random, but are the same in every run (xorshift).
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 88_172_645_463_325_252_u64;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    }
}

fn object_of_any_names(below: &mut impl FnMut(usize) -> usize, depth: usize) -> Value {
    let members = (0..below(5)).map(|_| {
        let name = match below(3) {
            0 => format!("n{}", below(3000)),
            1 => format!("a_longer_name_{}", below(10)),
            _ => format!("n {}", below(10)),
        };
        let value = match below(3) {
            0 if depth > 0 => object_of_any_names(below, depth - 1),
            1 => (0..below(3))
                .map(|_| object_of_any_names(below, depth.saturating_sub(1)))
                .collect(),
            _ => Value::from(below(1000)),
        };
        (name, value)
    });
    members.collect::<Object>().into()
}

#[test]
fn objects_keep_their_names_while_others_are_forgotten() {
    let mut below = numbers();
    let objects: Value = (0..4000)
        .map(|_| object_of_any_names(&mut below, 4))
        .collect();
    let value = value!({call: [1, "x"], method: {list: (objects), "a name": 1, last: 2}, end: 3});
    let text = value.to_string();
    for _ in 0..2 {
        assert_eq!(crate::from_str::<Value>(&text).unwrap().to_string(), text);
    }
}

/// So many objects, each of another name, with commas behind them.
fn objects_of_a_name(count: usize) -> String {
    let objects: Vec<_> = (0..count).map(|n| format!("{{k{n}:0}},")).collect();
    objects.concat()
}

#[test]
fn a_member_without_a_value_is_left_out_while_names_are_forgotten() {
    let others = objects_of_a_name(1200);
    let unknown = "{b:1,c:undefined},".repeat(1200);
    for text in [
        "{x:1,gone:undefined,y:LIST}",
        "{x:1,gone:LIST,gone:undefined}",
    ] {
        let text = text.replace("LIST", &format!("[{others}{unknown}]"));
        let value: Value = crate::from_str(&text).unwrap();
        let names: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(names[0], "x");
        let list = value[names[1]].as_array().unwrap();
        assert_eq!((names.len(), list.len()), (2, 2400));
        assert!(
            list.iter()
                .skip(1200)
                .all(|object| *object == value!({b: 1}))
        );
    }
}

#[test]
fn objects_share_their_names_again_after_many_others() {
    let others = objects_of_a_name(1200);
    let text = format!("{{ok:[[{others}{}]]}}", "{b:0},{c:{d:0}},".repeat(2000));
    let value: Value = crate::from_str(&text).unwrap();
    let list = value["ok"][0].as_array().unwrap();
    let is_shared = |value: &&Value| value.as_object().unwrap().written_members().is_some();
    assert!(list.iter().filter(is_shared).count() > 3000);
    assert!(list.iter().rev().take(1000).all(|value| is_shared(&value)));
}

/// What is in a text within the text.
#[derive(Debug)]
struct Inner(Value);

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::from_str(&text)
            .map(Inner)
            .map_err(serde::de::Error::custom)
    }
}

#[test]
fn other_values_can_be_read_while_one_is_read() {
    #[derive(Debug, Deserialize)]
    struct Both {
        first: Value,
        inner: Vec<Inner>,
        last: Value,
    }

    let read = |inner: &str| {
        crate::from_str::<Both>(&format!(
            "{{first:[{{a:1}}],inner:[{inner}],last:{{b:[2]}}}}"
        ))
    };
    let both = read("'[{a:3}]','4'").unwrap();
    assert_eq!(
        (both.first, both.last),
        (value!([{a: 1}]), value!({b: [2]}))
    );
    assert_eq!(
        (&both.inner[0].0, &both.inner[1].0),
        (&value!([{a: 3}]), &value!(4))
    );
    for broken in ["'[{a:3'", "'4','[[1],{b:[2]},'"] {
        assert!(read(broken).is_err());
        assert_eq!(read("'5'").unwrap().inner[0].0, value!(5));
    }
}

#[test]
fn values_are_read_while_a_thread_ends() {
    use std::cell::OnceCell;
    use std::sync::mpsc;

    struct Last(mpsc::Sender<Value>);

    impl Drop for Last {
        fn drop(&mut self) {
            for text in ["[1,{a:2}]", "3", "[4"] {
                if let Ok(value) = crate::from_str(text) {
                    self.0.send(value).unwrap();
                }
            }
        }
    }

    thread_local! {
        static LAST: OnceCell<Last> = const { OnceCell::new() };
    }
    for reads_before in [true, false] {
        let (sender, values) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let read = || crate::from_str::<Value>("[{a:5}]").unwrap();
            if reads_before {
                read();
            }
            LAST.with(|last| assert!(last.set(Last(sender)).is_ok()));
            read();
        });
        thread.join().unwrap();
        assert_eq!(
            values.iter().collect::<Vec<_>>(),
            [value!([1, {a: 2}]), value!(3)]
        );
    }
}
