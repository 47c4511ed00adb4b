//! Numbers, alone and in rows.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeSeq, Serializer as _};

use super::{Shape, writes};
use crate::{Serializer, Undefined, Value, to_string, to_string_pretty, value};

#[test]
fn numbers_are_written_as_javascript_does() {
    writes(u64::MAX, "18446744073709551615");
    writes(i128::MIN, "-170141183460469231731687303715884105728");
    writes(
        [1e21, 1e-7, 0.1, -0.0, 5.0, 123_456_789_012_345_680_000.0],
        "[1e+21,1e-7,0.1,-0,5,123456789012345680000]",
    );
    writes(
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
        "[NaN,Infinity,-Infinity]",
    );
    writes(0.1f32, "0.1");
    writes(-0.0f32, "-0");
}

#[test]
fn floats_that_are_integers_are_written_as_other_floats_are() {
    let mut exponents = (0..70).map(|bit| 2f64.powi(bit)).collect::<Vec<_>>();
    exponents.extend((0..25).map(|digits| 10f64.powi(digits)));
    for middle in exponents {
        for value in [middle.next_down(), middle - 1.0, middle, middle + 1.0] {
            for value in [value, -value].into_iter().filter(|&value| value != 0.0) {
                writes(value, ryu_js::Buffer::new().format(value));
            }
        }
    }
}

#[test]
fn numbers_in_a_row_are_written_as_each_of_them_alone() {
    let bound = 2f64.powi(-16);
    let floats = [
        0.0,
        -0.0,
        0.5,
        3.0,
        -2.5,
        0.1,
        1e21,
        1e-5,
        1e-7,
        5e-324,
        bound,
        -bound.next_down(),
        2f64.powi(53),
        f64::MAX,
        f64::NAN,
        f64::NEG_INFINITY,
    ];
    let mut numbers: Vec<Value> = floats.into_iter().map(Value::from).collect();
    numbers.extend([Value::from(u64::MAX), Value::from(i64::MIN), Value::from(7)]);
    for first in &numbers {
        for second in &numbers {
            for length in 2..5 {
                let row: Vec<&Value> = [first, second].into_iter().cycle().take(length).collect();
                let texts: Vec<String> = row.iter().map(ToString::to_string).collect();
                let row = Value::Array(row.into_iter().cloned().collect());
                writes(&row, &format!("[{}]", texts.join(",")));
            }
        }
    }
    writes(
        value!([1, 2, , 3, "x", 4, 5, [6], 7, null]),
        "[1,2,,3,'x',4,5,[6],7,null]",
    );
}

#[test]
fn floats_in_arrays_are_written_as_each_of_them_alone() {
    let numbers = [0.5, -2.25, 7.0, -0.0, 1e21, 1e-7, f64::NAN, 0.1, 1e15, 12.0];
    for length in 0..=numbers.len() {
        for shift in 0..numbers.len() {
            let mut row = numbers.to_vec();
            row.rotate_left(shift);
            row.truncate(length);
            let texts: Vec<String> = row
                .iter()
                .map(|number| to_string(number).unwrap())
                .collect();
            let text = format!("[{}]", texts.join(","));
            writes(&row, &text);
            writes(row.iter().collect::<Vec<_>>(), &text);
            writes((&row, &row, 1), &format!("[{text},{text},1]"));
            let lines = to_string_pretty(&row, " ").unwrap();
            assert_eq!(lines.replace(['\n', ' '], ""), text);
        }
    }
}

#[test]
fn what_stands_between_floats_stays_where_it_is() {
    writes(
        (
            0.5,
            1,
            1.5,
            "x",
            2.5,
            Undefined,
            3.5,
            [4.5],
            5.5,
            (),
            6.5,
            7.5,
        ),
        "[0.5,1,1.5,'x',2.5,,3.5,[4.5],5.5,null,6.5,7.5]",
    );
    writes((0.5, Undefined), "[0.5,,]");
    writes((Undefined, 0.5, Undefined, 1.5), "[,0.5,,1.5]");
    writes(
        (
            0.5,
            Shape::Circle(1.5),
            2.5,
            Some(3.5),
            4.5,
            value!([5.5, 6.5]),
        ),
        "[0.5,{Circle:1.5},2.5,3.5,4.5,[5.5,6.5]]",
    );
    writes(
        (0.5, BTreeMap::from([("a", 1.5), ("b", 2.5)]), 3.5),
        "[0.5,{a:1.5,b:2.5},3.5]",
    );
    writes([[(0.5, 1.5)], [(2.5, 3.5)]], "[[[0.5,1.5]],[[2.5,3.5]]]");
    writes(
        (0.5, crate::RawValue::parse("1.5", 1).unwrap(), 2.5),
        "[0.5,1.5,2.5]",
    );
}

#[test]
fn a_float_of_an_array_that_was_not_ended_is_not_in_the_next_one() {
    let mut out = String::new();
    let mut serializer = Serializer::new(&mut out);
    let mut array = (&mut serializer).serialize_seq(None).unwrap();
    array.serialize_element(&0.5).unwrap();
    [1, 2].serialize(&mut serializer).unwrap();
    assert!(out.ends_with("[1,2]"), "{out}");
}

#[test]
fn narrow_floats_are_written_as_javascript_writes_their_shortest_digits() {
    let mut numbers = vec![0.0, 0.1, -2.5, 1.0, -7.0, 1e-7, 1e-5, f32::MAX, f32::NAN];
    for power in (-30..40).map(|exponent| 2f32.powi(exponent)) {
        numbers.extend([power.next_down(), power, power.next_up(), -power * 1.5]);
    }
    for number in numbers {
        writes(number, ryu_js::Buffer::new().format(number));
    }
}

#[test]
fn lists_of_anything_have_a_comma_between_their_elements() {
    writes([true, false, true], "[true,false,true]");
    writes([Some(1), None, Some(-1000)], "[1,null,-1000]");
    writes([Some(0.5), None, Some(1.5)], "[0.5,null,1.5]");
    writes(
        (1.0, 0.5, true, 2.0, 0.25, 0.75),
        "[1,0.5,true,2,0.25,0.75]",
    );
    writes(
        [i64::MIN, -1, 0, i64::MAX],
        "[-9223372036854775808,-1,0,9223372036854775807]",
    );
    writes([[0u8; 0]; 2], "[[],[]]");
}
