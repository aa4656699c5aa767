/** Fails when the page's first load, all its scripts and styles gzipped, is larger than we promised. */
import { readFileSync } from 'node:fs';

const LIMIT = 80 * 1024;

const html = readFileSync('dist/index.html', 'utf8');
const files = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, path]) => path);
const sizes = files.map((path) => ({ path, bytes: readFileSync(`dist/${path}.gz`).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

for (const { path, bytes } of sizes) console.log(`${String(bytes).padStart(7)}  ${path}`);
console.log(`${String(total).padStart(7)}  in all, of ${LIMIT} allowed`);
if (sizes.length === 0 || total > LIMIT) process.exit(1);
