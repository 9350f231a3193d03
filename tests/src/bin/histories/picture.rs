//! A run as a picture: latency, routes, and the faults beneath, over one time.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use ryw_tests::histories::{Details, Fault, SLOT, Slot};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

const WIDTH: u32 = 1200;
const PANEL: u32 = 240;
/// The height of a kind of fault.
const ROW: u32 = 16;
/// The height of what is beside the rows.
const FRAME: u32 = 70;
/// The width of names and scales.
const NAMES: u32 = 130;
const FONT: (&str, u32) = ("sans-serif", 13);
const TITLE: (&str, u32) = ("sans-serif", 16);

const REPLICA: RGBColor = RGBColor(0x1b, 0x7f, 0x5c);
const PRIMARY: RGBColor = RGBColor(0x3f, 0x6f, 0xb5);
const WRITES: RGBColor = RGBColor(0x8a, 0x93, 0xa0);
const FAILED: RGBColor = RGBColor(0xc2, 0x3b, 0x22);
const FAULT: RGBColor = RGBColor(0xd9, 0x8a, 0x5b);

/// Draws the picture.
pub(crate) fn draw(path: &Path, details: &Details) -> Result<()> {
    drawn(path, details).map_err(|error| anyhow!("{} cannot be drawn: {error}", path.display()))
}

fn drawn(path: &Path, details: &Details) -> Drawn {
    let kinds: Vec<_> = details.faults.keys().copied().collect();
    let height = 2 * PANEL + FRAME + ROW * kinds.len().max(1) as u32;
    let root = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let (latency, rest) = root.split_vertically(PANEL);
    let (routes, faults) = rest.split_vertically(PANEL);
    let time = 0.0..end(details);
    draw_latency(&latency, &time, details)?;
    draw_routes(&routes, &time, details)?;
    draw_faults(&faults, &time, details, &kinds)?;
    Ok(root.present()?)
}

fn end(details: &Details) -> f64 {
    let marks = details.marks.iter().map(|mark| mark.until.as_secs_f64());
    marks.fold(details.slots.len() as f64 * SLOT.as_secs_f64(), f64::max).max(1.0)
}

fn draw_latency(area: &Area<'_>, time: &Range<f64>, details: &Details) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption("latency in ms: half of all operations, and 99 of 100", TITLE)
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(time.clone(), (0.05..20_000.0).log_scale())?;
    chart.configure_mesh().disable_x_mesh().light_line_style(WHITE).label_style(FONT).draw()?;
    let borders = borders(details).map(|at| PathElement::new([(at, 0.05), (at, 20_000.0)], WRITES.mix(0.4)));
    chart.draw_series(borders)?;
    for (share, color) in [(0.5, REPLICA), (0.99, FAILED)] {
        let points = slots(details).filter_map(|(at, slot)| Some((at, millis(slot.latency(share)?))));
        chart.draw_series(points.map(|point| Circle::new(point, 2, color.filled())))?;
    }
    Ok(())
}

fn draw_routes(area: &Area<'_>, time: &Range<f64>, details: &Details) -> Drawn {
    let rate = |count: u64| count as f64 / SLOT.as_secs_f64();
    let highest = details.slots.iter().map(|slot| rate(slot.operations())).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption("operations a second: reads on replicas, reads on the primary, writes, failures", TITLE)
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(time.clone(), 0.0..highest)?;
    chart.configure_mesh().disable_x_mesh().light_line_style(WHITE).label_style(FONT).draw()?;
    let borders = borders(details).map(|at| PathElement::new([(at, 0.0), (at, highest)], WRITES.mix(0.4)));
    chart.draw_series(borders)?;
    for (at, slot) in slots(details) {
        let mut low = 0.0;
        for (count, color) in [
            (slot.replica_reads, REPLICA),
            (slot.primary_reads, PRIMARY),
            (slot.writes, WRITES),
            (slot.failed, FAILED),
        ] {
            let high = low + rate(count);
            let bar = [(at, low), (at + SLOT.as_secs_f64(), high)];
            chart.draw_series([Rectangle::new(bar, color.filled())])?;
            low = high;
        }
    }
    Ok(())
}

/// A row for each kind that has happened.
fn draw_faults(area: &Area<'_>, time: &Range<f64>, details: &Details, kinds: &[Fault]) -> Drawn {
    let rows = kinds.len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption("faults, by act", TITLE)
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(NAMES)
        .build_cartesian_2d(time.clone(), rows..-1.0)?;
    chart.configure_mesh().disable_mesh().disable_y_axis().x_desc("seconds").label_style(FONT).draw()?;
    for mark in &details.marks {
        let row = kinds.iter().position(|kind| *kind == mark.fault).unwrap_or(0) as f64;
        // What takes no time is seen all the same.
        let until = mark.until.as_secs_f64().max(mark.from.as_secs_f64() + time.end / 600.0);
        let bar = [(mark.from.as_secs_f64(), row + 0.1), (until, row + 0.9)];
        chart.draw_series([Rectangle::new(bar, FAULT.filled())])?;
    }
    for (row, kind) in kinds.iter().enumerate() {
        let (_, y) = chart.backend_coord(&(0.0, row as f64 + 0.15));
        let (_, top) = area.get_base_pixel();
        area.draw(&Text::new(kind.name(), (8, y - top), FONT))?;
    }
    for (at, name) in &details.acts {
        let at = at.as_secs_f64();
        chart.draw_series([PathElement::new([(at, rows), (at, -1.0)], WRITES.mix(0.6))])?;
        chart.draw_series([Text::new(*name, (at, -0.9), ("sans-serif", 10))])?;
    }
    Ok(())
}

/// When acts begin.
fn borders(details: &Details) -> impl Iterator<Item = f64> {
    details.acts.iter().map(|(at, _)| at.as_secs_f64())
}

/// Those in which something happened, with their beginnings.
fn slots(details: &Details) -> impl Iterator<Item = (f64, &Slot)> {
    let all = details.slots.iter().enumerate();
    all.map(|(index, slot)| (index as f64 * SLOT.as_secs_f64(), slot))
        .filter(|(_, slot)| slot.operations() > 0)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use ryw_tests::histories::Mark;

    use super::*;

    #[test]
    fn a_picture_names_acts_and_faults() {
        let folder = tempfile::tempdir().unwrap();
        let (from, until) = (Duration::from_secs(1), Duration::from_secs(2));
        let mut details = Details::default();
        details.acts.push((Duration::ZERO, "lag"));
        details.marks.push(Mark { fault: Fault::ReplayHeld, from, until });
        details.faults.insert(Fault::ReplayHeld, 1);
        let mut slot = Slot::default();
        slot.replica_reads = 3;
        slot.writes = 1;
        details.slots.push(slot);
        let path = folder.path().join("picture.svg");
        draw(&path, &details).unwrap();
        let svg = std::fs::read_to_string(path).unwrap();
        assert!(svg.contains("lag") && svg.contains("replay-held"));
    }
}
