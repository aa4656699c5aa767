/** What a room is, who is in it, and what one may do with it. */
import type { Level, LineObjects, Room as About, RoomChange, RoomRight, RoomRole } from 'openline';
import { language } from './language.svelte.ts';
import { me } from './me.svelte.ts';
import { Members } from './members.svelte.ts';
import { people } from './people.svelte.ts';
import { server } from './server.ts';

/** How many listen to a room, and, where that was told, who of them has a name. */
export type WhoIsHere = Pick<LineObjects['here'], 'count' | 'people'>;

export class KnownRoom {
  /** The name under which it was asked for, until its id is known. */
  id: string = $state('');
  about: About | undefined = $state.raw();
  readonly who = new Members();
  /** How many listen now, and who of them has a name. */
  count: number | undefined = $state();
  present: ReadonlySet<string> = $state.raw(new Set<string>());
  /** Whether the line has told everything of it since it was loaded. */
  isCurrent = false;
  /** Something of it is different: it is to be kept. */
  onChange: () => void = () => {};
  #asked = 0;

  readonly kind = $derived(this.about?.kind ?? (this.id.startsWith('~') ? 'private' : 'public'));
  readonly joined = $derived(this.about?.me !== undefined);
  readonly level = $derived(this.about?.me?.level ?? 'all');
  readonly role = $derived(this.about?.me?.role);
  /** Direct rooms: everybody but oneself. */
  readonly others = $derived(
    (this.about?.people ?? []).filter(({ id }) => id !== me.person?.id).map((person) => people.current(person)),
  );
  readonly title = $derived.by(() => {
    const names = this.others.map(({ name }) => name || language.words.deletedPerson).join(', ');
    if (this.kind === 'direct') return names || (me.person?.name ?? '');
    return this.about?.title ?? this.id;
  });
  /** What its address names it by. */
  readonly address = $derived(this.about?.name ?? this.id);

  constructor(id: string) {
    this.id = id;
  }

  get name(): string | undefined {
    return this.about?.name;
  }

  get topic(): string | undefined {
    return this.about?.topic;
  }

  /** Undefined until `loadMembers`. */
  get members(): Members['all'] {
    return this.who.all;
  }

  get reads(): ReadonlyMap<string, string> {
    return this.who.reads;
  }

  get banned(): Members['banned'] {
    return this.who.banned;
  }

  may(right: RoomRight): boolean {
    return this.about?.may?.includes(right) === true;
  }

  /** What the room is now; what is counted stays as it is. */
  describe(about: About): void {
    this.id = about.id;
    this.about = about;
    this.onChange();
  }

  /** Becomes one of the room. Throws `ProblemError`, as everything up to `loadMembers` does. */
  join(): Promise<About> {
    return server.rooms.join(this.id);
  }

  async leave(): Promise<void> {
    await server.rooms.leave(this.id);
    this.left();
  }

  /** Asks what it is by now. What is asked for once more, or across one's coming or going, is not taken. */
  async ask(): Promise<void> {
    const { joined } = this;
    const turn = ++this.#asked;
    const about = await server.rooms.about(this.id);
    if (turn === this.#asked && joined === this.joined) this.describe(about);
  }

  async setLevel(level: Level): Promise<void> {
    const place = await server.rooms.mark(this.id, { level });
    if (this.about?.me) this.describe({ ...this.about, me: { ...this.about.me, level: place.level } });
  }

  async change(change: RoomChange): Promise<void> {
    this.describe(await server.rooms.change(this.id, change));
  }

  async add(person: string): Promise<void> {
    await server.rooms.add(this.id, person);
    await this.loadMembers();
  }

  async remove(person: string): Promise<void> {
    await server.rooms.remove(this.id, person);
    await this.loadMembers();
  }

  async ban(person: string, reason?: string): Promise<void> {
    await server.rooms.ban(this.id, person, reason);
    await this.loadMembers();
  }

  async unban(person: string): Promise<void> {
    await server.rooms.unban(this.id, person);
    await this.loadMembers();
  }

  async setRole(person: string, role: RoomRole): Promise<void> {
    await server.rooms.add(this.id, person, role);
    await this.loadMembers();
  }

  /** Asks who is in it. Throws `ProblemError`. */
  loadMembers(): Promise<void> {
    return this.who.load(this.id);
  }

  /** One is not in it any more. */
  left(): void {
    if (!this.about) return;
    const { me: _, ...about } = this.about;
    this.about = about;
    this.isCurrent = false;
  }

  /** The line told how many are here. */
  heardHere({ count, people }: WhoIsHere): void {
    this.count = count;
    if (!people) return;
    this.present = new Set(people);
    this.who.seen(this.id, people);
  }
}
