/** What one has written and is on its way: the outbox, with everything that it needs in a browser. */
import { ProblemError, type Message } from 'openline';
import { alone } from './alone.ts';
import type { Kept } from './kept.ts';
import { me } from './me.svelte.ts';
import { Outbox, type Entry } from './outbox.ts';
import { server } from './server.ts';
import { browser } from './storage.ts';
import { Unkept } from './unkept.ts';

class Writing {
  /** What is on its way, in every room, oldest first. */
  entries: readonly Entry[] = $state.raw([]);
  #outbox: Outbox | undefined;

  /** Begins with what a person has left, and tells what was stored. */
  async start(person: string, kept: Kept, onStored: (entry: Entry, message: Message) => void): Promise<void> {
    if (this.#outbox) return;
    // Tabs of one browser show each other's.
    const tabs = new BroadcastChannel(`openline ${person}`);
    const outbox = new Outbox({
      kept,
      unkept: new Unkept(browser, person),
      post: async (room, draft) => {
        try {
          if (!me.person) throw new ProblemError(503, {});
          return await server.messages.post(room, draft);
        } catch (error) {
          // Whoever is signed out by the server keeps their words, and sends them once signed in.
          throw me.heed(error) ? new ProblemError(503, {}) : error;
        }
      },
      alone: (what, work) => alone(`${person} ${what}`, kept, work),
      onChange: (entries) => (this.entries = entries),
      onStored,
      onKept: () => tabs.postMessage(null),
    });
    this.#outbox = outbox;
    tabs.onmessage = () => void outbox.look();
    await outbox.start();
  }

  /** The server knows who one is: what waits may go. */
  release(): void {
    this.#outbox?.release();
  }

  /** Takes something written in a room. */
  say(room: string, draft: Pick<Entry, 'body' | 'reply_to' | 'in_thread'>): void {
    this.#outbox?.add(room, draft);
  }

  retry(key: string): void {
    this.#outbox?.retry(key);
  }

  /** It is stored, or not wanted any more. */
  remove(key: string): void {
    this.#outbox?.remove(key);
  }

  /** A room is known by another name now. */
  move(from: string, to: string): void {
    this.#outbox?.move(from, to);
  }

  /** Sends what waits. */
  flush(): void {
    this.#outbox?.flushAll();
  }
}

export const writing = new Writing();
