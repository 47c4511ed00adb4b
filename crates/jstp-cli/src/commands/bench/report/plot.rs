//! Plots in SVG: a frame with two axes, and lines or bars in it.

use std::fmt::Write as _;

use super::html::escape;
use super::scale::Scale;

/// The size of a plot and of what is around its frame, in units of the picture.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 88.0;
const RIGHT: f64 = 28.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 52.0;

/// The ends of the axes.
pub(super) const X: [f64; 2] = [LEFT, WIDTH - RIGHT];
pub(super) const Y: [f64; 2] = [HEIGHT - BOTTOM, TOP];

/// A plot that is being made.
#[derive(Debug)]
pub(super) struct Plot {
    /// What tells its title and description from those of other plots.
    id: &'static str,
    title: String,
    description: String,
    body: String,
    legend: Vec<(usize, String)>,
}

/// A point of a line: where it is in the picture, and its text.
pub(super) type Point = (f64, f64, String);

/// An axis: its scale, what it shows, and how its values are written.
pub(super) struct Axis<'a> {
    pub(super) scale: &'a Scale,
    pub(super) label: &'a str,
    pub(super) text: fn(f64) -> String,
}

impl Plot {
    /// An empty plot. `description` says in a sentence what is to be seen.
    pub(super) fn new(id: &'static str, title: &str, description: String) -> Self {
        Self {
            id,
            title: title.to_owned(),
            description,
            body: String::new(),
            legend: Vec::new(),
        }
    }

    /// Draws both axes, with lines through the plot at their values.
    pub(super) fn axes(&mut self, x: &Axis<'_>, y: &Axis<'_>) {
        for value in x.scale.ticks() {
            let at = x.scale.place(value);
            self.draw(&format!(
                "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
                 <text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                Y[0],
                Y[1],
                Y[0] + 18.0,
                escape(&(x.text)(value))
            ));
        }
        for value in y.scale.ticks() {
            let at = y.scale.place(value);
            self.draw(&format!(
                "<line class=\"grid\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                X[0],
                X[1],
                X[0] - 8.0,
                at + 4.0,
                escape(&(y.text)(value))
            ));
        }
        self.draw(&format!(
            "<path class=\"axis\" d=\"M{:.1} {:.1}V{:.1}H{:.1}\"/>",
            X[0], Y[1], Y[0], X[1]
        ));
        self.label_x(x.label);
        let middle = f64::midpoint(Y[0], Y[1]);
        self.draw(&format!(
            "<text class=\"label\" transform=\"translate(16 {middle:.1}) rotate(-90)\" \
             text-anchor=\"middle\">{}</text>",
            escape(y.label)
        ));
    }

    fn label_x(&mut self, label: &str) {
        self.draw(&format!(
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(X[0], X[1]),
            HEIGHT - 10.0,
            escape(label)
        ));
    }

    /// Draws a line through points, each with a text that is shown when it is pointed at. `series` sets
    /// colour and dashes.
    pub(super) fn line(&mut self, series: usize, name: &str, points: &[Point]) {
        let points: Vec<_> = points.iter().map(Some).collect();
        self.broken_line(series, name, &points);
    }

    /// The same with a gap in the line wherever a point is missing.
    pub(super) fn broken_line(&mut self, series: usize, name: &str, points: &[Option<&Point>]) {
        let path = path(points);
        let points: Vec<_> = points.iter().flatten().collect();
        let series = series % SERIES;
        self.draw(&format!(
            "<path class=\"line s{series}\" data-points=\"{}\" d=\"{path}\"/>",
            points.len()
        ));
        for (x, y, text) in &points {
            self.draw(&format!(
                "<circle class=\"point s{series}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\">\
                 <title>{}</title></circle>",
                escape(text)
            ));
        }
        self.legend.push((series, name.to_owned()));
    }

    /// Draws a bar from the x axis up, with a text that is shown when it is pointed at.
    pub(super) fn bar(&mut self, from: f64, to: f64, top: f64, text: &str) {
        self.draw(&format!(
            "<rect class=\"bar s0\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\">\
             <title>{}</title></rect>",
            from + 1.0,
            (to - from - 2.0).max(1.0),
            (Y[0] - top).max(0.0),
            escape(text)
        ));
    }

    fn draw(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// The plot as a figure of a page, its legend above it when it has several lines.
    pub(super) fn into_figure(self) -> String {
        let mut legend = String::new();
        if self.legend.len() > 1 {
            for (series, name) in &self.legend {
                let _ = write!(
                    legend,
                    "<li><svg class=\"key\" viewBox=\"0 0 36 8\" aria-hidden=\"true\">\
                     <path class=\"line s{series}\" d=\"M0 4H36\"/></svg>{}</li>",
                    escape(name)
                );
            }
            legend = format!("<ul class=\"legend\">{legend}</ul>\n");
        }
        let Self {
            id,
            title,
            description,
            body,
            ..
        } = &self;
        format!(
            "{legend}<svg class=\"plot\" id=\"{id}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{}</title>\n\
             <desc id=\"{id}-desc\">{}</desc>\n{body}</svg>\n",
            escape(title),
            escape(description)
        )
    }
}

/// The way of a line through points. One that stands alone between gaps is a dot.
fn path(points: &[Option<&Point>]) -> String {
    let mut path = String::new();
    for run in points.split(Option::is_none) {
        for (at, (x, y, _)) in run.iter().flatten().enumerate() {
            let command = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
            if run.len() == 1 {
                path.push_str("h.1");
            }
        }
    }
    path
}

/// How many series have a colour and dashes of their own.
pub(super) const SERIES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_gaps_where_points_are_missing() {
        let point = |x| (x, 0.0, String::new());
        let [one, two, three] = [1.0, 2.0, 3.0].map(point);
        assert_eq!(
            path(&[Some(&one), Some(&two), None, None, Some(&three)]),
            "M1.0 0.0L2.0 0.0M3.0 0.0h.1"
        );
        assert_eq!(path(&[None]), "");
    }

    #[test]
    fn a_plot_has_a_title_a_description_and_a_legend_of_several_lines() {
        let mut plot = Plot::new("rate", "Rate", "It is <steady>.".to_owned());
        let scale = Scale::linear(10.0, 0.0, 1.0);
        let axis = || Axis {
            scale: &scale,
            label: "s & more",
            text: |value| format!("{value}"),
        };
        plot.axes(&axis(), &axis());
        plot.line(0, "one", &[(1.0, 2.0, "1".into()), (3.0, 4.0, "2".into())]);
        plot.line(7, "<two>", &[(1.0, 2.0, "1".into())]);
        let figure = plot.into_figure();
        for part in [
            "<title id=\"rate-title\">Rate</title>",
            "<desc id=\"rate-desc\">It is &lt;steady&gt;.</desc>",
            "s &amp; more",
            "&lt;two&gt;",
            "class=\"line s1\"",
            "d=\"M1.0 2.0L3.0 4.0\"",
        ] {
            assert!(figure.contains(part), "{part}: {figure}");
        }
    }
}
