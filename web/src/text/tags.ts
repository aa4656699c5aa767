/** Language tags (BCP 47): which of those that there are fits best. */

/** The part that says which language it is, without script and region. */
export const primary = (tag: string) => tag.toLowerCase().split('-')[0] ?? '';

/** The one with this very tag, or else the first of the same language. */
export function closest<T extends { readonly tag: string }>(list: readonly T[], wanted: string): T | undefined {
  const exact = list.find(({ tag }) => tag.toLowerCase() === wanted.toLowerCase());
  return exact ?? list.find(({ tag }) => primary(tag) === primary(wanted));
}
