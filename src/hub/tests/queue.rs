//! The run queue of a thread, and the seats of lines on it: who has a turn, and how often.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use super::super::listeners::Listeners;
use super::super::queue::Round;
use super::*;

fn queue() -> (Arc<RunQueue>, Arc<AtomicUsize>) {
    let alarms = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&alarms);
    let queue = RunQueue::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    (Arc::new(queue), alarms)
}

fn all(turns: &mut Turns) -> Vec<Turn> {
    let mut memo = Memo::default();
    std::iter::from_fn(|| turns.next(&mut memo)).collect()
}

#[test]
fn a_room_calls_its_lines_once_however_much_is_said() {
    let (queue, alarms) = queue();
    let mut listeners = Listeners::default();
    for token in [7, 3, 5] {
        listeners.seat(&Seat::new(&queue, token));
    }
    let mut turns = Turns::default();
    for _ in 0..2 {
        let mut round = Round::default();
        listeners.call(&mut round);
        round.end(10);
    }
    assert_eq!((alarms.load(Ordering::Relaxed), queue.unheard()), (1, 20));
    queue.take(&mut turns);
    assert_eq!(all(&mut turns), [Turn::Row(3), Turn::Row(5), Turn::Row(7)]);
    queue.finish(&turns, &mut Memo::default());
    assert_eq!(queue.unheard(), 0);

    // Who is called while they have their turns has another one.
    let mut round = Round::default();
    listeners.call(&mut round);
    round.end(10);
    queue.take(&mut turns);
    let mut memo = Memo::default();
    assert_eq!(turns.next(&mut memo), Some(Turn::Row(3)));
    let mut round = Round::default();
    listeners.call(&mut round);
    round.end(1);
    assert_eq!(all(&mut turns), [Turn::Row(5), Turn::Row(7)]);
    queue.finish(&turns, &mut Memo::default());
    assert_eq!((alarms.load(Ordering::Relaxed), queue.unheard()), (3, 1));
    queue.take(&mut turns);
    assert_eq!(all(&mut turns).len(), 3);
}

#[test]
fn who_listens_to_several_rooms_that_are_called_has_one_turn() {
    let (queue, _) = queue();
    let mut rooms = [Listeners::default(), Listeners::default(), Listeners::default()];
    for (room, tokens) in rooms.iter_mut().zip([&[1, 70][..], &[1, 2, 70], &[3]]) {
        tokens.iter().for_each(|token| room.seat(&Seat::new(&queue, *token)));
    }
    let say = |rooms: &[Listeners]| {
        let mut round = Round::default();
        rooms.iter().for_each(|room| room.call(&mut round));
        round.end(1);
    };
    let sorted = |mut turns: Vec<Turn>| {
        turns.sort_by_key(|turn| format!("{turn:?}"));
        turns
    };
    let mut turns = Turns::default();
    for _ in 0..2 {
        say(&rooms);
        queue.take(&mut turns);
        assert_eq!(sorted(all(&mut turns)), [1, 2, 3, 70].map(Turn::Row));
    }

    // All have answered when the first has its turn: what is said from then on calls each room again.
    say(&rooms);
    queue.take(&mut turns);
    assert!(turns.next(&mut Memo::default()).is_some());
    say(&rooms[..1]);
    assert_eq!(all(&mut turns).len(), 3);
    queue.take(&mut turns);
    assert_eq!(sorted(all(&mut turns)), [1, 70].map(Turn::Row));
}

#[test]
fn a_line_waits_in_the_queue_once_and_again_after_its_turn_began() {
    let (queue, alarms) = queue();
    let seats: Vec<_> = (0..3).map(|token| Arc::new(Seat::new(&queue, token))).collect();
    let mut turns = Turns::default();
    for _ in 0..2 {
        seats.iter().for_each(Wake::wake_by_ref);
    }
    queue.take(&mut turns);
    assert_eq!(all(&mut turns).len(), 3);
    assert_eq!(alarms.load(Ordering::Relaxed), 1);
    seats[1].begin_turn();
    seats[1].wake_by_ref();
    seats[2].wake_by_ref();
    queue.take(&mut turns);
    assert_eq!(all(&mut turns), [Turn::Line(1)]);
}

#[test]
fn what_was_said_to_lines_that_had_their_turn_meanwhile_keeps_nobody_waiting() {
    let (queue, alarms) = queue();
    let mut listeners = Listeners::default();
    listeners.seat(&Seat::new(&queue, 1));
    let call = || {
        let mut round = Round::default();
        listeners.call(&mut round);
        round
    };
    let mut turns = Turns::default();
    call().end(10);
    queue.take(&mut turns);
    // The row is about to answer: it is not called again, and its line takes this, too.
    let (soon, late) = (call(), call());
    soon.end(3);
    assert_eq!(all(&mut turns), [Turn::Row(1)]);
    queue.finish(&turns, &mut Memo::default());
    assert_eq!(queue.unheard(), 3);
    queue.take(&mut turns);
    assert_eq!((turns.is_empty(), queue.unheard()), (true, 0));

    // Whoever said it is so slow to say so that the thread sleeps by then.
    late.end(5);
    assert_eq!((alarms.load(Ordering::Relaxed), queue.unheard()), (2, 5));
    queue.take(&mut turns);
    assert_eq!((turns.is_empty(), queue.unheard()), (true, 0));
}
