/** A server for unit tests: whatever is asked waits until the test answers it. */

export interface Asked {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly body: unknown;
  answer(value: unknown, status?: number): void;
  /** The network fails. */
  fail(): void;
}

/** Everything that was asked and not answered yet, oldest first. */
export const asked: Asked[] = [];

globalThis.fetch = (input, init) =>
  new Promise((resolve, reject) => {
    const { pathname, search } = new URL(String(input));
    const done = () => asked.splice(asked.indexOf(question), 1);
    const question: Asked = {
      method: init?.method ?? 'GET',
      path: pathname + search,
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
      answer(value, status = 200) {
        done();
        resolve(status === 204 ? new Response(null, { status }) : Response.json(value, { status }));
      },
      fail() {
        done();
        reject(new TypeError('Failed to fetch'));
      },
    };
    asked.push(question);
  });

/** Lets all that is ready run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** The one question that waits and is about this: a part of its method and path. */
export async function question(about: string | RegExp): Promise<Asked> {
  await settle();
  const found = asked.filter(({ method, path }) => (typeof about === 'string' ? `${method} ${path}`.includes(about) : about.test(`${method} ${path}`)));
  const [one] = found;
  if (!one || found.length > 1) throw new Error(`asked is ${asked.map(({ method, path }) => `${method} ${path}`).join(', ') || 'nothing'}`);
  return one;
}

/** Whether something about this waits. */
export async function isAsked(about: string): Promise<boolean> {
  await settle();
  return asked.some(({ method, path }) => `${method} ${path}`.includes(about));
}
