//! Who is named to the lines of a room, and when.

use std::sync::Arc;

use super::*;

fn person(id: &str) -> Who {
    Who::Person(id.into())
}

fn names(site: &Site, node: usize) -> Option<Vec<String>> {
    let people = site.nodes[node].here(&lobby()).people;
    people.map(|people| people.iter().map(ToString::to_string).collect())
}

#[test]
fn people_are_named_once_on_every_node_and_clients_are_only_counted() {
    let mut site = Site::of(2);
    site.nodes[0].enter(&lobby(), &person("ben"));
    site.nodes[0].enter(&lobby(), &person("ann"));
    site.nodes[1].enter(&lobby(), &person("ann"));
    // Somebody's page has chosen the id of a person as its name.
    site.nodes[1].enter(&lobby(), &Who::Client("ben".into()));
    site.pass(2);
    for node in [0, 1] {
        assert_eq!(names(&site, node), Some(vec!["ann".to_owned(), "ben".to_owned()]));
        assert_eq!(site.nodes[node].count(&lobby()), 3);
        assert!(site.nodes[node].is_here(&lobby(), &person("ben")));
        assert!(!site.nodes[node].is_here(&lobby(), &person("eve")));
    }
}

#[test]
fn of_more_than_fifty_nobody_is_named() {
    let mut site = Site::of(1);
    (0..50).for_each(|n| site.nodes[0].enter(&lobby(), &person(&format!("{n:02}"))));
    assert_eq!(names(&site, 0).map(|names| names.len()), Some(50));
    site.enter(0, "a client");
    assert_eq!(names(&site, 0), None);
}

#[test]
fn lines_are_told_when_another_person_is_there_though_as_many_are() {
    let mut site = Site::of(1);
    site.nodes[0].enter(&lobby(), &person("ann"));
    site.pass(1);
    site.nodes[0].leave(&lobby(), &person("ann"), false, site.now);
    site.nodes[0].enter(&lobby(), &person("ben"));
    let turn = site.nodes[0].turn(site.now + SECOND);
    let here = Here { count: 1, people: Some(vec![Arc::from("ben")]) };
    assert_eq!(turn.here, [(lobby(), here)]);
}
