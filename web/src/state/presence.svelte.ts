/**
 * Who is there. The line lists who listens to each room; somebody who is on no list any more is offline a while
 * later, so that a phone that changes its network does not flicker. Oneself is away after some minutes without a
 * touch, and back with the first.
 */
import type { Here, PresenceChanged } from 'openline';
import { SvelteMap } from 'svelte/reactivity';
import { attention } from './attention.svelte.ts';
import { server } from './server.ts';

export type State = 'online' | 'away' | 'offline';

/** Milliseconds after which somebody who was lost from all lists is offline. */
const LOST = 60_000;
/** Milliseconds without a change after which lists may regroup. */
const QUIET = 3_000;
/** Milliseconds without a touch after which one is away. */
const IDLE = 5 * 60_000;
/** Milliseconds after which one who is still away says so again: servers forget it after ten minutes. */
const AGAIN = 5 * 60_000;
/** Milliseconds between two looks at who has gone, and whether one is away oneself. */
const LOOK = 5_000;

class Presence {
  readonly #states = new SvelteMap<string, State>();
  #settled: ReadonlyMap<string, State> = $state.raw(new Map());
  /** Who is on the list of each room. */
  readonly #lists = new Map<string, ReadonlySet<string>>();
  /** Since when somebody has been on no list. */
  readonly #lost = new Map<string, number>();
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #own: 'online' | 'away' = 'online';
  #toldAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** How somebody is, at once. */
  of(id: string): State {
    return this.#states.get(id) ?? 'offline';
  }

  /** How somebody was when things were last quiet: what is sorted by it does not jump about. */
  settled(id: string): State {
    return this.#settled.get(id) ?? 'offline';
  }

  /** Begins to tell others, and to forget who is gone. */
  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#look(), LOOK);
    attention.onActive(() => {
      if (this.#own === 'away') this.#tell('online');
    });
  }

  /** A room's list. */
  heardHere({ room, people }: Pick<Here, 'room' | 'people'>): void {
    if (!people) return;
    const before = this.#lists.get(room);
    const after = new Set(people);
    this.#lists.set(room, after);
    for (const id of after) {
      this.#lost.delete(id);
      if (this.of(id) === 'offline') this.#become(id, 'online');
    }
    for (const id of before ?? []) this.#loseIfGone(id);
    // The first that is heard of a room is no change.
    if (!before) this.#settle();
  }

  /** Nothing is heard of a room any more. */
  forget(room: string): void {
    const before = this.#lists.get(room);
    this.#lists.delete(room);
    for (const id of before ?? []) this.#loseIfGone(id);
  }

  /** A list of who is in a room, and how they are. */
  read(people: PresenceChanged['people']): void {
    this.heard(people);
    this.#settle();
  }

  /** What somebody's devices say. */
  heard(people: PresenceChanged['people']): void {
    for (const { id, state } of people) {
      this.#become(id, state);
      this.#loseIfGone(id);
    }
  }

  #loseIfGone(id: string): void {
    const isListed = [...this.#lists.values()].some((list) => list.has(id));
    if (!isListed && !this.#lost.has(id)) this.#lost.set(id, Date.now());
  }

  #become(id: string, state: State): void {
    if (this.of(id) === state) return;
    if (state === 'offline') this.#states.delete(id);
    else this.#states.set(id, state);
    // The first to be known are shown as they are.
    if (this.#settled.size === 0) this.#settled = new Map(this.#states);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#settle(), QUIET);
  }

  #settle(): void {
    this.#settled = new Map(this.#states);
  }

  #look(): void {
    for (const [id, since] of this.#lost) {
      if (Date.now() - since < LOST) continue;
      this.#lost.delete(id);
      this.#become(id, 'offline');
    }
    if (Date.now() - attention.lastActive <= IDLE) return;
    if (this.#own === 'online' || Date.now() - this.#toldAt >= AGAIN) this.#tell('away');
  }

  #tell(state: 'online' | 'away'): void {
    [this.#own, this.#toldAt] = [state, Date.now()];
    // Lost, it is said again with the next change, or after a while; nobody waits for it.
    server.me.setPresence(state).catch(() => {});
  }
}

export const presence = new Presence();
