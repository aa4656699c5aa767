/**
 * What people write, as a tree: the useful part of Markdown, read line by line. The tree is all that the page
 * shows; no text ever becomes markup. It takes time in proportion to the text, whatever that is.
 */
import { inline, type Inline } from './inline.ts';
import { Mentions } from './mentions.ts';

export interface ListItem {
  readonly parts: readonly Inline[];
  readonly inside: readonly Block[];
}

export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly parts: readonly Inline[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'list'; readonly start: number | undefined; readonly items: readonly ListItem[] };

/** Quotes within quotes and lists within lists, at most. */
const DEEPEST = 4;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]{0,30})[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const HEADING = /^#{1,6}[ \t]+(?=\S)/;
const ITEM = /^( {0,12})(?:([-*•])|(\d{1,9})[.)])[ \t]+(?=\S)/;

/** Reads a message. */
export function markdown(text: string, mentions: Mentions = new Mentions()): Block[] {
  return blocks(text.replace(/\r\n?/g, '\n').split('\n'), mentions, 0);
}

function blocks(lines: readonly string[], mentions: Mentions, depth: number): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    const text = paragraph.join('\n').replace(/^(?:[ \t]*\n)+|\s+$/g, '');
    if (text !== '') found.push({ kind: 'paragraph', parts: inline(text, mentions) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const begun = beginning(lines, at, mentions, depth);
    if (begun || line.trim() === '') endParagraph();
    if (begun) found.push(begun.block);
    else if (line.trim() !== '') paragraph.push(line);
    at = begun?.end ?? at + 1;
  }
  endParagraph();
  return found;
}

interface Begun {
  readonly block: Block;
  /** The line after the block. */
  readonly end: number;
}

/** The block that begins at this line, if it is not a paragraph. */
function beginning(lines: readonly string[], at: number, mentions: Mentions, depth: number): Begun | undefined {
  const line = lines[at] ?? '';
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence[1] ?? '', fence[2] ?? '');
  const heading = HEADING.exec(line)?.[0];
  if (heading) {
    return { block: { kind: 'heading', parts: inline(line.slice(heading.length).trim(), mentions) }, end: at + 1 };
  }
  if (depth >= DEEPEST) return undefined;
  if (QUOTE.test(line)) return quote(lines, at, mentions, depth);
  return ITEM.test(line) ? list(lines, at, mentions, depth) : undefined;
}

function code(lines: readonly string[], at: number, fence: string, language: string): Begun {
  const closes = (line: string) => {
    const mark = FENCE.exec(line);
    return mark?.[2] === '' && mark[1]?.[0] === fence[0] && (mark[1]?.length ?? 0) >= fence.length;
  };
  // Without an end it goes on to the last line, as while somebody writes it.
  let end = at + 1;
  while (end < lines.length && !closes(lines[end] ?? '')) end += 1;
  const text = lines.slice(at + 1, end).join('\n');
  return { block: { kind: 'code', language: language.toLowerCase(), text }, end: end + 1 };
}

function quote(lines: readonly string[], at: number, mentions: Mentions, depth: number): Begun {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end] ?? '')) end += 1;
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
  return { block: { kind: 'quote', blocks: blocks(inside, mentions, depth + 1) }, end };
}

function list(lines: readonly string[], at: number, mentions: Mentions, depth: number): Begun {
  const first = ITEM.exec(lines[at] ?? '');
  const indent = first?.[1]?.length ?? 0;
  const isNumbered = first?.[3] !== undefined;
  const items: ListItem[] = [];
  let end = at;
  while (end < lines.length) {
    const line = lines[end] ?? '';
    const item = ITEM.exec(line);
    if (!item || (item[1]?.length ?? 0) > indent + 1 || (item[3] !== undefined) !== isNumbered) break;
    const inside: string[] = [];
    end += 1;
    // What is indented below an item belongs to it.
    while (end < lines.length && belongs(lines[end] ?? '', indent)) inside.push(lines[end++] ?? '');
    items.push({
      parts: inline(line.slice(item[0].length), mentions),
      inside: inside.length > 0 ? blocks(unindented(inside), mentions, depth + 1) : [],
    });
  }
  const start = isNumbered ? Number(first?.[3]) : undefined;
  return { block: { kind: 'list', start, items }, end };
}

function belongs(line: string, indent: number): boolean {
  return line.trim() !== '' && indentOf(line) >= indent + 2;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Without the indent of the first line. */
function unindented(lines: readonly string[]): string[] {
  const least = indentOf(lines[0] ?? '');
  return lines.map((line) => line.slice(Math.min(least, indentOf(line))));
}
