/** The files that pages need, read once when the server is made. */

import { readFileSync } from 'node:fs';

export const ASSETS = [
  { name: 'page.css', type: 'text/css; charset=utf-8' },
  { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  { name: 'icon.svg', type: 'image/svg+xml' },
] as const;

export function asset(name: (typeof ASSETS)[number]['name']): string {
  return readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8');
}
