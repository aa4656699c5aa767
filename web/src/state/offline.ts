/** Milliseconds after which all files of the page may come, also those that nobody has asked for. */
const LATER = 2_000;

let isAsked = false;

/** Lets the page open without a connection, where browsers allow it: not over plain HTTP from another machine. */
export function openOffline(): void {
  // TypeScript believes that there are always workers.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!workers || isAsked) return;
  isAsked = true;
  // Refused where storage is: then the page needs a connection.
  const register = () => import.meta.env.PROD && workers.register('/sw.js').catch(() => {});
  // What one says on a slow line goes first.
  setTimeout(() => void register(), LATER);
}
