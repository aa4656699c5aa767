/** How many colours faces have: as many as there are `--face-…` tokens with a number. */
const COLOURS = 8;

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

/** Which colour a person has: always the same one. */
export function colourOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % COLOURS;
}
