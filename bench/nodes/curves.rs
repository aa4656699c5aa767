//! A plot of how many of the events had been received after how long: a curve for each crowd.

use std::time::Duration;

use openline::load::Delays;

use super::plot::{COLOURS, Card, Scale, WIDTH};

const LEFT: f64 = 64.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 50.0;
const HEIGHT: f64 = 240.0;
/// What stands below: the times and what they are, and then a line for each curve.
const FOOT: f64 = 64.0;
const LEGEND: f64 = 20.0;
/// From so many milliseconds on, to so many.
const TIMES: [f64; 2] = [0.1, 1_000.0];
/// A curve has so many points.
const POINTS: u32 = 100;

/// Draws them; nothing if there is no scale for them.
pub fn plot(curves: &[(String, Delays)]) -> Option<String> {
    let [least, most] = TIMES;
    let scale = Scale::fit(LEFT, WIDTH - RIGHT, TIMES.into_iter())?;
    let y = |share: f64| TOP + HEIGHT * (1.0 - share);
    let foot = TOP + HEIGHT;
    let mut card =
        Card::new("Received within so many ms of the post", foot + FOOT + LEGEND * curves.len() as f64);
    card.scale(&scale, TOP, foot);
    for percent in [0, 25, 50, 75, 100] {
        let y = y(f64::from(percent) / 100.0);
        card.draw(&format!("<path class=\"grid\" d=\"M{LEFT} {y}H{}\"/>", WIDTH - RIGHT));
        card.write("soft end", LEFT - 8.0, y + 4.0, &format!("{percent} %"));
    }
    let step = |point| least * (most / least).powf(f64::from(point) / f64::from(POINTS));
    let milliseconds: Vec<f64> = (0..=POINTS).map(step).collect();
    let times: Vec<Duration> =
        milliseconds.iter().map(|time| Duration::from_secs_f64(time / 1_000.0)).collect();
    for (place, ((name, delays), colour)) in curves.iter().zip(COLOURS).enumerate() {
        let points = milliseconds.iter().zip(delays.shares(&times));
        let points: Vec<String> =
            points.map(|(time, share)| format!("{:.1},{:.1}", scale.x(*time), y(share))).collect();
        let points = points.join(" ");
        card.draw(&format!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        ));
        let y = foot + FOOT + LEGEND * place as f64;
        card.draw(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"4.5\" fill=\"{colour}\"/>", LEFT + 6.0, y - 4.5));
        card.write("", LEFT + 18.0, y, name);
    }
    Some(card.done())
}
