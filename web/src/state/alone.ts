/**
 * One tab at a time. Browsers have locks for it, but keep them from pages that came over plain HTTP; there a
 * lease does, which a tab takes, renews while it works, and which runs out when the tab is gone.
 */
import type { Kept } from './kept.ts';

interface Lease {
  readonly holder: string;
  readonly until: number;
}

/** Milliseconds that a lease holds, is renewed after, and that others wait before they look again. */
const HOLDS = 6_000;
const RENEWED = 2_000;
const LOOK = 200;

/** Does something while no other tab does the same for the same person. */
export function alone<T>(what: string, kept: Kept, work: () => Promise<T>): Promise<T> {
  // TypeScript believes that there are always locks.
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(`openline ${what}`, work) as Promise<T> : underLease(what, kept, work);
}

/** The same by a lease. */
export async function underLease<T>(what: string, kept: Kept, work: () => Promise<T>): Promise<T> {
  const holder = `${Math.random()} ${performance.now()}`;
  const take = () =>
    kept.change<Lease>('leases', what, (lease) => {
      const isFree = !lease || lease.until < Date.now() || lease.holder === holder;
      return isFree ? { holder, until: Date.now() + HOLDS } : lease;
    });
  while ((await take()).holder !== holder) await new Promise((resolve) => setTimeout(resolve, LOOK));
  const renewing = setInterval(() => void take(), RENEWED);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
    await kept.change<Lease>('leases', what, (lease) =>
      lease && lease.holder !== holder ? lease : { holder: '', until: 0 },
    );
  }
}
