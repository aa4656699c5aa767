/** A message on one line, without its marks: for quotes, notices, lists. */
import type { Inline } from './inline.ts';
import { markdown, type Block } from './markdown.ts';

/** The words of a text. */
export function plain(text: string): string {
  return ofBlocks(markdown(text)).replace(/\s+/g, ' ').trim();
}

function ofBlocks(blocks: readonly Block[]): string {
  return blocks.map(ofBlock).join(' ');
}

function ofBlock(block: Block): string {
  if (block.kind === 'code') return block.text;
  if (block.kind === 'quote') return ofBlocks(block.blocks);
  if (block.kind === 'list') return block.items.map(({ parts, inside }) => `${ofParts(parts)} ${ofBlocks(inside)}`).join(' ');
  return ofParts(block.parts);
}

function ofParts(parts: readonly Inline[]): string {
  return parts.map((part) => ('parts' in part ? ofParts(part.parts) : part.text)).join('');
}
