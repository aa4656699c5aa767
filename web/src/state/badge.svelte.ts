/** The same number everywhere: in the title, as a dot on the icon, and where the page is an app, on that. */
import icon from '../icon.svg';
import iconWithNews from '../icon-news.svg';
import { language } from './language.svelte.ts';
import { me } from './me.svelte.ts';
import { rooms } from './rooms.svelte.ts';

/** What not every browser has, and none over plain HTTP. */
interface Badging {
  setAppBadge?: (count: number) => Promise<void>;
}

function title(): string {
  const { appName } = language.words;
  if (!me.person) return appName;
  const { asking, here } = rooms;
  const number = asking > 0 ? `(${asking >= 100 ? '99+' : asking}) ` : '';
  return `${number}${here.kind === 'public' ? '#' : ''}${here.title} · ${appName}`;
}

/** Shows what is known. Called again by an effect whenever that is different. */
export function showBadge(): void {
  document.title = title();
  const asking = me.person ? rooms.asking : 0;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) link.href = asking > 0 ? iconWithNews : icon;
  // Refused where the page is not an app: then there is nothing to show it on.
  (navigator as Badging).setAppBadge?.(asking).catch(() => {});
}
