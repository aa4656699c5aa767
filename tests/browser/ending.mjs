/** What a test began is ended with it, the last first: pages before the server that they look at, and that before its folder. */
const begun = new WeakMap();

/** Has this done when the test is over, before what was begun earlier is ended. */
export function whenOver(t, end) {
  const ends = begun.get(t);
  if (ends) return ends.push(end);
  const first = [end];
  begun.set(t, first);
  t.after(() => endAll(first));
}

/** Ends everything, also after something that could not be ended; that is then what is wrong. */
async function endAll(ends) {
  const faults = [];
  while (ends.length > 0) {
    try {
      await ends.pop()();
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, faults.join('\n'));
}
