/**
 * Fails when what is needed to come in and to say something, scripts and styles gzipped, is larger than we promised, in
 * any language. What a first visit really fetches is counted in `tests/browser/page-first.test.mjs`.
 */
import { readFileSync } from 'node:fs';

const LIMIT = 80 * 1024;

const read = (path) => readFileSync(`dist${path}`, 'utf8');
const bytes = (path) => readFileSync(`dist${path}.gz`).length;

const page = [...read('/index.html').matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path);
const head = read(page.find((path) => path.includes('head-start')));
const written = (name) => JSON.parse(new RegExp(`${name} = (.*);`).exec(head)[1]);
const languages = [...new Set(Object.values(written('WORDS')))];
const files = [...page, ...written('CHAT')];

for (const path of [...files, ...languages]) console.log(`${String(bytes(path)).padStart(7)}  ${path}`);
const sum = (paths) => paths.reduce((total, path) => total + bytes(path), 0);
const total = sum(files) + Math.max(...languages.map(bytes));
console.log(`${String(total).padStart(7)}  in all, with the longest language, of ${LIMIT} allowed`);
if (files.length < 4 || languages.length < 2 || total > LIMIT) process.exit(1);
