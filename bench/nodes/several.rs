//! The figures of one, two and three nodes on one Redis, beside one node on SQLite.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use openline::load::Delays;

use super::fan::Fan;
use super::house::House;
use super::kept;
use super::posters::Pace;
use super::report::{Figures, median};
use super::scenarios;

/// How long the commands of an idle node are counted.
const IDLE: Duration = Duration::from_secs(20);
/// How many lines hear what is posted.
const LINES: usize = 1_000;

/// Measures them; what it gives back is for the plot.
pub fn measure(figures: &mut Figures, place: &Path, quick: bool) -> Result<Vec<(String, Delays)>> {
    let mut houses = vec![House::on_disk(place)?];
    for nodes in 1..=3 {
        houses.push(House::on_redis(place, nodes)?);
    }
    posts(figures, &houses, quick)?;
    let flood = deliveries(figures, &houses, quick)?;
    cost(figures, &houses[..2], quick)?;
    let [on_one, same, other] = delays(figures, &houses[0], &houses[2], quick)?;
    drop(houses);
    store(figures, place, quick)?;
    Ok(vec![
        ("1,000 lines on 3 nodes, 4 posters without a pause".to_owned(), flood),
        ("a line and a poster, SQLite".to_owned(), on_one),
        ("… on the poster's node, Redis".to_owned(), same),
        ("… on another node, Redis".to_owned(), other),
    ])
}

fn posts(figures: &mut Figures, houses: &[House], quick: bool) -> Result<()> {
    let (turns, seconds) = if quick { (3, 1) } else { (7, 4) };
    let posts = scenarios::posts(houses, 64, turns, Duration::from_secs(seconds))?;
    for (house, posts) in houses.iter().zip(&posts) {
        figures.note(&format!("64 posters, {}", house.name()), format!("{:.0} a second", posts.rate), None);
        figures.note("… post to 201", posts.delays.to_string(), None);
        let redis = house.redis.as_ref().map(|_| format!(", Redis {:.0} µs", posts.redis));
        let cpu = format!("nodes {:.0} µs{}", posts.node, redis.unwrap_or_default());
        figures.note("… CPU a post", cpu, None);
    }
    Ok(())
}

fn deliveries(figures: &mut Figures, houses: &[House], quick: bool) -> Result<Delays> {
    let (turns, seconds) = if quick { (1, 2) } else { (3, 5) };
    let time = Duration::from_secs(seconds);
    let pace = Pace { connections: 4, every: None, bytes: 100, time };
    let fans = scenarios::fans(houses, "flood", LINES, turns, pace)?;
    for (house, fans) in houses.iter().zip(&fans) {
        let rate = median(fans.iter().map(Fan::rate).collect());
        let name = format!("1,000 lines, 4 posters without a pause, {}", house.name());
        figures.note(&name, format!("{rate:.0} deliveries a second"), None);
        figures.note("… node CPU a delivery", cpu(house, fans), None);
    }
    let mut last = Delays::new();
    fans.last().into_iter().flatten().for_each(|fan| last.add(&fan.heard.all_delays()));
    Ok(last)
}

/// The same rate for both, since what a delivery costs depends on how many leave in one write.
fn cost(figures: &mut Figures, houses: &[House], quick: bool) -> Result<()> {
    let (turns, seconds) = if quick { (3, 2) } else { (7, 5) };
    let (every, time) = (Some(Duration::from_millis(50)), Duration::from_secs(seconds));
    let pace = Pace { connections: 1, every, bytes: 100, time };
    let fans = scenarios::fans(houses, "steady", LINES, turns, pace)?;
    for (house, fans) in houses.iter().zip(&fans) {
        let name = format!("1,000 lines, 20 posts a second, {}: node CPU a delivery", house.name());
        figures.note(&name, cpu(house, fans), None);
    }
    let times = each(&fans[1]) / each(&fans[0]);
    figures.note("… Redis as many times SQLite", format!("{times:.2}"), Some(("≤ 1.2", times <= 1.2)));
    Ok(())
}

fn each(fans: &[Fan]) -> f64 {
    median(fans.iter().map(Fan::cpu_each).collect())
}

fn cpu(house: &House, fans: &[Fan]) -> String {
    // Too little in one turn for the system's clock, which counts hundredths of a second.
    let spent: Duration = fans.iter().map(|fan| fan.spent.redis).sum();
    let posts: usize = fans.iter().map(|fan| fan.posts).sum();
    let redis = spent.as_secs_f64() * 1e6 / posts.max(1) as f64;
    let redis = house.redis.as_ref().map(|_| format!("; Redis {redis:.0} µs a post"));
    format!("{:.2} µs{}", each(fans), redis.unwrap_or_default())
}

/// From post to receipt: on one node with SQLite; on the poster's own and on the other of two with Redis.
fn delays(figures: &mut Figures, disk: &House, redis: &House, quick: bool) -> Result<[Delays; 3]> {
    let time = Duration::from_secs(if quick { 2 } else { 20 });
    let pace = Pace { connections: 1, every: Some(Duration::from_millis(10)), bytes: 100, time };
    let (on_one, on_two) = (scenarios::between(disk, pace)?, scenarios::between(redis, pace)?);
    let heard = [on_one[0].clone(), on_two[0].clone(), on_two[1].clone()];
    let names = [
        "posted and heard on the only node, SQLite",
        "posted and heard on the same of two nodes, Redis",
        "posted on one and heard on the other, Redis",
    ];
    for (name, delays) in names.iter().zip(&heard) {
        figures.note(name, delays.to_string(), None);
    }
    let [half, most] = [0.5, 0.99].map(|share| {
        let [_, same, other] = heard.each_ref().map(|delays| delays.quantile(share).as_secs_f64() * 1e3);
        other - same
    });
    figures.note("… added between nodes", format!("{half:+.2} ms median, {most:+.2} ms p99"), None);
    Ok(heard)
}

fn store(figures: &mut Figures, place: &Path, quick: bool) -> Result<()> {
    // Both count and neither times anything, so they do not disturb each other.
    let (commands, kept) = thread::scope(|scope| {
        let commands = scope.spawn(|| kept::commands(place, IDLE));
        let kept = kept::bytes(place, Duration::from_secs(if quick { 1 } else { 5 }));
        (commands.join(), kept)
    });
    let (commands, kept) = (commands.map_err(|_| anyhow::anyhow!("the count panicked"))??, kept?);
    let aim = Some(("≤ 2", commands <= 2.0));
    figures.note("commands of an idle node to Redis", format!("{commands:.1} a second"), aim);
    let mut note = |what: &str, bytes: f64| figures.note(what, format!("{bytes:.0} bytes"), None);
    note("a room that is only listened to, in Redis", kept.heard);
    note("a room with one message of 60 bytes, in Redis", kept.room);
    note("a message of 60 bytes more, in Redis", kept.short);
    note("a message of 500 bytes more, in Redis", kept.long);
    note("… of each message, for ten to twenty minutes", kept.token);
    Ok(())
}
