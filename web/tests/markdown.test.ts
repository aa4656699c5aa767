import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coloured } from '../src/text/code.ts';
import { onlyEmoji } from '../src/text/emoji.ts';
import type { Inline } from '../src/text/inline.ts';
import { markdown, type Block } from '../src/text/markdown.ts';
import { Mentions } from '../src/text/mentions.ts';

/** A tree as a short text, to compare by. */
function shown(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.kind === 'code') return `code:${block.language}{${block.text}}`;
      if (block.kind === 'quote') return `quote{${shown(block.blocks)}}`;
      if (block.kind === 'list') {
        const items = block.items.map(({ parts, inside }) => inlineShown(parts) + (inside.length > 0 ? `>${shown(inside)}` : ''));
        return `list${block.start ?? ''}{${items.join('|')}}`;
      }
      return block.kind === 'heading' ? `heading{${inlineShown(block.parts)}}` : inlineShown(block.parts);
    })
    .join('¶');
}

function inlineShown(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'link') return part.text === part.href ? `<${part.href}>` : `<${part.text}=${part.href}>`;
      if (part.kind === 'code' || part.kind === 'mention') return `${part.kind}{${part.text}}`;
      return `${part.kind}{${inlineShown(part.parts)}}`;
    })
    .join('');
}

const ann = { id: '1', name: 'Ann' };
const anna = { id: '2', name: 'Anna Lee' };
const lin = { id: '3', name: '林小雨' };
const read = (text: string) => shown(markdown(text, new Mentions([ann, anna, lin], true)));

const cases: [title: string, written: string, shown: string][] = [
  ['plain text stays', 'a < b && c > d', 'a < b && c > d'],
  ['bold, italic, strike', '**a** *b* _c_ __d__ ~~e~~', 'strong{a} em{b} em{c} strong{d} strike{e}'],
  ['both at once', '***a***', 'strong{em{a}}'],
  ['within each other', '**a *b* c**', 'strong{a em{b} c}'],
  ['in Chinese without spaces', '这是**重点。**看*这里*吧', '这是strong{重点。}看em{这里}吧'],
  ['never within a word or a sum', 'snake_case_name 2*3*4 a**b**c', 'snake_case_name 2*3*4 a**b**c'],
  ['a lone mark is a mark', '5 * 3 and *this', '5 * 3 and *this'],
  ['the later opening counts', '2 *a and *b*', '2 *a and em{b}'],
  ['crossed marks', '*a **b* c**', 'em{a **b} c**'],
  ['a row of marks is a line', '**** ____ ~~~~ x', '**** ____ ~~~~ x'],
  ['escaped', String.raw`\*a\* \_b\_ \x`, String.raw`*a* _b_ \x`],
  ['code keeps what is in it', '`**a** @Ann https://a.example`', 'code{**a** @Ann https://a.example}'],
  ['code with a backtick in it', '`` a`b ``', 'code{a`b}'],
  ['a backtick without another', "it`s and ``that", "it`s and ``that"],
  ['a link', '[here](https://a.example/x_(y)) now', '<here=https://a.example/x_(y)> now'],
  ['an address', 'see https://a.example/a_b_c*d*, ok', 'see <https://a.example/a_b_c*d>*, ok'],
  ['no script', '[x](javascript:alert(1)) javascript:alert(1)', '[x](javascript:alert(1)) javascript:alert(1)'],
  ['no data, no file', '[x](data:text/html,y) [x](file:///etc)', '[x](data:text/html,y) [x](file:///etc)'],
  ['markup is text', '<img src=x onerror=alert(1)> &amp;', '<img src=x onerror=alert(1)> &amp;'],
  ['mentions, the longest name', '@Ann @Anna Lee, @ann! @林小雨你好 @bob', 'mention{@Ann} mention{@Anna Lee}, mention{@ann}! mention{@林小雨}你好 @bob'],
  ['not in mail, but after Chinese', 'x@Ann.example 请@Ann看', 'x@Ann.example 请mention{@Ann}看'],
  ['everyone here', '@here **@Ann**', 'mention{@here} strong{mention{@Ann}}'],
  ['lines and paragraphs', 'a\nb\n\n\nc', 'a\nb¶c'],
  ['fenced code', 'see\n```rust\nfn x() {}\n\n  *a*\n```\nok', 'see¶code:rust{fn x() {}\n\n  *a*}¶ok'],
  ['fenced code without its end', '```\na\nb', 'code:{a\nb}'],
  ['a longer fence', '````\n```\n````', 'code:{```}'],
  ['a quote', '> a\n> **b**\nc', 'quote{a\nstrong{b}}¶c'],
  ['a quote in a quote', '> > a\n> b', 'quote{quote{a}¶b}'],
  ['a list', '- a\n- *b*\n  - c\n    more\n- d', 'list{a|em{b}>list{c>more}|d}'],
  ['a numbered list', '3. a\n4. b', 'list3{a|b}'],
  ['numbers after dots', '- a\n1. b', 'list{a}¶list1{b}'],
  ['a heading is one line', '## **a** b\nc', 'heading{strong{a} b}¶c'],
  ['not a heading, not a list', '#5 -x 1.5', '#5 -x 1.5'],
  ['Windows line ends', 'a\r\n- b\r\n', 'a¶list{b}'],
  ['nothing', ' \n ', ''],
];
for (const [title, written, expected] of cases) test(`Markdown: ${title}`, () => assert.equal(read(written), expected));

/** Every word that stands in a tree. */
function words(blocks: readonly Block[]): string {
  const of = (parts: readonly Inline[]): string => parts.map((part) => ('parts' in part ? of(part.parts) : part.text)).join('');
  return blocks
    .map((block) => {
      if (block.kind === 'code') return block.text;
      if (block.kind === 'quote') return words(block.blocks);
      if (block.kind === 'list') return block.items.map(({ parts, inside }) => of(parts) + words(inside)).join('');
      return of(block.parts);
    })
    .join('');
}

/** The same sequence every time (mulberry32). */
function chance(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('whatever is written, no letter of it is lost and nothing nests without end', () => {
  const scraps = ['*', '**', '_', '__', '~~', '`', '``', '```', '[', '](https://a.example)', '> ', '- ', '1. ', '\n', '  ', ' ', '\\', '@Ann', 'https://b.example', 'x', '字', '🎉', '# '];
  const next = chance(7);
  for (let round = 0; round < 4_000; round += 1) {
    const text = Array.from({ length: next(40) }, () => scraps[next(scraps.length)]).join('');
    const tree = markdown(text, new Mentions([ann]));
    const letters = (of: string) => of.replace(/https:\/\/a\.example|[^xA-Za-z字🎉]/gu, '');
    // Of a fence only the language is lost to the eye, and it is in the tree.
    if (!text.includes('```')) assert.equal(letters(words(tree)), letters(text), JSON.stringify(text));
    assert.ok(depth(tree) <= 40, JSON.stringify(text));
  }
});

function depth(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0;
  return 1 + Math.max(0, ...Object.values(tree).map(depth));
}

test('hostile texts take no longer than their length', () => {
  const bombs = ['*', '**a ', '*a_b', '_', '`', '` `` ', '[', '[a](', '[a](http://', '[a](http://a(', '> ', '- ', '  - a\n', '@', '@a', 'http://', 'http://a)', 'http://a(]', '\\', '~~', '***a', '>\n', '1. a\n\n', '```\n', 'a*b_c~~d`e[', 'https://a' + ')'.repeat(50), '‮'];
  const people = Array.from({ length: 50 }, (_, index) => ({ id: String(index), name: `a${index}` }));
  for (const bomb of bombs) {
    for (const text of [bomb.repeat(Math.ceil(100_000 / bomb.length)), 'http://a/' + bomb.repeat(Math.ceil(100_000 / bomb.length))]) {
      const start = performance.now();
      depth(markdown(text, new Mentions(people, true)));
      const took = performance.now() - start;
      assert.ok(took < 1_500, `${JSON.stringify(bomb)} took ${took.toFixed()} ms`);
    }
  }
});

test('code keeps its text, and has its words told apart', () => {
  const code = 'let x = "a\\"b"; // end\nfoo(12)';
  const pieces = coloured(code, 'ts');
  assert.equal(pieces.map(({ text }) => text).join(''), code);
  const marked = pieces.filter(({ kind }) => kind !== 'plain').map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(marked, ['keyword let', 'string "a\\"b"', 'comment // end', 'name foo', 'number 12']);
  assert.deepEqual(coloured('SELECT 1', 'sql')[0], { kind: 'keyword', text: 'SELECT' });
  assert.deepEqual(coloured('+a\n-b\n', 'diff').map(({ kind }) => kind), ['added', 'removed']);
  assert.deepEqual(coloured('x', 'nobody-knows'), [{ kind: 'plain', text: 'x' }]);
});

test('code of any kind takes no longer than its length', () => {
  for (const language of ['js', 'rust', 'py', 'sh', 'sql', 'html', 'java']) {
    for (const bomb of ['"', "'", '`', '/*', '"\\', "'''", '"""', '<!--', '#', '--', '$', 'a(', "'\\a", '1.', ' #']) {
      const code = bomb.repeat(Math.ceil(50_000 / bomb.length));
      const start = performance.now();
      assert.equal(coloured(code, language).map(({ text }) => text).join(''), code);
      const took = performance.now() - start;
      assert.ok(took < 1_500, `${language}, ${JSON.stringify(bomb)} took ${took.toFixed()} ms`);
    }
  }
});

test('a few emoji and nothing else', () => {
  const expected = { '🎉': 1, '👍🏽 ❤️': 2, '👩‍👩‍👧‍👦🇨🇳': 2, '1': 0, '#': 0, 'a🎉': 0, '': 0, '🎉🎉🎉🎉🎉🎉🎉🎉🎉': 0 };
  for (const [text, count] of Object.entries(expected)) assert.equal(onlyEmoji(text), count, text);
});
