//! Holding a thread of the runtime while the disk takes its time.
//!
//! A thread that is to block can hand its tasks on first (`block_in_place`). Up to three threads are woken for
//! that, on processors that sleep, and most disks have answered by then. So a thread is only held. Others may
//! take what waits behind it, but perhaps all of them sleep, and nobody sees who else wants something; so if the
//! disk hesitates, one of them is woken.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

#[cfg(target_os = "linux")]
use watch::Watch;

/// Holds threads, one at a time.
#[derive(Debug)]
pub(super) struct Hold {
    #[cfg(target_os = "linux")]
    watch: Option<Watch>,
}

impl Hold {
    pub(super) fn new() -> Self {
        Hold {
            #[cfg(target_os = "linux")]
            // Without one, tasks are handed on.
            watch: Watch::start().ok(),
        }
    }

    /// The runtime of this thread, if others of its threads can go on while this one is held.
    pub(super) fn runtime() -> Option<Handle> {
        Handle::try_current().ok().filter(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
    }

    /// Does what may block, on this thread of the runtime.
    pub(super) fn run<T>(&mut self, runtime: Handle, work: impl FnOnce() -> T) -> T {
        #[cfg(target_os = "linux")]
        if let Some(watch) = self.watch.as_ref().filter(|_| runtime.metrics().num_workers() > 1) {
            let _held = watch.begin(runtime);
            return work();
        }
        drop(runtime);
        block_in_place(work)
    }
}

/// A timer that wakes nobody as long as it is stopped in time.
#[cfg(target_os = "linux")]
mod watch {
    use std::fs::File;
    use std::io::{self, Read};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::thread;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::runtime::Handle;

    /// How long it may be that none of the runtime's threads is awake.
    const HESITATION: Duration = Duration::from_millis(2);

    /// The thread that wakes others needs next to no stack.
    const STACK: usize = 64 * 1024;

    #[derive(Debug)]
    pub(super) struct Watch {
        shared: Arc<Shared>,
    }

    #[derive(Debug)]
    struct Shared {
        /// `timerfd_create(2)`.
        timer: File,
        held: Mutex<Held>,
    }

    /// Of which runtime a thread is held.
    #[derive(Debug)]
    enum Held {
        Nothing,
        Thread(Handle),
        /// Nothing ever again.
        Over,
    }

    /// A thread is held until this is dropped.
    pub(super) struct Holding<'a>(&'a Shared);

    impl Watch {
        pub(super) fn start() -> io::Result<Self> {
            let timer = File::from(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?);
            let shared = Arc::new(Shared { timer, held: Mutex::new(Held::Nothing) });
            let watched = Arc::clone(&shared);
            let named = thread::Builder::new().name("sqlite-watch".to_owned()).stack_size(STACK);
            named.spawn(move || watched.watch())?;
            Ok(Watch { shared })
        }

        pub(super) fn begin(&self, runtime: Handle) -> Holding<'_> {
            *self.shared.held() = Held::Thread(runtime);
            self.shared.ring_after(HESITATION);
            Holding(&self.shared)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            *self.shared.held() = Held::Over;
            self.shared.ring_after(Duration::from_nanos(1));
        }
    }

    impl Drop for Holding<'_> {
        fn drop(&mut self) {
            self.0.ring_after(Duration::ZERO);
            *self.0.held() = Held::Nothing;
        }
    }

    impl Shared {
        fn held(&self) -> MutexGuard<'_, Held> {
            self.held.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Sets the timer; zero stops it.
        fn ring_after(&self, time: Duration) {
            let never = Timespec { tv_sec: 0, tv_nsec: 0 };
            let once = Itimerspec {
                it_interval: never,
                it_value: Timespec {
                    tv_sec: time.as_secs().cast_signed(),
                    tv_nsec: time.subsec_nanos().into(),
                },
            };
            // It fails only if the timer is none, or the time no time.
            let _ = timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once);
        }

        fn watch(&self) {
            while (&self.timer).read(&mut [0; 8]).is_ok() {
                match &*self.held() {
                    Held::Nothing => {}
                    // A task that does nothing. Whoever is woken for it then looks for others, and at the sockets.
                    Held::Thread(runtime) => drop(runtime.spawn(async {})),
                    Held::Over => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::{Arc, Mutex};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::runtime::Builder;

    use super::*;

    /// Both threads of the runtime sleep when one is woken and held: who asks meanwhile is answered by the other.
    #[test]
    fn others_are_served_while_a_thread_is_held() {
        const LONG: Duration = Duration::from_secs(2);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let hold = Arc::new(Mutex::new(Hold::new()));
        runtime.spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let hold = Arc::clone(&hold);
                tokio::spawn(async move {
                    while let Ok(wish) = socket.read_u8().await {
                        if wish == b'h' {
                            hold.lock().unwrap().run(Hold::runtime().unwrap(), || sleep(LONG));
                        }
                        socket.write_u8(wish).await.unwrap();
                    }
                });
            }
        });
        let connect = || {
            let mut socket = TcpStream::connect(address).unwrap();
            // It is known to the server.
            socket.write_all(b"a").unwrap();
            socket.read_exact(&mut [0]).unwrap();
            socket
        };
        let (mut holder, mut other) = (connect(), connect());
        for _ in 0..2 {
            sleep(Duration::from_millis(50));
            holder.write_all(b"h").unwrap();
            let start = Instant::now();
            sleep(Duration::from_millis(50));
            other.write_all(b"b").unwrap();
            other.read_exact(&mut [0]).unwrap();
            assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
            holder.read_exact(&mut [0]).unwrap();
            assert!(start.elapsed() >= LONG / 2, "{:?}", start.elapsed());
        }
        runtime.shutdown_background();
    }
}
