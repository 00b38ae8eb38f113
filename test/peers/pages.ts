/** The pages of docs/routers: their examples are what the tests run, with other addresses. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const PAGES = join(import.meta.dirname, '../../docs/routers');

/** The page's `n`-th block of code in a language. */
export function example(page: string, language: string, n = 0): string {
  const text = readFileSync(join(PAGES, `${page}.md`), 'utf8');
  const found = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, word]) => word === language)[n];
  if (found?.[2] === undefined) throw new Error(`${page}.md has no ${language} example number ${n + 1}`);
  return found[2];
}

/** The entry of `routers:` in the page's `n`-th YAML example, with other values for some of its options. */
export function routerIn(page: string, more: object = {}, n = 0): Record<string, unknown> {
  const { routers } = parse(example(page, 'yaml', n)) as { routers: [Record<string, unknown>] };
  return { ...routers[0], ...more };
}

/** A text with addresses that a test can use. @throws where one of those to be replaced is not in it */
export function put(text: string, places: Readonly<Record<string, string>>): string {
  let changed = text;
  for (const [from, to] of Object.entries(places)) {
    if (!changed.includes(from)) throw new Error(`the example no longer has ${from}`);
    changed = changed.replaceAll(from, to);
  }
  return changed;
}
