/** One block of an event stream. `data` is absent when the block only moved the resume point. */
export interface SseBlock {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/**
 * Reads an event stream (WHATWG HTML, section 9.2.6) from text that may be cut anywhere. It differs from a
 * browser's `EventSource` in telling of blocks without data, which is how the server's heartbeats look.
 */
export class SseParser {
  #rest = '';
  #name = '';
  #id: string | undefined;
  #data: string[] = [];
  readonly #onBlock: (block: SseBlock) => void;
  readonly #onRetry: (milliseconds: number) => void;

  constructor(onBlock: (block: SseBlock) => void, onRetry: (milliseconds: number) => void = () => {}) {
    this.#onBlock = onBlock;
    this.#onRetry = onRetry;
  }

  /** Takes the next piece of text. */
  push(text: string): void {
    // A CR at the very end may be half of a CRLF: it waits for what follows.
    const all = this.#rest + text;
    const whole = all.endsWith('\r') ? all.slice(0, -1) : all;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + all.slice(whole.length);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }

  #dispatch(): void {
    const data = this.#data.length > 0 ? this.#data.join('\n') : undefined;
    const block = { name: this.#name || 'message', id: this.#id, data };
    this.#name = '';
    this.#id = undefined;
    this.#data = [];
    if (block.data !== undefined || block.id !== undefined) this.#onBlock(block);
  }
}
