/** Lets the page open without a connection, where browsers allow it: not over plain HTTP from another machine. */
export function openOffline(): void {
  // TypeScript believes that there are always workers.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  // Refused where storage is: then the page needs a connection.
  if (workers && import.meta.env.PROD) workers.register('/sw.js').catch(() => {});
}
