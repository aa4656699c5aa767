import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';
import { language } from './state/language.svelte.ts';
import { colourFrame } from './state/theme.svelte.ts';
import { followKeyboard } from './viewport.ts';

const target = document.getElementById('app');
if (target) {
  followKeyboard();
  colourFrame();
  void language.begin().then(() => mount(App, { target }));
}
