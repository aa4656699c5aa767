//! What a run came to, for people.

use std::fmt::Write as _;

use crate::load::{Figures, Plan, Quantiles, What};

/// One line for each figure that is known.
pub fn text(plan: &Plan, figures: &Figures) -> String {
    let mut report = Report(format!("{}\n\n", title(plan, figures)));
    report.listening(figures);
    report.memory(figures);
    report.number("server CPU at rest", figures.idle_cpu_percent, "% of a core");
    report.number("all lines open within", figures.open_ms, "ms");
    report.storm(figures);
    report.replay(figures);
    report.chat(figures);
    if figures.wrong.is_empty() {
        report.say("heard wrong", "nothing");
    } else {
        figures.wrong.iter().for_each(|what| report.say("HEARD WRONG", what.clone()));
    }
    report.0
}

/// What was measured.
fn title(plan: &Plan, figures: &Figures) -> String {
    let Figures { lines, rooms, .. } = figures;
    let pace = match plan.rate {
        Some(rate) => format!("{rate} posts a second"),
        None => format!("{} posting without a pause", plan.posters * plan.in_flight),
    };
    match plan.what {
        What::Listen => format!("{lines} lines, {rooms} rooms, {pace}, {} bytes each", plan.bytes),
        What::Burst => format!("{lines} lines, {rooms} rooms, a burst: {pace}, {} bytes each", plan.bytes),
        What::Idle => format!("{lines} lines that hear nothing"),
        What::Publish => format!("no lines, {pace}, {} bytes each", plan.bytes),
        What::Storm => format!("{lines} lines, of which nine of ten are cut and come back"),
        What::Chat => format!("{lines} people in {rooms} rooms"),
        What::Replay => format!("newcomers fetch {} messages", plan.messages),
    }
}

struct Report(String);

impl Report {
    fn say(&mut self, what: &str, is: impl AsRef<str>) {
        let _ = writeln!(self.0, "{what:<24}{}", is.as_ref());
    }

    fn number(&mut self, what: &str, value: Option<f64>, unit: &str) {
        if let Some(value) = value {
            self.say(what, format!("{} {unit}", short(value)));
        }
    }

    fn quantiles(&mut self, what: &str, quantiles: Option<Quantiles>) {
        if let Some(Quantiles { p50, p90, p99, max }) = quantiles {
            let [p50, p90, p99, max] = [p50, p90, p99, max].map(short);
            self.say(what, format!("{p50} ms median, {p90} p90, {p99} p99, {max} longest"));
        }
    }

    fn listening(&mut self, figures: &Figures) {
        let Figures { posts, deliveries, .. } = *figures;
        if posts > 0 {
            self.say("posts", with_rate(posts, figures.posts_per_second));
        }
        if deliveries > 0 {
            self.say("deliveries", with_rate(deliveries, figures.deliveries_per_second));
        }
        self.quantiles("post to receipt", figures.delay_ms);
        self.quantiles("post to answer", figures.ack_ms);
        self.number("server CPU a delivery", figures.server_cpu_us_per_delivery, "µs");
        self.number("server CPU a post", figures.server_cpu_us_per_post, "µs");
        let written = figures.server_disk_bytes_per_post.filter(|bytes| *bytes > 0.0);
        self.number("server disk a post", written, "bytes");
        self.number("load CPU a delivery", figures.load_cpu_us_per_delivery, "µs");
    }

    fn memory(&mut self, figures: &Figures) {
        if let Some(resident) = figures.rss_kib {
            let after = resident.after_burst.map(|kib| format!(", {kib} KiB after all was heard"));
            let (before, with_all) = (resident.before, resident.after);
            let after = after.unwrap_or_default();
            self.say("server memory", format!("{before} KiB, {with_all} KiB with all lines{after}"));
        }
        if let Some(burst) = figures.burst {
            let (before, at_end, after) = (burst.before, burst.at_end, burst.after);
            self.say(
                "memory around the burst",
                format!("{before} KiB before it, {at_end} at its end, {after} after it"),
            );
            self.number("… times", Some(burst.times), "after it what it was before");
        }
        self.number("server memory a line", figures.rss_kib_per_line, "KiB");
        self.number("kernel memory a line", figures.kernel_kib_per_line, "KiB (its end of it)");
    }

    fn storm(&mut self, figures: &Figures) {
        let Some(storm) = figures.storm else { return };
        self.say("came back", format!("{} lines, each of which had missed {}", storm.lines, storm.missed));
        self.number("… all had it within", Some(storm.caught_up_ms), "ms");
        self.number("… server CPU", storm.server_cpu_ms, "ms");
        self.number("… server CPU a line", storm.server_cpu_us_per_line, "µs");
        self.quantiles("… others meanwhile", storm.others_delay_ms);
        self.quantiles("… others before", storm.others_delay_ms_before);
    }

    fn chat(&mut self, figures: &Figures) {
        let Some(chat) = figures.chat else { return };
        self.number("server CPU in all", chat.server_cpu_percent, "% of a core");
        self.number("typed and read a second", chat.signals_per_second, "times");
        self.number("… heard on all lines", chat.signals_heard_per_second, "a second");
        self.quantiles("… request to answer", chat.signal_ack_ms);
        self.say("lines that came back", chat.comebacks.to_string());
    }

    fn replay(&mut self, figures: &Figures) {
        let Some(replay) = figures.replay else { return };
        let text = |ms: f64, rate: f64| format!("{} ms, {rate:.0} messages a second", short(ms));
        self.say("from the beginning", text(replay.from_start_ms, replay.from_start_per_second));
        if let Some((ms, rate)) = replay.by_id_ms.zip(replay.by_id_per_second) {
            self.say("after the first's id", text(ms, rate));
        }
        self.number("server CPU a message", replay.server_cpu_us_per_message, "µs");
    }
}

fn with_rate(count: u64, rate: Option<f64>) -> String {
    let rate = rate.map(|rate| format!(", {rate:.0} a second"));
    format!("{count}{}", rate.unwrap_or_default())
}

/// Three digits are enough for anybody.
fn short(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!([short(0.123), short(12.34), short(1234.5)], ["0.12", "12.3", "1234"]);
        assert_eq!(with_rate(7, Some(3.4)), "7, 3 a second");
    }
}
