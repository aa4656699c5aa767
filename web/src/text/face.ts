/** How somebody without a picture is shown: letters on a colour. */

/** One or two letters for a name: its first two, or the first of its first two words; of Chinese, Japanese and Korean, one. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/u).filter(Boolean);
  const [first, second] = words.map((word) => [...new Intl.Segmenter().segment(word)].map(({ segment }) => segment));
  if (!first?.[0]) return '?';
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/u.test(first[0])) {
    return first[0];
  }
  return (first[0] + (second?.[0] ?? first[1] ?? '')).toUpperCase();
}

/** A person's colour, always the same: a place on the whole circle of hues, in degrees. */
export function hueOf(id: string): number {
  // FNV-1a, and its bits mixed once more: ids that differ in one letter are far apart.
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) % 360;
}
