//! Whether what was heard is what was posted: on every line, and in the same order in all processes.

use super::faults::Faults;
use super::hearing::Tally;

/// What is wrong, in words, if each room has so many messages.
pub fn wrong(heard: &[Tally], messages: &[u32]) -> Vec<String> {
    let mut faults = Faults::default();
    heard.iter().for_each(|tally| faults.add(&tally.faults));
    for (room, posted) in messages.iter().map(|posted| *posted as usize).enumerate() {
        let mut orders = heard.iter().filter_map(|tally| tally.orders.get(room));
        // A process none of whose lines is in the room has heard nothing of it; what a line should have heard
        // and has not is counted where the line is.
        let mut orders = orders.by_ref().filter(|order| order.messages > 0);
        let Some(first) = orders.next() else { continue };
        if first.messages > posted {
            faults.tell(|| format!("room {room} has {posted} messages, and {} were heard", first.messages));
        }
        if orders.any(|order| order != first) {
            faults.tell(|| format!("room {room} was heard in another order by other processes"));
        }
    }
    faults.words()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::ledger::Order;

    fn tally(orders: &[(usize, u64)]) -> Tally {
        let orders = orders.iter().map(|&(messages, digest)| Order { messages, digest });
        Tally {
            lines: 1,
            deliveries: 0,
            last: 0,
            delays: Vec::new(),
            orders: orders.collect(),
            spans: Vec::new(),
            others: 0,
            comebacks: 0,
            faults: Faults::default(),
        }
    }

    #[test]
    fn processes_must_agree_on_each_room_that_they_hear() {
        let (first, second) = (tally(&[(2, 7), (1, 5)]), tally(&[(2, 7), (0, 0)]));
        assert!(wrong(&[first.clone(), second], &[2, 1]).is_empty());
        assert_eq!(wrong(&[first.clone(), tally(&[(2, 8), (1, 5)])], &[2, 1]).len(), 1);
        assert_eq!(wrong(&[first], &[2, 0]).len(), 1, "more than was posted");
    }

    #[test]
    fn what_a_line_heard_wrong_is_told_first() {
        let mut one = tally(&[(1, 1)]);
        one.faults.lost = 3;
        one.faults.tell(|| "line 4 heard nothing".to_owned());
        assert_eq!(wrong(&[one], &[1]), ["deliveries lost: 3", "line 4 heard nothing"]);
    }
}
