//! Results as charts: one SVG file without scripts, fonts or links.

use super::measure::Measure;
use crate::failure::Failure;
use crate::text::one_line;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use rally_wsapi::Timestamp;
use rally_wsapi::flow::{Burn, BurnPart, Cumulative, CycleTime, Throughput, TimeInState};
use rally_wsapi::jiff::SignedDuration;
use std::error::Error;
use std::ops::Range;

const SIZE: (u32, u32) = (960, 540);
const DAY: f64 = 86_400_000.0;
/// The number of names that fit below an axis.
const NAMES: usize = 10;

/// Colours that people tell apart, whichever they see (Okabe and Ito).
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(120, 120, 120),
];

type Drawn<T> = Result<T, Box<dyn Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The chart of a result that has one.
pub(super) fn drawn(measure: &Measure, done: &str) -> Result<String, Failure> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        draw(measure, done, &area).map_err(|e| Failure::Output(std::io::Error::other(e.to_string())))?;
    }
    text.push('\n');
    Ok(text)
}

/// A bar for each name.
#[cfg(feature = "mirror")]
pub(crate) fn bars(title: &str, names: &[String], bars: &[f64], unit: &str) -> Result<String, Failure> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let drawn = area.fill(&WHITE).map_err(Into::into);
        let drawn = drawn.and_then(|()| bar_chart(&area, title, names, bars, unit));
        drawn
            .and_then(|()| Ok(area.present()?))
            .map_err(|e| Failure::Output(std::io::Error::other(e.to_string())))?;
    }
    text.push('\n');
    Ok(text)
}

fn draw(measure: &Measure, done: &str, area: &Area<'_>) -> Drawn<()> {
    area.fill(&WHITE)?;
    match measure {
        Measure::TimeInState(found) => time_in_state(found, area)?,
        Measure::Cycle(found) => scatter(found, area)?,
        Measure::Cumulative(found) => cumulative(found, area)?,
        Measure::Burndown(found) => burn(found, "Burndown", area)?,
        Measure::Burnup(found) => burn(found, "Burnup", area)?,
        Measure::Throughput(found) => throughput(found, done, area)?,
        Measure::Scope(_) | Measure::Aging(_) | Measure::Blocked(_) => {}
    }
    area.present()?;
    Ok(())
}

/// Axes with a title; `x` shows dates unless it has names of its own.
fn framed<'a, 'b>(
    area: &'a Area<'b>,
    title: &str,
    (x, names): (Range<f64>, &[String]),
    (y, unit): (f64, &str),
) -> Drawn<Chart<'a, 'b>> {
    let mut chart = ChartBuilder::on(area)
        .caption(one_line(title), ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(x, 0.0..(y * 1.08).max(1.0))?;
    let every = names.len().div_ceil(NAMES).max(1);
    let label = |x: &f64| match names {
        [] => day(*x),
        _ if *x < 0.0 || x.fract() != 0.0 || x.round() as usize % every != 0 => String::new(),
        names => names.get(x.round() as usize).cloned().unwrap_or_default(),
    };
    let labels = if names.is_empty() { 8 } else { names.len().saturating_mul(2).max(2) };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(225, 225, 225))
        .x_labels(labels)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| number(*y))
        .y_desc(unit)
        .label_style(("sans-serif", 14))
        .draw()?;
    Ok(chart)
}

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Drawn<()> {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 14))
        .draw()?;
    Ok(())
}

/// A sample of a colour in the legend.
fn sample(color: RGBColor) -> impl Fn((i32, i32)) -> Rectangle<(i32, i32)> {
    move |(x, y)| {
        Rectangle::new(
            [(x, y.saturating_sub(5)), (x.saturating_add(12), y.saturating_add(5))],
            color.filled(),
        )
    }
}

fn color(index: usize) -> RGBColor {
    COLORS.iter().cycle().nth(index % COLORS.len()).copied().unwrap_or(BLACK)
}

fn day(ms: f64) -> String {
    Timestamp::from_millisecond(ms as i64).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    rounded.to_string()
}

fn ms(at: Timestamp) -> f64 {
    at.as_millisecond() as f64
}

fn days(time: SignedDuration) -> f64 {
    time.as_secs_f64() * 1000.0 / DAY
}

/// The range of the values; of one, a day around it.
fn around(values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let (low, high) =
        (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max));
    match (low.is_finite(), high > low) {
        (true, true) => low..high,
        (true, false) => low - DAY..low + DAY,
        _ => 0.0..DAY,
    }
}

fn most(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

/// Stacked, the last state at the bottom.
fn cumulative(found: &Cumulative, area: &Area<'_>) -> Drawn<()> {
    let x = around(found.rows.iter().map(|row| ms(row.at)));
    let heights: Vec<Vec<f64>> = found
        .rows
        .iter()
        .map(|row| {
            let mut sum = 0.0;
            let mut from_last: Vec<f64> = row
                .items
                .iter()
                .rev()
                .map(|count| {
                    sum += *count as f64;
                    sum
                })
                .collect();
            from_last.reverse();
            from_last
        })
        .collect();
    let top = most(heights.iter().filter_map(|row| row.first()).copied());
    let mut chart = framed(area, "Cumulative flow", (x, &[]), (top, "items"))?;
    for (index, state) in found.states.iter().enumerate() {
        let color = color(index);
        let line = found.rows.iter().zip(&heights);
        let line = line.map(|(row, heights)| (ms(row.at), heights.get(index).copied().unwrap_or_default()));
        chart.draw_series(AreaSeries::new(line, 0.0, color))?.label(one_line(state)).legend(sample(color));
    }
    legend(&mut chart)
}

fn burn(found: &Burn, title: &str, area: &Area<'_>) -> Drawn<()> {
    let has_points = found.rows.iter().any(|row| row.points.is_some_and(|points| points.scope > 0.0));
    let part = |row: &rally_wsapi::flow::BurnRow| if has_points { row.points } else { row.items };
    let ideal =
        |row: &rally_wsapi::flow::BurnRow| if has_points { row.ideal_points } else { Some(row.ideal_items) };
    let x = around(found.rows.iter().map(|row| ms(row.at)));
    let scopes = found.rows.iter().filter_map(part).map(|part| part.scope);
    let top = most(scopes.chain(found.rows.iter().filter_map(ideal)));
    let unit = if has_points { "points" } else { "items" };
    let mut chart = framed(area, title, (x, &[]), (top, unit))?;
    let of = |value: fn(BurnPart) -> f64| {
        found.rows.iter().filter_map(|row| Some((ms(row.at), value(part(row)?)))).collect::<Vec<_>>()
    };
    let ideal: Vec<(f64, f64)> =
        found.rows.iter().filter_map(|row| Some((ms(row.at), ideal(row)?))).collect();
    let lines = match title {
        "Burndown" => [("left", of(|part| part.remaining), 0), ("ideal", ideal, 6)],
        _ => [("scope", of(|part| part.scope), 5), ("done", of(|part| part.done), 2)],
    };
    for (name, line, index) in lines {
        let color = color(index);
        chart.draw_series(LineSeries::new(line, color.stroke_width(3)))?.label(name).legend(sample(color));
    }
    legend(&mut chart)
}

fn throughput(found: &Throughput, done: &str, area: &Area<'_>) -> Drawn<()> {
    let names: Vec<String> = found.rows.iter().map(|row| row.date.to_string()).collect();
    let bars: Vec<f64> = found.rows.iter().map(|row| row.items as f64).collect();
    bar_chart(area, &format!("Throughput: {done} by {}", found.period), &names, &bars, "items")
}

fn time_in_state(found: &TimeInState, area: &Area<'_>) -> Drawn<()> {
    let names: Vec<String> = found.states.iter().map(|row| one_line(&row.state)).collect();
    let bars: Vec<f64> = found.states.iter().map(|row| days(row.total) / (row.items.max(1) as f64)).collect();
    bar_chart(area, "Time in state: days of an item, on average", &names, &bars, "days")
}

fn bar_chart(area: &Area<'_>, title: &str, names: &[String], bars: &[f64], unit: &str) -> Drawn<()> {
    let x = -0.5..(bars.len().max(1) as f64 - 0.5);
    let mut chart = framed(area, title, (x, names), (most(bars.iter().copied()), unit))?;
    let bar = |(index, height): (usize, &f64)| {
        let middle = index as f64;
        Rectangle::new([(middle - 0.35, 0.0), (middle + 0.35, *height)], color(0).filled())
    };
    chart.draw_series(bars.iter().enumerate().map(bar))?;
    Ok(())
}

/// A point for each item: when it was done, and how long it took.
fn scatter(found: &CycleTime, area: &Area<'_>) -> Drawn<()> {
    let points: Vec<(f64, f64)> =
        found.items.iter().filter_map(|item| Some((ms(item.finished?), days(item.time?)))).collect();
    let x = around(points.iter().map(|(x, _)| *x));
    let title = match &found.from {
        Some(from) => format!("Cycle time from {from} to {}", found.to),
        None => format!("Lead time to {}", found.to),
    };
    let mut chart = framed(area, &title, (x.clone(), &[]), (most(points.iter().map(|(_, y)| *y)), "days"))?;
    chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, color(0).filled())))?;
    let lines =
        [("50% took at most", found.percentiles.p50, 2), ("85% took at most", found.percentiles.p85, 5)];
    for (name, time, index) in lines {
        let Some(time) = time.map(days) else { continue };
        let color = color(index);
        let line = [(x.start, time), (x.end, time)];
        chart
            .draw_series(LineSeries::new(line, color.stroke_width(2)))?
            .label(format!("{name} {} days", number(time)))
            .legend(sample(color));
    }
    legend(&mut chart)
}
