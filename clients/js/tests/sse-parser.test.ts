import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SseParser, type SseBlock } from '../src/sse-parser.ts';

const STREAM =
  'retry: 2500\n\n' +
  ': a comment\n' +
  'id: 5f3a-7\nevent: hello\ndata: {"head":"5f3a-9"}\n\n' +
  'id: 5f3a-8\r\ndata:one\r\ndata: two\r\n\r\n' +
  'id: 5f3a-9\n\n' +
  'event: here\rdata: {"count":3}\r\r' +
  'data: café 聊天室\n\n' +
  'data: unfinished';

const BLOCKS: SseBlock[] = [
  { name: 'hello', id: '5f3a-7', data: '{"head":"5f3a-9"}' },
  { name: 'message', id: '5f3a-8', data: 'one\ntwo' },
  { name: 'message', id: '5f3a-9', data: undefined },
  { name: 'here', id: undefined, data: '{"count":3}' },
  { name: 'message', id: undefined, data: 'café 聊天室' },
];

function parse(pieces: readonly string[]): { blocks: SseBlock[]; retries: number[] } {
  const blocks: SseBlock[] = [];
  const retries: number[] = [];
  const parser = new SseParser((block) => blocks.push(block), (ms) => retries.push(ms));
  for (const piece of pieces) parser.push(piece);
  return { blocks, retries };
}

test('a stream reads the same wherever it is cut', () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    const { blocks, retries } = parse([STREAM.slice(0, at), STREAM.slice(at)]);
    assert.deepEqual(blocks, BLOCKS, `cut at ${at}`);
    assert.deepEqual(retries, [2500]);
  }
  assert.deepEqual(parse([...STREAM]).blocks, BLOCKS);
});

test('what the standard says to ignore is ignored', () => {
  assert.deepEqual(parse(['retry: soon\nid: a\0b\nnonsense: 1\n\n']), { blocks: [], retries: [] });
});

test('one space after the colon is left out, and only one', () => {
  assert.equal(parse(['data:  x\n\n']).blocks[0]?.data, ' x');
});
