/** Lets unit tests import the page's state: compiles runes as the build does, and gives what only browsers have. */
import { register } from 'node:module';

register('./runes-hooks.mjs', import.meta.url);

const nowhere = new EventTarget();
// Later Nodes have one of their own.
Object.defineProperty(globalThis, 'navigator', {
  configurable: true,
  value: { languages: ['en'], locks: { request: (_, work) => work() } },
});
Object.assign(globalThis, {
  BroadcastChannel: class extends EventTarget {
    postMessage() {}
  },
  window: globalThis,
  location: new URL('http://openline.test/rooms/lobby'),
  document: Object.assign(new EventTarget(), { visibilityState: 'visible', hasFocus: () => true, documentElement: {} }),
  addEventListener: nowhere.addEventListener.bind(nowhere),
  removeEventListener: nowhere.removeEventListener.bind(nowhere),
  requestAnimationFrame: (paint) => setTimeout(paint, 16),
  cancelAnimationFrame: clearTimeout,
});
