/** A place in the log: which epoch, and which number. */
export interface Id {
  readonly epoch: string;
  readonly number: number;
}

/** Reads `5f3a09c1-1027`; anything else is undefined. */
export function parseId(text: string): Id | undefined {
  const parts = /^([0-9a-f]+)-(\d+)$/.exec(text);
  return parts?.[1] && parts[2] ? { epoch: parts[1], number: Number(parts[2]) } : undefined;
}

/**
 * Negative when `a` came before `b`, 0 when they are the same. Numbers of different epochs say nothing
 * about each other (a restored server counts some again), so then the answer is undefined.
 */
export function compareIds(a: string, b: string): number | undefined {
  const [x, y] = [parseId(a), parseId(b)];
  return x && y && x.epoch === y.epoch ? x.number - y.number : undefined;
}
