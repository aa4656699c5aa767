/** A line, as far as waking it is concerned. */
interface Sleeper {
  /** Connect again, now. */
  reconnect(): void;
  /** Connect again if the line is down or has been silent for suspiciously long. */
  nudge(): void;
}

/** In a page, wakes a line when the network changes or the page is looked at again. Returns how to stop. */
export function wakeOnReturn(line: Sleeper): () => void {
  const changed = () => line.reconnect();
  const seen = () => {
    if (document.visibilityState === 'visible') line.nudge();
  };
  // `offline` too: what is open is then most likely dead, and only a new attempt can tell.
  for (const name of ['online', 'offline']) addEventListener(name, changed);
  addEventListener('pageshow', seen);
  document.addEventListener('visibilitychange', seen);
  return () => {
    for (const name of ['online', 'offline']) removeEventListener(name, changed);
    removeEventListener('pageshow', seen);
    document.removeEventListener('visibilitychange', seen);
  };
}
