import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnterGuard, type Key } from '../src/text/enter.ts';
import { hueOf, initials } from '../src/text/face.ts';
import { markdown } from '../src/text/markdown.ts';

const links = (text: string) =>
  markdown(text).flatMap((block) => ('parts' in block ? block.parts.flatMap((part) => (part.kind === 'link' ? [part.href] : [])) : []));

test('addresses become links, the sentence around them does not', () => {
  assert.deepEqual(links('see https://a.example/x?y=1#z, and (http://b.example/c_(d)).'), [
    'https://a.example/x?y=1#z',
    'http://b.example/c_(d)',
  ]);
  assert.deepEqual(links('看 https://a.example/文档。好'), ['https://a.example/文档']);
});

test('nothing but http and https is a link', () => {
  assert.deepEqual(links('javascript:alert(1) data:text/html,x ftp://a.example http:// https://'), []);
});

test('faces have one or two letters', () => {
  const expected = { 'Ada Lovelace': 'AL', Mika: 'MI', 林小雨: '林', x: 'X', '  ': '?', '🦀 crab': '🦀' };
  for (const [name, letters] of Object.entries(expected)) assert.equal(initials(name), letters, name);
});

test('a person has a colour, always the same, and few share one', () => {
  const hues = Array.from({ length: 12 }, (_, index) => hueOf(`person-${index}`));
  for (const hue of [...hues, hueOf(''), hueOf('林')]) assert.ok(Number.isInteger(hue) && hue >= 0 && hue < 360);
  assert.equal(hueOf('person-3'), hues[3]);
  assert.ok(new Set(hues.map((hue) => Math.round(hue / 20))).size >= 8, String(hues));
});

const enter: Key = {
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
};

test('Enter sends at a desk, begins a line on a phone, and with Shift everywhere', () => {
  const guard = new EnterGuard(() => 0);
  assert.ok(guard.sends(enter, false));
  assert.ok(!guard.sends({ ...enter, shiftKey: true }, false));
  assert.ok(!guard.sends({ ...enter, key: 'a' }, false));
  assert.ok(!guard.sends(enter, true));
  assert.ok(guard.sends({ ...enter, ctrlKey: true }, true));
});

test('an Enter of the input method never sends', () => {
  const guard = new EnterGuard(() => 0);
  assert.ok(!guard.sends({ ...enter, isComposing: true }, false));
  assert.ok(!guard.sends({ ...enter, keyCode: 229 }, false));
});

test('in Safari’s order the Enter after the end of a composition does not send, the next one does', () => {
  const guard = new EnterGuard(() => 1000);
  guard.compositionEnded();
  assert.ok(!guard.sends(enter, false));
  assert.ok(guard.sends(enter, false));
});

test('a composition that ended by another key does not hold up Enter', () => {
  let now = 1000;
  const guard = new EnterGuard(() => now);
  guard.compositionEnded();
  guard.keyReleased();
  assert.ok(guard.sends(enter, false));
  guard.compositionEnded();
  now += 200;
  assert.ok(guard.sends(enter, false));
});
