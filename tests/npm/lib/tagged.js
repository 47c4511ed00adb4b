'use strict';

// Values on their way through JSON. What JSON can hold travels as it is;
// everything else as an object with one key, its tag:
//
//   {"undefined":true}  {"num":"NaN"}  {"str16":[55357]}  {"bytes_b64":"AAE="}
//
// {"null":true}, {"bool":…}, {"num":…}, {"str":…}, {"arr":[…]} and
// {"obj":[["key",value],…]} are read for any value; the last one is also
// written for an object that would be mistaken for a tagged value.

const own = (object, key, value) =>
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });

const text = key =>
  Array.isArray(key) ? String.fromCharCode(...key) : String(key);

const decoders = {
  undefined: () => undefined,
  null: () => null,
  bool: value => value,
  num: value => Number(value),
  str: value => value,
  str16: units => String.fromCharCode(...units),
  bytes_b64: value => Buffer.from(value, 'base64'),
  arr: items => items.map(decode),
  obj: pairs => {
    const result = {};
    pairs.forEach(([key, value]) => own(result, text(key), decode(value)));
    return result;
  },
};

const tagOf = object => {
  const keys = Object.keys(object);
  return keys.length === 1 && Object.hasOwn(decoders, keys[0]) ? keys[0] : null;
};

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== 'object') return value;
  const tag = tagOf(value);
  if (tag) return decoders[tag](value[tag]);
  return decoders.obj(Object.entries(value));
}

const encodeText = value => {
  if (value.isWellFormed()) return value;
  return { str16: Array.from(value.split(''), unit => unit.charCodeAt(0)) };
};

const encodeKey = key => (key.isWellFormed() ? key : encodeText(key).str16);

const encodeObject = value => {
  const entries = Object.entries(value);
  const plain = entries.every(([key]) => key.isWellFormed()) && !tagOf(value);
  if (!plain) {
    return { obj: entries.map(([key, item]) => [encodeKey(key), encode(item)]) };
  }
  const result = {};
  entries.forEach(([key, item]) => own(result, key, encode(item)));
  return result;
};

function encode(value) {
  switch (typeof value) {
    case 'undefined':
      return { undefined: true };
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { num: Object.is(value, -0) ? '-0' : String(value) };
    case 'string':
      return encodeText(value);
    case 'object':
      if (value === null) return null;
      if (Buffer.isBuffer(value)) return { bytes_b64: value.toString('base64') };
      // Array.from visits holes too.
      if (Array.isArray(value)) return Array.from(value, encode);
      return encodeObject(value);
    default:
      return value;
  }
}

module.exports = { decode, encode };
