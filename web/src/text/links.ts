/** A piece of a message's text; with `href`, it is a link. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

const URLS = /https?:\/\/[^\s<>"'`，。！？；：、（）「」『』《》【】]+/giu;
const TRAILING = /[.,;:!?*_~]+$/;

/** Splits a text at its addresses. Nothing but `http` and `https` becomes a link, and joined together the parts are the text. */
export function linked(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(URLS)) {
    const address = withoutTail(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Without the punctuation of the sentence around it: a closing bracket stays only if it was opened inside. */
function withoutTail(address: string): string {
  let rest = address.replace(TRAILING, '');
  for (const [open, close] of ['()', '[]'].map((pair) => [...pair])) {
    while (open && close && rest.endsWith(close) && rest.split(open).length < rest.split(close).length) {
      rest = rest.slice(0, -1).replace(TRAILING, '');
    }
  }
  return rest;
}
