//! What is measured of several nodes on one Redis, beside one node on SQLite.

use std::time::Duration;

use anyhow::Result;
use openline::load::Delays;

use super::fan::{Fan, fan};
use super::house::House;
use super::posters::{Pace, WARM_UP, post_to};
use super::report::median;

/// After this the signals that tell how many listen are over.
const REST: Duration = Duration::from_millis(1500);

/// Posts with nobody listening: one turn, or the medians of several.
pub struct Posts {
    /// Acknowledged a second.
    pub rate: f64,
    /// From post to answer, in all turns.
    pub delays: Delays,
    /// Processor time of the nodes for each, in microseconds.
    pub node: f64,
    /// Processor time of their Redis for each, in microseconds.
    pub redis: f64,
}

/// How fast so many posters, spread over the nodes, are answered by each house; the houses take turns.
pub fn posts(houses: &[House], connections: usize, turns: usize, time: Duration) -> Result<Vec<Posts>> {
    const ROOM: &str = "/rooms/posts";
    for house in houses {
        post_to(&house.addresses(), ROOM, WARM_UP)?;
    }
    let pace = Pace { connections, time, ..WARM_UP };
    let mut posts: Vec<Vec<Posts>> = houses.iter().map(|_| Vec::new()).collect();
    for _ in 0..turns {
        for (house, posts) in houses.iter().zip(&mut posts) {
            let before = house.spent()?;
            let posted = post_to(&house.addresses(), ROOM, pace)?;
            let spent = house.spent()?.since(before);
            let count = posted.posts.max(1) as f64;
            posts.push(Posts {
                rate: count / posted.took().as_secs_f64(),
                delays: posted.delays,
                node: spent.nodes.as_secs_f64() * 1e6 / count,
                redis: spent.redis.as_secs_f64() * 1e6 / count,
            });
        }
    }
    Ok(posts.iter().map(|turns| Posts::over(turns)).collect())
}

impl Posts {
    fn over(turns: &[Posts]) -> Posts {
        let of = |part: fn(&Posts) -> f64| median(turns.iter().map(part).collect());
        let mut delays = Delays::new();
        turns.iter().for_each(|turn| delays.add(&turn.delays));
        Posts { rate: of(|turn| turn.rate), delays, node: of(|turn| turn.node), redis: of(|turn| turn.redis) }
    }
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
    Ok(fan(house, "/rooms/between", house.nodes.len(), one, REST)?.heard.delays)
}
