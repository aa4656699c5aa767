/** Where the page is: what its address names. */
import { browser } from './storage.ts';

/** The room of an address without one, on a device that has been in none. */
const LOBBY = 'lobby';

/** The room's name in one spelling, as the server also does it. Ids of hidden rooms have only one. */
export function normalized(name: string): string {
  const trimmed = name.trim().replace(/^#/, '');
  return trimmed.startsWith('~') ? trimmed : trimmed.normalize('NFKC').toLowerCase();
}

/** The address of a room's page, or of a message in it. */
export function addressOf(room: string, message?: string): string {
  const path = `/rooms/${encodeURIComponent(room)}`;
  return message === undefined ? path : `${path}/${encodeURIComponent(message)}`;
}

/** What an address names. */
interface Spot {
  readonly page: 'room' | 'join';
  readonly room: string;
  readonly message: string | undefined;
}

function spotOf(path: string): Spot {
  if (path === '/join') return { page: 'join', room: LOBBY, message: undefined };
  const [, room, message] = /^\/rooms\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  const last = browser.get('room') ?? LOBBY;
  return {
    page: 'room',
    room: room === undefined ? last : normalized(decoded(room)) || last,
    message: message === undefined ? undefined : decoded(message),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

class Place {
  #spot: Spot = $state.raw(spotOf(location.pathname));
  /** How often one went somewhere: a link to where one is already counts, too. */
  journeys = $state(0);

  constructor() {
    addEventListener('popstate', () => this.#arrive());
  }

  get page(): 'room' | 'join' {
    return this.#spot.page;
  }

  /** The room, by its id, its name, or a name that it once had. */
  get room(): string {
    return this.#spot.room;
  }

  /** The message that a permalink leads to. */
  get message(): string | undefined {
    return this.#spot.message;
  }

  /** The code of a `/join#…` address; browsers tell it to no server. */
  get code(): string {
    return decoded(location.hash.slice(1));
  }

  /** Goes to a room, or to a message in it. */
  go(room: string, message?: string): void {
    const address = addressOf(room, message);
    if (address !== location.pathname) history.pushState(null, '', address);
    this.#arrive();
  }

  /** The room is written differently. */
  correct(room: string): void {
    if (room === this.#spot.room) return;
    history.replaceState(null, '', addressOf(room, this.#spot.message));
    this.#spot = { ...this.#spot, room };
  }

  /** This device has been here last. */
  remember(room: string): void {
    browser.set('room', room);
  }

  #arrive(): void {
    this.#spot = spotOf(location.pathname);
    this.journeys += 1;
  }
}

export const place = new Place();
