//! A line that follows its person from room to room: it listens to more, or to less, from the very entry that says so.

use super::super::heard::Heard;
use super::Line;

impl Line {
    /// Whether an entry tells that this line begins or ceases to hear something.
    pub(super) fn is_moved_by(&self, heard: &Heard) -> bool {
        match (&self.follows, &heard.moves) {
            (Some(person), Some(moves)) => moves.concerns(person),
            _ => false,
        }
    }

    /// Listens from an entry on to what its person may hear from there, and no more to what they may not.
    pub(super) fn move_with(&mut self, heard: &Heard) {
        let (Some(person), Some(moves)) = (self.follows.clone(), &heard.moves) else { return };
        if moves.enter.contains(&person) {
            let from = self.shared.read().epochs.id(heard.number);
            self.listen(moves.audience.clone(), from);
        } else if moves.leave.contains(&person) {
            self.unlisten(&moves.audience);
        }
    }
}
