/** Who sits before this page. */
import { Backoff, ProblemError, type Person } from 'openline';
import { server } from './server.ts';

class Me {
  /** Undefined until the server has said who one is; null when it knows nobody. */
  person: Person | null | undefined = $state.raw();

  /** Asks until there is an answer. */
  async load(): Promise<void> {
    const backoff = new Backoff();
    while (this.person === undefined) {
      try {
        this.person = (await server.me()) ?? null;
      } catch (error) {
        // A server that refuses to say has no names: one can still read, and write as nobody.
        if (error instanceof ProblemError && !error.mayPass) this.person = null;
        else await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
  }

  /** Takes a name. Throws when the server does not accept it. */
  async rename(name: string): Promise<void> {
    this.person = await server.setName(name);
  }
}

export const me = new Me();
