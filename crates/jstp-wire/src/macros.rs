//! The macro [`value!`](crate::value).

/// Builds a [`Value`](crate::Value) from a literal of the text format.
///
/// Keys are names, string literals, or expressions in parentheses; values are literals, `null`, `undefined`, arrays with
/// holes, objects, and any expressions that convert `Into<Value>`.
///
/// ```
/// use jstp_wire::value;
///
/// let limit = 10;
/// let key = String::from("name of the key");
/// let value = value!({
///     limit: limit * 2,
///     "with space": [1, , null, undefined],
///     (key): {nested: true},
/// });
/// assert_eq!(
///     value.to_string(),
///     "{limit:20,'with space':[1,,null,,],'name of the key':{nested:true}}",
/// );
/// ```
#[macro_export]
macro_rules! value {
    (null) => { $crate::Value::Null };
    (undefined) => { $crate::Value::Undefined };
    ([]) => { $crate::Value::Array(::std::vec::Vec::new()) };
    ([$($elements:tt)+]) => {{
        let mut array = ::std::vec::Vec::<$crate::Value>::new();
        $crate::value_elements!(array $($elements)+);
        $crate::Value::Array(array)
    }};
    ({}) => { $crate::Value::Object($crate::Object::new()) };
    ({$($members:tt)+}) => {{
        let mut object = $crate::Object::new();
        $crate::value_members!(object $($members)+);
        $crate::Value::Object(object)
    }};
    ($value:expr) => { $crate::Value::from($value) };
}

/// Pushes the elements of an array literal, one a step.
#[doc(hidden)]
#[macro_export]
macro_rules! value_elements {
    ($array:ident) => {};
    ($array:ident , $($rest:tt)*) => {
        $array.extend([$crate::Value::Undefined]);
        $crate::value_elements!($array $($rest)*);
    };
    ($array:ident null $(, $($rest:tt)*)?) => {
        $array.extend([$crate::Value::Null]);
        $crate::value_elements!($array $($($rest)*)?);
    };
    ($array:ident undefined $(, $($rest:tt)*)?) => {
        $array.extend([$crate::Value::Undefined]);
        $crate::value_elements!($array $($($rest)*)?);
    };
    ($array:ident [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $array.extend([$crate::value!([$($inner)*])]);
        $crate::value_elements!($array $($($rest)*)?);
    };
    ($array:ident {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $array.extend([$crate::value!({$($inner)*})]);
        $crate::value_elements!($array $($($rest)*)?);
    };
    ($array:ident $value:expr $(, $($rest:tt)*)?) => {
        $array.extend([$crate::Value::from($value)]);
        $crate::value_elements!($array $($($rest)*)?);
    };
}

/// Inserts the members of an object literal: first the key of one, then its value.
#[doc(hidden)]
#[macro_export]
macro_rules! value_members {
    ($object:ident) => {};
    ($object:ident @($key:expr) null $(, $($rest:tt)*)?) => {
        $object.insert($key, $crate::Value::Null);
        $crate::value_members!($object $($($rest)*)?);
    };
    ($object:ident @($key:expr) undefined $(, $($rest:tt)*)?) => {
        $object.insert($key, $crate::Value::Undefined);
        $crate::value_members!($object $($($rest)*)?);
    };
    ($object:ident @($key:expr) [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $object.insert($key, $crate::value!([$($inner)*]));
        $crate::value_members!($object $($($rest)*)?);
    };
    ($object:ident @($key:expr) {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $object.insert($key, $crate::value!({$($inner)*}));
        $crate::value_members!($object $($($rest)*)?);
    };
    ($object:ident @($key:expr) $value:expr $(, $($rest:tt)*)?) => {
        $object.insert($key, $crate::Value::from($value));
        $crate::value_members!($object $($($rest)*)?);
    };
    ($object:ident $key:ident : $($rest:tt)+) => {
        $crate::value_members!($object @(::std::stringify!($key)) $($rest)+);
    };
    ($object:ident $key:literal : $($rest:tt)+) => {
        $crate::value_members!($object @($key) $($rest)+);
    };
    ($object:ident ($key:expr) : $($rest:tt)+) => {
        $crate::value_members!($object @($key) $($rest)+);
    };
}
