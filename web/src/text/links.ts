/** Addresses in running text. Nothing but `http` and `https` is ever one. */

const URLS = /https?:\/\/[^\s<>"'`，。！？；：、（）「」『』《》【】]+/iuy;
const TRAILING = /[.,;:!?*_~]/;

/** What looks like an address here. */
export interface Looks {
  /** The address, without the punctuation of the sentence around it; none if it only begins like one. */
  readonly href: string | undefined;
  /** How far it goes, with that punctuation: within it no other begins. */
  readonly end: number;
}

/** Looks for an address that begins at this place. */
export function addressAt(text: string, index: number): Looks | undefined {
  URLS.lastIndex = index;
  const found = URLS.exec(text)?.[0];
  if (found === undefined) return undefined;
  const address = withoutTail(found);
  return { href: URL.canParse(address) ? address : undefined, end: index + found.length };
}

/** A closing bracket stays only if it was opened inside. One pass from each end: an address of brackets costs no more. */
function withoutTail(address: string): string {
  const open = { ')': 0, ']': 0 };
  for (const character of address) {
    if (character === '(') open[')'] += 1;
    else if (character === '[') open[']'] += 1;
    else if (character === ')' || character === ']') open[character] -= 1;
  }
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? '';
    if (TRAILING.test(last)) continue;
    if ((last !== ')' && last !== ']') || open[last] >= 0) break;
    open[last] += 1;
  }
  return address.slice(0, end);
}
