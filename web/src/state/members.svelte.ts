/** Who is in a room, once somebody wanted to know. */
import { compareIds, type Ban, type Member, type MemberChanged, type Person } from 'openline';
import { SvelteMap } from 'svelte/reactivity';
import { presence } from './presence.svelte.ts';
import { server } from './server.ts';

/** Milliseconds after which it is asked again who somebody is of whom the last answer said nothing. */
const AGAIN = 60_000;

export class Members {
  /** Undefined until they are loaded. */
  all: readonly Member[] | undefined = $state.raw();
  /** Who may not come back, for those who may ban. */
  banned: readonly Ban[] = $state.raw([]);
  /** How far each has read, in rooms of at most 20. */
  readonly reads = new SvelteMap<string, string>();
  #loading: Promise<void> | undefined;
  #again = false;
  /** When it was last asked who these are. Whoever listens from outside is no member, however often one asks. */
  readonly #asked = new Map<string, number>();

  /** Asks who is here, and again if it was known. Throws `ProblemError`. */
  load(room: string): Promise<void> {
    this.#again = true;
    this.#loading ??= this.#load(room).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(room: string): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { people, banned = [] } = await server.rooms.people(room);
      [this.all, this.banned] = [people, banned];
      for (const { id, read } of people) if (read !== undefined) this.read(id, read);
      presence.read(people.flatMap(({ id, presence: state }) => (state ? [{ id, state }] : [])));
    }
  }

  /** Somebody has read up to here, if not further. */
  read(person: string, id: string): void {
    const before = this.reads.get(person);
    if (before === undefined || (compareIds(id, before) ?? 1) > 0) this.reads.set(person, id);
  }

  /** These are here or speak. Who joins a public room is told to nobody else: they are noticed by this. */
  seen(room: string, ids: Iterable<string>): void {
    const { all } = this;
    if (!all) return;
    const now = Date.now();
    const isNews = (id: string) => !all.some((member) => member.id === id) && now - (this.#asked.get(id) ?? 0) > AGAIN;
    const news = [...ids].filter(isNews);
    for (const id of news) this.#asked.set(id, now);
    if (news.length > 0) this.load(room).catch(() => {});
  }

  /** Somebody came, went, or became something else. */
  heard(room: string, { person, change, role }: MemberChanged): void {
    // An answer that is on its way may have been read before.
    this.#again = true;
    if (!this.all) return;
    if (change === 'role' && role) {
      this.all = this.all.map((member) => (member.id === person.id ? { ...member, room_role: role } : member));
    } else if (change === 'left' || change === 'removed' || change === 'banned') {
      this.all = this.all.filter(({ id }) => id !== person.id);
      this.reads.delete(person.id);
    }
    // Who came has a role and a presence, and who was banned a reason, that the event does not tell.
    if (change !== 'role' && change !== 'left') this.load(room).catch(() => {});
  }

  /** Somebody has another name, face or role. */
  changed(person: Person): void {
    this.all = this.all?.map((member) => (member.id === person.id ? { ...member, ...person } : member));
  }
}
