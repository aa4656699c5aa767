/** Which emoji this browser's people use: the latest first, filled up with those that everybody uses. */
import { browser } from '../state/storage.ts';

const EVERYBODYS = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀', '🔥', '✅', '👏', '🚀'];
const KEPT = 24;

/** So many emoji to offer first. */
export function recentEmoji(count: number): string[] {
  const own = (browser.get('emoji') ?? '').split(' ').filter(Boolean);
  return [...new Set([...own, ...EVERYBODYS])].slice(0, count);
}

/** An emoji was used. */
export function used(emoji: string): void {
  browser.set('emoji', [...new Set([emoji, ...recentEmoji(KEPT)])].slice(0, KEPT).join(' '));
}
