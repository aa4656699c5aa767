/**
 * `icon:hash` is the drawing of that icon of Lucide, as the `d` of one path: a tenth of the component that its package
 * has for it.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

type Shape = readonly [name: string, attributes: Readonly<Record<string, string>>];

const ICON = 'icon:';

export function icons(): Plugin {
  return {
    name: 'openline-icons',
    resolveId: (id) => (id.startsWith(ICON) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${ICON}`)) return undefined;
      return `export default ${JSON.stringify(shapes(id.slice(ICON.length + 1)).map(path).join(''))};`;
    },
  };
}

function shapes(name: string): readonly Shape[] {
  const read = (file: string) => readFileSync(new URL(`../node_modules/@lucide/svelte/dist/icons/${file}`, import.meta.url), 'utf8');
  // An older name leads to the newer one.
  const component = /from "\.\/(.*)"/.exec(read(`${name}.js`))?.[1];
  const data = component && /const iconData = (\{.*\});/.exec(read(component))?.[1];
  if (!data) throw new Error(`no icon ${name}`);
  return (JSON.parse(data) as { node: readonly Shape[] }).node;
}

/** A shape as a path (SVG 2, chapter 10). */
function path([shape, attributes]: Shape): string {
  const number = (name: string, otherwise = 0) => Number(attributes[name] ?? otherwise);
  const ellipse = (cx: number, cy: number, rx: number, ry: number) => `M${cx - rx} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
  switch (shape) {
    case 'path':
      return absolute(attributes.d ?? '');
    case 'circle':
      return ellipse(number('cx'), number('cy'), number('r'), number('r'));
    case 'ellipse':
      return ellipse(number('cx'), number('cy'), number('rx'), number('ry'));
    case 'line':
      return `M${number('x1')} ${number('y1')}L${number('x2')} ${number('y2')}`;
    case 'rect':
      return rectangle(number('x'), number('y'), number('width'), number('height'), number('rx', number('ry')));
    case 'polyline':
      return `M${attributes.points}`;
    case 'polygon':
      return `M${attributes.points}z`;
    default:
      throw new Error(`no path for a ${shape}`);
  }
}

/** A path that begins with a relative step would begin where the one before it ends. */
function absolute(d: string): string {
  const number = String.raw`-?(?:\d*\.\d+|\d+)`;
  const [begins, x, y] = new RegExp(`^m\\s*(${number})[\\s,]*(${number})\\s*`).exec(d) ?? [];
  if (begins === undefined) return d;
  const rest = d.slice(begins.length);
  return `M${x} ${y}${/^[-.\d]/.test(rest) ? 'l' : ''}${rest}`;
}

function rectangle(x: number, y: number, width: number, height: number, r: number): string {
  const [across, down] = [width - 2 * r, height - 2 * r];
  const corner = (dx: number, dy: number) => (r === 0 ? '' : `a${r} ${r} 0 0 1 ${dx} ${dy}`);
  return `M${x + r} ${y}h${across}${corner(r, r)}v${down}${corner(-r, r)}h${-across}${corner(-r, -r)}v${-down}${corner(r, -r)}z`;
}
