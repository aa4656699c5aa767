/** Somebody who listens and speaks at once, for as long as they are left to. The same in Node and in a page. */

/** Speaks in the lobby, one message after the other, each under a key of its own, and listens to it. */
export function talk({ Api, newKey, retry }, base) {
  const api = new Api({ base });
  const posted = [];
  const heard = [];
  let waiting = () => {};
  let talking = true;
  let started = false;

  const speak = async () => {
    while (talking) {
      const draft = { body: `number ${posted.length}`, key: newKey() };
      const message = await retry(() => api.messages.post('lobby', draft));
      posted.push(message.id);
    }
  };

  let spoken;
  const line = api.listen({
    rooms: ['lobby'],
    onEvent(event) {
      if (event.name !== 'message') return;
      heard.push(event.message.id);
      waiting();
    },
    onState(state) {
      if (state === 'open' && !started) {
        started = true;
        spoken = speak();
      }
    },
  });

  const heardMore = () => new Promise((resolve) => (waiting = resolve));
  return {
    /** Waits until so many were heard. */
    async reach(count) {
      while (heard.length < count) await heardMore();
      return heard.length;
    },
    /** Ends when all that was posted was heard. Gives the ids of both. */
    async stop() {
      talking = false;
      await spoken;
      while (!heard.includes(posted.at(-1))) await heardMore();
      line.close();
      return { posted, heard };
    },
  };
}
