//! A shard over real sockets, with a protocol that only counts its turns.

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::accept::FEW_ACCEPTS;
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

/// Wakes itself until it is told that it is enough, and notes how many came from one of its turns to the next.
struct Greedy {
    came: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    is_enough: Arc<AtomicBool>,
    sits: mpsc::Sender<()>,
}

impl Protocol for Greedy {
    fn sit_down(&mut self, _: Arc<Seat>, _: Bytes) {
        self.sits.send(()).unwrap();
    }

    fn beat(&mut self) {}

    fn turn(&mut self, _: &mut Socket, cx: &mut Context<'_>, _: &mut Memo) -> Poll<io::Result<()>> {
        self.most.fetch_max(self.came.swap(0, Ordering::AcqRel), Ordering::AcqRel);
        if self.is_enough.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Counts those who come, and lets nobody in.
struct Doorman {
    came: Arc<AtomicUsize>,
    gone: mpsc::Sender<()>,
}

impl Reception for Doorman {
    fn admit(&self, _: SocketAddr) -> Option<Share> {
        self.came.fetch_add(1, Ordering::AcqRel);
        self.gone.send(()).unwrap();
        None
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn line(&self, _: &[u8], _: SocketAddr) -> Option<Asked> {
        None
    }

    fn pass_on(&self, _: Newcomer) {}
}

#[tokio::test]
async fn whoever_is_here_does_not_wait_for_all_who_come_at_once() {
    const MANY: usize = 100;
    let shards = Shards::start(1, Duration::from_secs(30), &Stalls::new(), &Handle::current()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _peer = TcpStream::connect(address).unwrap();
    let (stream, _) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    let (came, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let is_enough = Arc::new(AtomicBool::new(false));
    let (sits, has_sat_down) = mpsc::channel();
    let protocol =
        Greedy { came: Arc::clone(&came), most: Arc::clone(&most), is_enough: Arc::clone(&is_enough), sits };
    let (early, head, share) = (Bytes::new(), Bytes::new(), Share::unbounded());
    shards.take(Arrival { stream, early, head, share, protocol: Box::new(protocol) });
    has_sat_down.recv_timeout(Duration::from_secs(30)).unwrap();

    // They all wait at the door before it opens.
    let _newcomers: Vec<_> = (0..MANY).map(|_| TcpStream::connect(address).unwrap()).collect();
    let (gone, who_came) = mpsc::channel();
    let reception: Arc<dyn Reception> = Arc::new(Doorman { came, gone });
    shards.listen(&listener, &reception).unwrap();
    for _ in 0..MANY {
        who_came.recv_timeout(Duration::from_secs(30)).expect("everybody to come in");
    }
    is_enough.store(true, Ordering::Release);
    shards.finish(Duration::from_secs(10)).await;
    assert!((1..=FEW_ACCEPTS).contains(&most.load(Ordering::Acquire)), "{most:?}");
}
