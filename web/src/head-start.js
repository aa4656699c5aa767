// Runs before anything is painted: sets the theme, and asks for what is needed next while the page itself is on its way.
/* The build writes: what the chat is made of, and the files of languages by their tags. */
const CHAT = [];
const WORDS = {};

const kept = (name) => {
  try {
    return localStorage.getItem(`openline.${name}`);
  } catch {
    // Storage is forbidden: nothing was chosen.
    return null;
  }
};

const theme = kept('theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

// Who one is; the page takes it from here (`src/state/me.svelte.ts`).
if (location.pathname !== '/join') {
  const how = { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(20_000) };
  window.openlineMe = fetch('/me', how).catch(() => undefined);
}

// The words of the language that will be spoken (`src/state/language.svelte.ts`).
for (const tag of [kept('language') ?? '', ...navigator.languages, 'en'].map((tag) => tag.toLowerCase())) {
  const file = WORDS[tag] ?? WORDS[tag.split('-')[0]];
  if (!file) continue;
  import(file).catch(() => {});
  break;
}

// Whoever is known here goes on to the chat; others are asked for a name first, and that comes the sooner alone.
for (const href of kept('person') === null ? [] : CHAT) {
  const link = document.createElement('link');
  if (href.endsWith('.css')) Object.assign(link, { rel: 'preload', as: 'style' });
  else link.rel = 'modulepreload';
  document.head.append(Object.assign(link, { href, crossOrigin: '' }));
}
