/** Whether a text is nothing but a few emoji. */

const ONE = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F?)$/v;

/** How many emoji there are, if there is nothing else and not more than `most`; else 0. */
export function onlyEmoji(text: string, most = 8): number {
  const bare = text.replace(/\s+/gu, '');
  // An emoji is at most about a dozen code units long: longer texts need no look.
  if (bare === '' || bare.length > most * 16) return 0;
  const characters = [...new Intl.Segmenter().segment(bare)].map(({ segment }) => segment);
  return characters.length <= most && characters.every((character) => ONE.test(character)) ? characters.length : 0;
}
