/** Who is in a room, once somebody wanted to know. */
import type { Ban, Member, MemberChanged, Person } from 'openline';
import { SvelteMap } from 'svelte/reactivity';
import { presence } from './presence.svelte.ts';
import { server } from './server.ts';

export class Members {
  /** Undefined until they are loaded. */
  all: readonly Member[] | undefined = $state.raw();
  /** Who may not come back, for those who may ban. */
  banned: readonly Ban[] = $state.raw([]);
  /** How far each has read, in rooms of at most 20. */
  readonly reads = new SvelteMap<string, string>();
  #loading: Promise<void> | undefined;

  /** Asks who is here, and again if it was known. Throws `ProblemError`. */
  load(room: string): Promise<void> {
    this.#loading ??= this.#load(room).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(room: string): Promise<void> {
    const { people, banned = [] } = await server.rooms.people(room);
    [this.all, this.banned] = [people, banned];
    for (const { id, read } of people) if (read !== undefined) this.reads.set(id, read);
    presence.read(people.flatMap(({ id, presence: state }) => (state ? [{ id, state }] : [])));
  }

  /** Somebody came, went, or became something else. */
  heard(room: string, { person, change, role }: MemberChanged): void {
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
