/** Where the page is: which room its address names, and which rooms this browser knows. */
import { browser } from './storage.ts';

/** The room of an address without one. */
const LOBBY = 'lobby';

/** The room's name in one spelling, as the server also does it. */
export function normalized(name: string): string {
  return name.trim().replace(/^#/, '').normalize('NFKC').toLowerCase();
}

/** The address of a room's page. */
export function addressOf(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`;
}

function roomIn(path: string): string {
  const name = /^\/rooms\/([^/]+)/.exec(path)?.[1];
  if (!name) return LOBBY;
  try {
    return normalized(decodeURIComponent(name)) || LOBBY;
  } catch {
    return LOBBY;
  }
}

function remembered(): string[] {
  try {
    const names: unknown = JSON.parse(browser.get('rooms') ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

class Place {
  room = $state(roomIn(location.pathname));
  rooms: readonly string[] = $state.raw([...new Set([LOBBY, ...remembered()])]);

  constructor() {
    addEventListener('popstate', () => (this.room = roomIn(location.pathname)));
  }

  /** Goes to a room. */
  go(room: string): void {
    if (room === this.room) return;
    history.pushState(null, '', addressOf(room));
    this.room = room;
  }

  /** The server writes this room's name differently. */
  correct(room: string): void {
    history.replaceState(null, '', addressOf(room));
    this.room = room;
  }

  /** The room is there: lists it from now on. */
  remember(room: string): void {
    if (this.rooms.includes(room)) return;
    this.rooms = [...this.rooms, room];
    browser.set('rooms', JSON.stringify(this.rooms));
  }
}

export const place = new Place();
