//! What is measured of several nodes on one Redis, beside one node on SQLite.

use std::time::Duration;

use anyhow::Result;

use super::delays::Delays;
use super::fan::{Fan, fan};
use super::house::House;
use super::posters::{Pace, post_to};
use super::report::median;
use super::scenarios::WARM_UP;

/// After this the signals that tell how many listen are over.
const REST: Duration = Duration::from_secs(2);

/// Posts with nobody listening.
pub struct Posts {
    /// Acknowledged a second: the median of the turns.
    pub rate: f64,
    /// From post to answer, in all turns.
    pub delays: Delays,
    /// Processor time of the nodes for each, in microseconds: the median of the turns.
    pub node: f64,
    /// Processor time of their Redis for each, in microseconds: the median of the turns.
    pub redis: f64,
}

/// How fast so many posters, spread over the nodes, are answered by each house; the houses take turns.
pub fn posts(houses: &[House], connections: usize, turns: usize, time: Duration) -> Result<Vec<Posts>> {
    const ROOM: &str = "/rooms/posts";
    let pace = Pace { connections, every: None, time, ..WARM_UP };
    for house in houses {
        post_to(&house.addresses(), ROOM, WARM_UP)?;
    }
    let mut figures: Vec<_> = houses.iter().map(|_| (Vec::new(), Vec::new(), Vec::new())).collect();
    let mut delays = vec![Delays::new(); houses.len()];
    for _ in 0..turns {
        for ((house, (rate, node, redis)), delays) in houses.iter().zip(&mut figures).zip(&mut delays) {
            let before = house.spent()?;
            let posted = post_to(&house.addresses(), ROOM, pace)?;
            let spent = house.spent()?.since(before);
            let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / posted.numbers.len().max(1) as f64;
            rate.push(posted.numbers.len() as f64 / posted.took.as_secs_f64());
            node.push(each(spent.nodes));
            redis.push(each(spent.redis));
            delays.add(&posted.delays);
        }
    }
    let median = |(rate, node, redis), delays| Posts {
        rate: median(rate),
        node: median(node),
        redis: median(redis),
        delays,
    };
    Ok(figures.into_iter().zip(delays).map(|(figures, delays)| median(figures, delays)).collect())
}

/// What so many lines, spread over the nodes, hear at a pace in rooms that begin with this name: for each
/// house one fan a turn; the houses take turns.
pub fn fans(houses: &[House], name: &str, lines: usize, turns: usize, pace: Pace) -> Result<Vec<Vec<Fan>>> {
    let mut fans: Vec<Vec<Fan>> = houses.iter().map(|_| Vec::new()).collect();
    for turn in 0..turns {
        for (house, fans) in houses.iter().zip(&mut fans) {
            fans.push(fan(house, &format!("/rooms/{name}-{turn}"), lines, pace, REST)?);
        }
    }
    Ok(fans)
}

/// How soon one line on each node hears what is posted on the first of them: a time for each node.
pub fn between(house: &House, pace: Pace) -> Result<Vec<Delays>> {
    let one = Pace { connections: 1, ..pace };
    Ok(fan(house, "/rooms/between", house.nodes.len(), one, REST)?.heard.by_server)
}
