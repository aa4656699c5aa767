//! A shard over real sockets, with a protocol that only counts its turns.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::accept::{FEW, MANY};
use super::*;

/// More than have their turn before the system is asked again.
const LINES: usize = 600;
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
    let waits_for = Arc::new(AtomicUsize::new(LINES));
    let began = Instant::now();
    let mut peers = Vec::new();
    for _ in 0..LINES {
        peers.push(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let protocol = Restless { rounds: ROUNDS, done: done.clone(), waits_for: Arc::clone(&waits_for) };
        let (early, head, share) = (Bytes::new(), Bytes::new(), Share::unbounded());
        shards.take(Arrival { stream, early, head, share, protocol: Box::new(protocol) });
    }
    for _ in 0..LINES {
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

/// Wakes itself until it is told that it is enough, and notes how many were let in from one of its turns to the next.
struct Greedy {
    door: Arc<Doorway>,
    sits: mpsc::Sender<()>,
}

impl Protocol for Greedy {
    fn sit_down(&mut self, _: Arc<Seat>, _: Bytes) {
        self.sits.send(()).unwrap();
    }

    fn beat(&mut self) {}

    fn turn(&mut self, _: &mut Socket, cx: &mut Context<'_>, _: &mut Memo) -> Poll<io::Result<()>> {
        let Doorway { accepted, heard, is_enough } = &*self.door;
        accepted.note_turn();
        heard.note_turn();
        if is_enough.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What happens at the door.
#[derive(Default)]
struct Doorway {
    accepted: Tally,
    heard: Tally,
    is_enough: AtomicBool,
}

/// How often something happened since the last turn, and the most of it from one turn to the next.
#[derive(Default)]
struct Tally {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Tally {
    fn count_one(&self) {
        self.now.fetch_add(1, Ordering::AcqRel);
    }

    fn note_turn(&self) {
        self.most.fetch_max(self.now.swap(0, Ordering::AcqRel), Ordering::AcqRel);
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::Acquire)
    }
}

/// Counts those who come, and gives nobody a line.
struct Doorman {
    door: Arc<Doorway>,
    gone: mpsc::Sender<()>,
}

impl Reception for Doorman {
    fn admit(&self, _: SocketAddr) -> Option<Share> {
        self.door.accepted.count_one();
        Some(Share::unbounded())
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn line(&self, _: &[u8], _: SocketAddr) -> Option<Asked> {
        self.door.heard.count_one();
        None
    }

    fn pass_on(&self, _: Newcomer) {
        self.gone.send(()).unwrap();
    }
}

#[tokio::test]
async fn whoever_is_here_does_not_wait_for_all_who_come_at_once() {
    let shards = Shards::start(1, Duration::from_secs(30), &Stalls::new(), &Handle::current()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _peer = TcpStream::connect(address).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let door = Arc::new(Doorway::default());
    let (sits, has_sat_down) = mpsc::channel();
    let protocol = Greedy { door: Arc::clone(&door), sits };
    let (early, head, share) = (Bytes::new(), Bytes::new(), Share::unbounded());
    shards.take(Arrival { stream, early, head, share, protocol: Box::new(protocol) });
    has_sat_down.recv_timeout(Duration::from_secs(30)).unwrap();

    // They all wait at the door before it opens, and have said what they want.
    let newcomers: Vec<_> = (0..2 * MANY)
        .map(|_| {
            let mut newcomer = TcpStream::connect(address).unwrap();
            newcomer.write_all(b"GET").unwrap();
            newcomer
        })
        .collect();
    let (gone, who_was_heard) = mpsc::channel();
    let reception: Arc<dyn Reception> = Arc::new(Doorman { door: Arc::clone(&door), gone });
    shards.listen(&listener, &reception).unwrap();
    for _ in &newcomers {
        who_was_heard.recv_timeout(Duration::from_secs(30)).expect("everybody to be heard");
    }
    door.is_enough.store(true, Ordering::Release);
    shards.finish(Duration::from_secs(10)).await;
    assert!((1..=FEW).contains(&door.heard.most()), "{} were heard in one round", door.heard.most());
    // Or the system's backlog fills, and whoever is dropped there comes back late.
    assert!(door.accepted.most() > FEW, "{} were accepted in one round", door.accepted.most());
}
