//! A shard over real sockets, with a protocol that only counts its turns.

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::*;

/// More than have their turn before the system is asked again.
const MANY: usize = 600;
/// If the thread slept after each, with somebody waiting, this would take half a minute.
const ROUNDS: u32 = 60;

/// Wakes itself in each of its turns but the last.
struct Restless {
    rounds: u32,
    done: mpsc::Sender<()>,
    waits_for: Arc<AtomicUsize>,
}

impl Protocol for Restless {
    fn sit_down(&mut self, _: Arc<Seat>, _: Bytes) {
        self.waits_for.fetch_sub(1, Ordering::AcqRel);
    }

    fn beat(&mut self) {}

    fn turn(&mut self, _: &mut Socket, cx: &mut Context<'_>, _: &mut Memo) -> Poll<io::Result<()>> {
        // All begin together, so that all are in the queue at once.
        if self.waits_for.load(Ordering::Acquire) == 0 {
            self.rounds -= 1;
        }
        if self.rounds == 0 {
            let _ = self.done.send(());
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[tokio::test]
async fn nobody_waits_who_was_woken_while_others_had_their_turn() {
    let shards = Shards::start(1, Duration::from_secs(30), &Stalls::new(), &Handle::current()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (done, all_done) = mpsc::channel();
    let waits_for = Arc::new(AtomicUsize::new(MANY));
    let began = Instant::now();
    let mut peers = Vec::new();
    for _ in 0..MANY {
        peers.push(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let protocol = Restless { rounds: ROUNDS, done: done.clone(), waits_for: Arc::clone(&waits_for) };
        let (early, head, share) = (Bytes::new(), Bytes::new(), Share::unbounded());
        shards.take(Arrival { stream, early, head, share, protocol: Box::new(protocol) });
    }
    for _ in 0..MANY {
        all_done.recv_timeout(Duration::from_secs(60)).expect("everybody to have their turns");
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    shards.finish(Duration::from_secs(10)).await;
    assert_eq!(shards.open(), 0);
}

/// Panics when it has its turn.
struct Fatal;

impl Protocol for Fatal {
    fn sit_down(&mut self, _: Arc<Seat>, _: Bytes) {}

    fn beat(&mut self) {}

    fn turn(&mut self, _: &mut Socket, _: &mut Context<'_>, _: &mut Memo) -> Poll<io::Result<()>> {
        panic!("as it should");
    }
}

#[tokio::test]
async fn it_is_noticed_when_one_of_several_threads_ends() {
    let shards = Shards::start(3, Duration::from_secs(30), &Stalls::new(), &Handle::current()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let (early, head, share) = (Bytes::new(), Bytes::new(), Share::unbounded());
    shards.take(Arrival { stream, early, head, share, protocol: Box::new(Fatal) });
    tokio::time::timeout(Duration::from_secs(30), shards.ended()).await.expect("to be told");
}
