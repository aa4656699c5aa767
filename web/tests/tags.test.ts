import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from '../src/text/tags.ts';

const list = ['en', 'pt-BR', 'pt-PT', 'zh-Hans'].map((tag) => ({ tag }));

test('the very tag wins over another of the same language, and any of the same over none', () => {
  for (const [wanted, found] of [['pt-PT', 'pt-PT'], ['pt-pt', 'pt-PT'], ['pt', 'pt-BR'], ['zh-CN', 'zh-Hans'], ['en-GB', 'en'], ['ja', undefined], ['', undefined]]) {
    assert.equal(closest(list, wanted ?? '')?.tag, found, wanted);
  }
});
