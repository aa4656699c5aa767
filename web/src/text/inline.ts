/**
 * What stands within a line: emphasis, code, links, mentions. One pass with a stack of what is open, so that no
 * text takes longer than its length; nothing is open twice, so that no text nests deeper than there are kinds.
 */
import type { Author } from 'openline';
import { addressAt } from './links.ts';
import { Mentions } from './mentions.ts';

export type Emphasis = 'strong' | 'em' | 'strike';

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'mention'; readonly text: string; readonly person?: Author }
  | { readonly kind: Emphasis; readonly parts: readonly Inline[] };

/** The marks, the longest first, and what they mean. */
const MARKS: readonly (readonly [mark: string, kind: Emphasis])[] = [
  ['**', 'strong'],
  ['__', 'strong'],
  ['~~', 'strike'],
  ['*', 'em'],
  ['_', 'em'],
];

/** Where something other than plain text may begin. */
const SPECIAL = /[\\`*_~[@hH]/g;
const ESCAPABLE = /[\\`*_~[\]()#>@.!-]/;
const LINK = /\[([^[\]\n]+)\]\((https?:\/\/[^\s()<>[]+(?:\([^\s()<>[]*\)[^\s()<>[]*)*)\)/iuy;

/** Letters and digits of scripts that put spaces between words: emphasis does not begin or end inside such a word. */
const IN_WORD = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}])[\p{L}\p{N}]/u;

interface Open {
  readonly mark: string;
  readonly kind: Emphasis;
  /** What came before it, on the level where it was opened. */
  readonly before: Inline[];
}

/** Reads one run of text. Joined together, what is in the parts and their marks is the text. */
export function inline(text: string, mentions: Mentions): Inline[] {
  return new Reader(text, mentions).read();
}

class Reader {
  readonly #text: string;
  readonly #mentions: Mentions;
  /** Where runs of backticks of each length stand, first to last. Made when the first one is met. */
  #ticks: Map<number, number[]> | undefined;
  readonly #open: Open[] = [];
  #parts: Inline[] = [];
  #plain = '';
  /** Up to here something only looked like an address. */
  #noAddressBefore = 0;

  constructor(text: string, mentions: Mentions) {
    this.#text = text;
    this.#mentions = mentions;
  }

  read(): Inline[] {
    let at = 0;
    while (at < this.#text.length) {
      SPECIAL.lastIndex = at;
      const next = SPECIAL.exec(this.#text)?.index ?? this.#text.length;
      this.#plain += this.#text.slice(at, next);
      at = next < this.#text.length ? this.#special(next) : next;
    }
    while (this.#open.length > 0) this.#fallBack();
    this.#flush();
    return this.#parts;
  }

  /** Reads what begins here, and says where it ends. */
  #special(at: number): number {
    switch (this.#text[at]) {
      case '\\':
        return this.#escape(at);
      case '`':
        return this.#code(at);
      case '[':
        return this.#link(at);
      case '@':
        return this.#mention(at);
      case 'h':
      case 'H':
        return this.#address(at);
      default:
        return this.#mark(at);
    }
  }

  #escape(at: number): number {
    const next = this.#text[at + 1] ?? '';
    const escapes = ESCAPABLE.test(next);
    this.#plain += escapes ? next : '\\';
    return at + (escapes ? 2 : 1);
  }

  #code(at: number): number {
    let start = at;
    while (this.#text[start] === '`') start += 1;
    const ticks = start - at;
    const end = this.#closingTicks(ticks, start);
    if (end === undefined) {
      this.#plain += this.#text.slice(at, start);
      return start;
    }
    const inside = this.#text.slice(start, end);
    // One space on both sides is there to set off a backtick.
    const padded = /^ .*[^ ].* $/s.test(inside);
    this.#add({ kind: 'code', text: padded ? inside.slice(1, -1) : inside });
    return end + ticks;
  }

  #closingTicks(length: number, from: number): number | undefined {
    if (!this.#ticks) {
      this.#ticks = new Map();
      for (const { 0: run, index } of this.#text.matchAll(/`+/g)) {
        const places = this.#ticks.get(run.length);
        if (places) places.push(index);
        else this.#ticks.set(run.length, [index]);
      }
      for (const places of this.#ticks.values()) places.reverse();
    }
    const places = this.#ticks.get(length) ?? [];
    // The reader only goes forward, and never needs again what lies behind it.
    while ((places.at(-1) ?? from) < from) places.pop();
    return places.at(-1);
  }

  #link(at: number): number {
    LINK.lastIndex = at;
    const [whole, text, href] = LINK.exec(this.#text) ?? [];
    if (!whole || !text || !href || !URL.canParse(href)) return this.#literal(at);
    this.#add({ kind: 'link', text, href });
    return at + whole.length;
  }

  #address(at: number): number {
    if (at < this.#noAddressBefore || IN_WORD.test(this.#text[at - 1] ?? '')) return this.#literal(at);
    const { href, end } = addressAt(this.#text, at) ?? {};
    if (href === undefined) {
      this.#noAddressBefore = end ?? at;
      return this.#literal(at);
    }
    this.#add({ kind: 'link', text: href, href });
    return at + href.length;
  }

  #mention(at: number): number {
    const found = this.#mentions.at(this.#text, at);
    if (!found) return this.#literal(at);
    this.#add({ kind: 'mention', ...found });
    return at + found.text.length;
  }

  #mark(at: number): number {
    const character = this.#text[at] ?? '';
    let end = at;
    while (this.#text[end] === character) end += 1;
    const length = end - at;
    const before = this.#text[at - 1] ?? ' ';
    const after = this.#text[end] ?? ' ';
    const closes = /\S/u.test(before) && !IN_WORD.test(after);
    const opens = /\S/u.test(after) && !IN_WORD.test(before);
    let rest = length <= 3 ? length : 0;
    while (closes && rest > 0) {
      const mark = this.#closable(character, rest);
      if (mark === undefined) break;
      this.#close(mark);
      rest -= mark.length;
    }
    if (opens && rest > 0) {
      for (const [mark, kind] of MARKS) {
        if (mark[0] !== character || mark.length > rest) continue;
        this.#begin(mark, kind);
        rest -= mark.length;
      }
      this.#plain += character.repeat(rest);
    } else {
      this.#plain += character.repeat(length <= 3 ? rest : length);
    }
    return end;
  }

  /** The innermost open mark of this character that a run of this length can close. */
  #closable(character: string, length: number): string | undefined {
    return this.#open.findLast(({ mark }) => mark[0] === character && mark.length <= length)?.mark;
  }

  #begin(mark: string, kind: Emphasis): void {
    // The later of two openings counts: the earlier was a mark that somebody just wrote.
    if (this.#open.some((open) => open.mark === mark)) while (this.#fallBack() !== mark);
    this.#flush();
    this.#open.push({ mark, kind, before: this.#parts });
    this.#parts = [];
  }

  #close(mark: string): void {
    while (this.#open.at(-1)?.mark !== mark) this.#fallBack();
    this.#flush();
    const open = this.#open.pop();
    if (!open) return;
    const parts = this.#parts;
    this.#parts = open.before;
    if (parts.length > 0) this.#parts.push({ kind: open.kind, parts });
    else this.#plain += mark + mark;
  }

  /** What was opened last is not closed: its mark is only text. */
  #fallBack(): string | undefined {
    this.#flush();
    const open = this.#open.pop();
    if (!open) return undefined;
    const parts = this.#parts;
    this.#parts = open.before;
    this.#addText(open.mark);
    for (const part of parts) {
      if (part.kind === 'text') this.#addText(part.text);
      else this.#parts.push(part);
    }
    return open.mark;
  }

  #literal(at: number): number {
    this.#plain += this.#text[at] ?? '';
    return at + 1;
  }

  #add(part: Inline): void {
    this.#flush();
    this.#parts.push(part);
  }

  #flush(): void {
    if (this.#plain === '') return;
    this.#addText(this.#plain);
    this.#plain = '';
  }

  #addText(text: string): void {
    const last = this.#parts.at(-1);
    if (last?.kind === 'text') this.#parts[this.#parts.length - 1] = { kind: 'text', text: last.text + text };
    else this.#parts.push({ kind: 'text', text });
  }
}
