//! Whatever happens, and whatever becomes of the words: after a quiet while all nodes know the same, and
//! it is right.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Enter {
        node: usize,
        room: usize,
        who: usize,
    },
    Leave {
        node: usize,
        line: usize,
    },
    /// A second passes. Each word meets one of these fates, in turn.
    Pass(Vec<Fate>),
    Restart {
        node: usize,
        well: bool,
    },
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Heard,
    Lost,
    Twice,
    /// Heard after those of the next second.
    Late,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![
        4 => Just(Fate::Heard),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => Just(Fate::Late)
    ];
    let step = prop_oneof![
        6 => (0..3usize, 0..3usize, 0..12usize).prop_map(|(node, room, who)| Step::Enter { node, room, who }),
        4 => (0..3usize, any::<usize>()).prop_map(|(node, line)| Step::Leave { node, line }),
        4 => vec(fate, 1..8).prop_map(Step::Pass),
        1 => (0..3usize, any::<bool>()).prop_map(|(node, well)| Step::Restart { node, well }),
    ];
    vec(step, 1..80)
}

fn room(n: usize) -> Audience {
    Audience::new(&format!("room:{n}"))
}

/// A crowd that enters together, so that some rooms are over the bound: the last one's people are many.
fn crowd(who: usize) -> Vec<Who> {
    let size = if who == 11 { MOST_NAMED } else { 1 };
    let named = if who.is_multiple_of(2) { Who::Client } else { Who::Person };
    (0..size).map(|n| named(format!("{who}-{n}").into())).collect()
}

/// What everybody must know: who is on which line of which node.
#[derive(Default)]
struct Model {
    lines: [Vec<(usize, usize)>; 3],
}

impl Model {
    fn count(&self, room: usize) -> usize {
        let mut named = BTreeSet::new();
        let mut counted = 0;
        for lines in &self.lines {
            let here: BTreeSet<_> =
                lines.iter().filter(|line| line.0 == room).flat_map(|line| crowd(line.1)).collect();
            if here.len() > MOST_NAMED { counted += here.len() } else { named.extend(here) }
        }
        counted + named.len()
    }
}

fn run(steps: Vec<Step>) {
    let mut site = Site::of(3);
    let mut model = Model::default();
    let mut late = Vec::new();
    for step in steps {
        match step {
            Step::Enter { node, room: n, who } => {
                crowd(who).iter().for_each(|who| site.nodes[node].enter(&room(n), who));
                model.lines[node].push((n, who));
            }
            Step::Leave { node, line } => {
                let lines = &mut model.lines[node];
                if !lines.is_empty() {
                    let (n, who) = lines.swap_remove(line % lines.len());
                    crowd(who).iter().for_each(|who| site.nodes[node].leave(&room(n), who, true, site.now));
                }
            }
            Step::Pass(fates) => {
                site.speak();
                let mut words = Vec::new();
                for (word, fate) in std::mem::take(&mut site.wire).into_iter().zip(fates.iter().cycle()) {
                    match fate {
                        Fate::Heard => words.push(word),
                        Fate::Lost => {}
                        Fate::Twice => words.extend([word.clone(), word]),
                        Fate::Late => late.push(word),
                    }
                }
                words.extend(if fates.len() > 4 { std::mem::take(&mut late) } else { Vec::new() });
                site.wire = words;
                site.deliver();
            }
            Step::Restart { node, well } => {
                if well {
                    let goodbye = site.nodes[node].goodbye();
                    site.hear(&goodbye);
                }
                site.nodes[node] = Presence::new(NodeId::random(), HOLD, site.now);
                model.lines[node].clear();
            }
        }
    }
    site.wire = late;
    site.deliver();
    // Who was killed is silent for thirty seconds; all else is right after a round of digests.
    site.pass(45);
    for n in 0..3 {
        let counts: BTreeMap<_, _> = (0..3).map(|node| (node, site.nodes[node].count(&room(n)))).collect();
        assert!(counts.values().all(|count| *count == model.count(n)), "{counts:?}, not {}", model.count(n));
    }
    site.nobody_hears_for(15);
    let of_others = |node: &Presence| (node.others.len(), node.others.dropped());
    assert!(site.nodes.iter().all(|node| of_others(node) == (2, 0)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn all_nodes_end_with_the_same_right_picture(steps in steps()) {
        run(steps);
    }
}
