/** What day it is, also when the page stays open over midnight. */
class Today {
  date = $state.raw(new Date());

  constructor() {
    this.#waitForMidnight();
    // A timer stands still while the machine sleeps.
    document.addEventListener('visibilitychange', () => (this.date = new Date()));
  }

  #waitForMidnight(): void {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    setTimeout(() => {
      this.date = new Date();
      this.#waitForMidnight();
    }, midnight.getTime() - now.getTime() + 50);
  }
}

export const today = new Today();
