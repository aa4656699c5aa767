/** An icon of Lucide, as the `d` of its path: see `build/icons.ts`. */
declare module 'icon:*' {
  const d: string;
  export default d;
}
