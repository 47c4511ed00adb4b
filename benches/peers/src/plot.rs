//! Plots as SVG.

use std::fmt::Write as _;

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// From the least to the greatest round.
    pub(crate) range: (f64, f64),
    /// What is written at its end.
    pub(crate) text: String,
    pub(crate) ours: bool,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) ours: bool,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 44.0;
const BAR: f64 = 26.0;

const INK: &str = "#24292f";
const FAINT: &str = "#8c959f";
const OURS: &str = "#bf5b17";
const OTHERS: &str = "#5b7fa6";

/// Bars beside labels, the longest as long as there is room.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    let room = WIDTH - LEFT - RIGHT;
    let greatest = bars.iter().map(|bar| bar.range.1).fold(0.0, f64::max);
    let x = |value: f64| LEFT + value / greatest.max(f64::MIN_POSITIVE) * room;
    let mut body = String::new();
    for (index, bar) in bars.iter().enumerate() {
        let y = TOP + BAR * index as f64;
        let middle = y + BAR / 2.0;
        let end = x(bar.value);
        let (low, high) = (x(bar.range.0), x(bar.range.1));
        let color = color(bar.ours);
        let _ = write!(
            body,
            "<text x='{:.1}' y='{:.1}' text-anchor='end' fill='{INK}'>{}</text>\
             <rect x='{LEFT}' y='{:.1}' width='{:.1}' height='{:.1}' fill='{color}'/>\
             <line x1='{low:.1}' x2='{high:.1}' y1='{middle:.1}' y2='{middle:.1}' stroke='{INK}'/>\
             <text x='{:.1}' y='{:.1}' fill='{INK}'>{}</text>",
            LEFT - 8.0,
            middle + 4.0,
            escape(&bar.label),
            y + 4.0,
            end - LEFT,
            BAR - 8.0,
            high.max(end) + 6.0,
            middle + 4.0,
            escape(&bar.text),
        );
    }
    frame(title, TOP + BAR * bars.len() as f64 + 10.0, &body)
}

/// Lines over an axis from 0; `logarithmic` is of the horizontal one.
pub(crate) fn lines(title: &str, horizontal: &str, logarithmic: bool, lines: &[Line]) -> String {
    let (left, bottom, height) = (70.0, 300.0, 250.0);
    let width = WIDTH - left - 170.0;
    let place = |x: f64| if logarithmic { x.max(1.0).log10() } else { x };
    let points = || lines.iter().flat_map(|line| &line.points);
    let first = points()
        .map(|point| place(point.0))
        .fold(f64::INFINITY, f64::min);
    let last = points().map(|point| place(point.0)).fold(0.0, f64::max);
    let greatest = points()
        .map(|point| point.1)
        .fold(f64::MIN_POSITIVE, f64::max)
        * 1.1;
    let x = |value: f64| left + (place(value) - first) / (last - first).max(f64::EPSILON) * width;
    let y = |value: f64| bottom - value / greatest * height;
    let mut body = String::new();
    for part in 0..=4 {
        let value = greatest * f64::from(part) / 4.0;
        let _ = write!(
            body,
            "<line x1='{left}' x2='{:.1}' y1='{2:.1}' y2='{2:.1}' stroke='{FAINT}' stroke-width='0.5'/>\
             <text x='{1:.1}' y='{3:.1}' text-anchor='end' fill='{INK}'>{4:.1}</text>",
            left + width,
            left - 6.0,
            y(value),
            y(value) + 4.0,
            value,
        );
    }
    let mut marks: Vec<f64> = points().map(|point| point.0).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    for mark in marks {
        let _ = write!(
            body,
            "<text x='{:.1}' y='{:.1}' text-anchor='middle' fill='{INK}'>{mark}</text>",
            x(mark),
            bottom + 18.0,
        );
    }
    for line in lines {
        let color = color(line.ours);
        let path: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        let end = line.points.last().copied().unwrap_or_default();
        let _ = write!(
            body,
            "<polyline points='{}' fill='none' stroke='{color}' stroke-width='2'/>\
             <text x='{:.1}' y='{:.1}' fill='{color}'>{}</text>",
            path.join(" "),
            x(end.0) + 8.0,
            y(end.1) + 4.0,
            escape(&line.label),
        );
    }
    let _ = write!(
        body,
        "<text x='{:.1}' y='{:.1}' text-anchor='middle' fill='{INK}'>{}</text>",
        left + width / 2.0,
        bottom + 40.0,
        escape(horizontal),
    );
    frame(title, bottom + 52.0, &body)
}

fn frame(title: &str, height: f64, body: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' \
         font-family='sans-serif' font-size='13'>\
         <rect width='100%' height='100%' fill='#ffffff'/>\
         <text x='16' y='26' font-size='15' font-weight='bold' fill='{INK}'>{}</text>{body}</svg>\n",
        escape(title),
    )
}

fn color(ours: bool) -> &'static str {
    if ours { OURS } else { OTHERS }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
