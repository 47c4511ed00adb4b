//! From values to places in a plot, and the values that an axis names.

/// One axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    kind: Kind,
    /// The values at the ends.
    from: f64,
    to: f64,
    /// The places of the ends.
    start: f64,
    end: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Logarithmic,
    /// Of percentiles: each step towards 100 is as long as the one before, and leaves a tenth of the rest.
    Percentile,
}

impl Scale {
    /// From 0 to a round value of at least `max`.
    pub(super) fn linear(max: f64, start: f64, end: f64) -> Self {
        let max = if max > 0.0 { max } else { 1.0 };
        let step = round_step(max);
        Self {
            kind: Kind::Linear,
            from: 0.0,
            to: (max / step - 1e-9).ceil() * step,
            start,
            end,
        }
    }

    /// Exactly from 0 to `max`.
    pub(super) fn exact(max: f64, start: f64, end: f64) -> Self {
        Self {
            kind: Kind::Linear,
            from: 0.0,
            to: if max > 0.0 { max } else { 1.0 },
            start,
            end,
        }
    }

    /// From a round value of at most `min` to one of at least `max`, in which each step is a factor.
    pub(super) fn logarithmic(min: f64, max: f64, start: f64, end: f64) -> Self {
        let min = min.max(1e-9);
        let max = max.max(min);
        let from = round_down(min);
        let to = round_up(max);
        Self {
            kind: Kind::Logarithmic,
            from,
            to: if to > from { to } else { from * 10.0 },
            start,
            end,
        }
    }

    /// From the percentile 0 to `max`, which is below 100.
    pub(super) fn percentile(max: f64, start: f64, end: f64) -> Self {
        Self {
            kind: Kind::Percentile,
            from: 0.0,
            to: max.clamp(90.0, 99.999_999),
            start,
            end,
        }
    }

    /// Linear, or logarithmic where a linear one would show little of most values: `typical` ones are
    /// much smaller than the greatest.
    pub(super) fn fitting(min: f64, typical: f64, max: f64, start: f64, end: f64) -> Self {
        if typical > 0.0 && max / typical > 20.0 {
            Self::logarithmic(min, max, start, end)
        } else {
            Self::linear(max, start, end)
        }
    }

    pub(super) fn is_logarithmic(&self) -> bool {
        self.kind == Kind::Logarithmic
    }

    /// Where a value is. Those beyond the ends are at the ends.
    pub(super) fn place(&self, value: f64) -> f64 {
        let [value, from, to] = [value, self.from, self.to].map(|value| self.stretch(value));
        let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }

    fn stretch(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Linear => value,
            Kind::Logarithmic => value.max(self.from).log10(),
            Kind::Percentile => -(1.0 - value.min(self.to) / 100.0).log10(),
        }
    }

    /// The values to name, in order.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.kind {
            Kind::Linear => {
                let step = round_step(self.to);
                (0..=20)
                    .map(|number| f64::from(number) * step)
                    .take_while(|value| *value <= self.to * (1.0 + 1e-9))
                    .collect()
            }
            Kind::Logarithmic => {
                let decades = (self.to / self.from).log10();
                let steps: &[f64] = if decades <= 2.0 {
                    &[1.0, 2.0, 5.0]
                } else {
                    &[1.0]
                };
                let powers = -9..12;
                powers
                    .flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)))
                    .filter(|value| (self.from * 0.999..=self.to * 1.001).contains(value))
                    .collect()
            }
            Kind::Percentile => [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999]
                .into_iter()
                .filter(|value| *value <= self.to)
                .collect(),
        }
    }
}

/// Steps that name a linear axis up to `max` some five times.
fn round_step(max: f64) -> f64 {
    let rough = max / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= rough * 0.999)
        .unwrap_or(10.0);
    step * power
}

/// The greatest of 1, 2 and 5 times a power of ten that is not above `value`.
fn round_down(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let step = [5.0, 2.0, 1.0]
        .into_iter()
        .find(|step| step * power <= value * 1.000_1)
        .unwrap_or(1.0);
    step * power
}

/// The least of 1, 2 and 5 times a power of ten that is not below `value`.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= value * 0.999_9)
        .unwrap_or(10.0);
    step * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn a_linear_axis_ends_at_a_round_value() {
        let scale = Scale::linear(873.0, 300.0, 0.0);
        assert_eq!(scale.ticks(), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert!(close(scale.place(0.0), 300.0) && close(scale.place(500.0), 150.0));
        assert!(close(scale.place(5000.0), 0.0));
        assert_eq!(Scale::linear(0.0, 0.0, 1.0).ticks().last(), Some(&1.0));
    }

    #[test]
    fn a_logarithmic_axis_has_equal_steps_for_equal_factors() {
        let scale = Scale::logarithmic(0.013, 420.0, 0.0, 500.0);
        let step = scale.place(1.0) - scale.place(0.1);
        assert!(close(scale.place(10.0) - scale.place(1.0), step));
        assert!(close(scale.place(0.0), 0.0) && close(scale.place(1e9), 500.0));
        assert_eq!(scale.ticks(), [0.01, 0.1, 1.0, 10.0, 100.0]);
        let short = Scale::logarithmic(1.1, 9.0, 0.0, 1.0);
        assert_eq!(short.ticks(), [1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn percentiles_come_closer_to_a_hundred_in_equal_steps() {
        let scale = Scale::percentile(99.99, 0.0, 400.0);
        assert!(close(scale.place(0.0), 0.0));
        assert!(close(scale.place(90.0), 100.0));
        assert!(close(scale.place(99.0), 200.0));
        assert!(close(scale.place(100.0), 400.0));
        assert_eq!(scale.ticks(), [0.0, 50.0, 90.0, 99.0, 99.9, 99.99]);
    }

    #[test]
    fn an_axis_is_logarithmic_when_most_values_would_be_at_its_foot() {
        assert!(Scale::fitting(0.1, 0.2, 100.0, 0.0, 1.0).is_logarithmic());
        assert!(!Scale::fitting(0.1, 0.2, 1.0, 0.0, 1.0).is_logarithmic());
    }
}
