//! Queries are planned once, and not for each value that they are given.

use rusqlite::{OpenFlags, StatementStatus};

use super::super::open::connect;
use super::*;

#[tokio::test]
async fn a_query_is_planned_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for _ in 0..3 {
        engine.commit(saying("1").into()).await.unwrap();
    }
    let connection = connect(&folder.path().join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut select = connection
        .prepare("SELECT key FROM document WHERE key > ?1 AND key < 'n' AND (expires IS NULL OR expires > ?2) ORDER BY key LIMIT ?3")
        .unwrap();
    for (after, limit) in [("a", 1_i64), ("b", 2), ("m", 3)] {
        let found = select.query_map((after, 0, limit), |row| row.get(0)).unwrap();
        assert_eq!(found.collect::<Result<Vec<String>, _>>().unwrap().len() as i64, limit);
    }
    assert_eq!(select.get_status(StatementStatus::RePrepare), 0);
    engine.close().await;
}
