//! The documents as types. Members that are left out are skipped by the parsers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A message, read like any other document.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Call {
    call: (i64, String),
    divide: (f64, Divisor),
}

#[derive(Debug, Deserialize, Serialize)]
struct Divisor {
    by: f64,
    exact: bool,
}

/// `twitter.json`: much text, much of it not ASCII or escaped.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Twitter {
    statuses: Vec<Tweet>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Tweet {
    created_at: String,
    id: u64,
    text: String,
    user: User,
    retweet_count: u32,
    favorite_count: u32,
    favorited: bool,
    lang: String,
    retweeted_status: Option<Box<Tweet>>,
}

#[derive(Debug, Deserialize, Serialize)]
struct User {
    id: u64,
    name: String,
    screen_name: String,
    description: String,
    followers_count: u32,
    verified: bool,
}

/// `citm_catalog.json`: many small objects, pretty-printed.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Catalog {
    area_names: BTreeMap<String, String>,
    events: BTreeMap<String, Event>,
    performances: Vec<Performance>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    id: u64,
    name: String,
    description: Option<String>,
    topic_ids: Vec<u64>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Performance {
    id: u64,
    event_id: u64,
    start: u64,
    prices: Vec<Price>,
    seat_categories: Vec<SeatCategory>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    amount: u64,
    seat_category_id: u64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeatCategory {
    seat_category_id: u64,
    areas: Vec<Area>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Area {
    area_id: u64,
    block_ids: Vec<u64>,
}

/// `canada.json`: almost nothing but floating-point numbers.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Canada {
    features: Vec<Feature>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Feature {
    geometry: Geometry,
}

#[derive(Debug, Deserialize, Serialize)]
struct Geometry {
    coordinates: Vec<Vec<(f64, f64)>>,
}
