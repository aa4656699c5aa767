import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';
import { followKeyboard } from './viewport.ts';

const target = document.getElementById('app');
if (target) {
  followKeyboard();
  mount(App, { target });
}
