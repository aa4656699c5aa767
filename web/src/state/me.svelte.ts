/** Who sits before this page. */
import { ProblemError, type Me as Oneself, type Person } from 'openline';
import { connection } from './connection.svelte.ts';
import { forget } from './kept.ts';
import { server } from './server.ts';
import { browser, tab } from './storage.ts';
import { UNKEPT } from './unkept.ts';

declare global {
  interface Window {
    openlineMe?: Promise<Response | undefined>;
  }
}

class Me {
  /** Undefined until the server has said who one is; null when it knows nobody. */
  person: Oneself | null | undefined = $state.raw();
  /** Whether the server has said so, and not only this browser. */
  isKnown = $state(false);
  /** Whom this page has been about: what it knows belongs to them. */
  #known = browser.get('person');

  /** Who last used this browser, as far as it knows: what it keeps of them can be shown before the server answers. */
  get last(): string | undefined {
    return browser.get('person');
  }

  /** Asks until there is an answer. */
  async load(): Promise<void> {
    try {
      const asked = await early();
      const person = asked ? asked.person : await connection.insist(() => server.me.get());
      if (person) this.become(person);
      else this.person = null;
    } catch {
      // A server that refuses to say has no names.
      this.person = null;
    }
  }

  /** Shows what this browser knows of oneself, until the server says more. */
  assume(person: Oneself): void {
    if (this.person === undefined && this.#known === person.id) this.person = person;
  }

  /** Takes a name. Throws when the server does not accept it. */
  async rename(name: string): Promise<void> {
    this.become(await server.me.set({ name }));
  }

  /** Takes a face, one emoji. Throws when the server does not accept it. */
  async wear(face: string): Promise<void> {
    this.become(await server.me.set({ face }));
  }

  /** One is this person: after a name was given, a sign-in, a link. */
  become(person: Oneself): void {
    browser.set('person', person.id);
    const isAnother = this.#known !== undefined && (this.#known !== person.id || this.person === null);
    // What the page knows belongs to somebody else, or has waited too long.
    if (isAnother) return location.reload();
    this.#known = person.id;
    this.person = person;
    this.isKnown = true;
  }

  /** The line told that one is called differently, say. */
  changed(person: Person): void {
    if (this.person?.id === person.id) this.person = { ...this.person, ...person };
  }

  /** Asks again who one is, and whether this device is still known. */
  async refresh(): Promise<void> {
    const person = await connection.insist(() => server.me.get());
    if (person) this.person = person;
    else this.lost();
  }

  /** The server does not know this device any more: it is asked again who one is, and the address stays. */
  lost(): void {
    connection.stop();
    this.person = null;
  }

  /** Signs this device out. Throws when the server cannot be reached. */
  async leave(): Promise<void> {
    await server.session.signOut();
    await this.gone();
  }

  /** There is nobody here any more: nothing of them stays. */
  async gone(): Promise<void> {
    // The line may have told before that the server does not know this device any more.
    const id = this.#known;
    browser.remove('person');
    for (const storage of [browser, tab]) {
      for (const prefix of ['draft ', UNKEPT]) {
        for (const name of storage.names(prefix)) storage.remove(name);
      }
    }
    if (id !== undefined) await forget(id);
    location.assign('/');
  }

  /** Whether what went wrong is that the server does not know this device any more. */
  heed(error: unknown): boolean {
    const isOver = error instanceof ProblemError && error.code === 'not-signed-in';
    if (isOver) this.lost();
    return isOver;
  }
}

/** What the head of the page has asked already, if that went well. It is taken once. */
async function early(): Promise<{ readonly person: Oneself | undefined } | undefined> {
  const asked = window.openlineMe;
  delete window.openlineMe;
  const answer = await asked;
  if (answer?.status === 204) return { person: undefined };
  return answer?.status === 200 ? { person: (await answer.json()) as Oneself } : undefined;
}

export const me = new Me();
