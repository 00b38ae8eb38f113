/** What a page about a router owes to someone who knows nothing of reelwatch. */

import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/routers');
const INDEX = 'README.md';
const names = readdirSync(FOLDER).filter((name) => name !== INDEX);
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Text -> the tests that it names. */
function testsIn(text: string): string[] {
  const named = [...text.matchAll(/`((?:test\/\w+\/)?[\w-]+\.test\.ts)`/g)].map(([, name = '']) => name);
  return [...new Set(named)];
}

describe.each(names)('the page %s', (name) => {
  const page = read(name);
  const isRun = !/\*\*Not run against\s+the\s+real\s+things?\.?\*\*/.test(page);

  it.each(['**See that it works:**', '**New jobs only.**', '**Without reelwatch**'])('says %s', (words) => {
    expect(page).toContain(`\n${words}`);
  });

  it('shows by what command one sees that it works', () => {
    const [, shown = ''] = /\*\*See that it works:\*\*(.*?)\n\n/s.exec(page) ?? [];

    expect(shown).toMatch(/`[^`]+`/);
  });

  it('names the tests that run it, or says that none does', () => {
    const tests = testsIn(page);
    const missing = tests.filter((test) => globSync(`test/**/${basename(test)}`, { cwd: ROOT }).length === 0);

    expect(missing).toEqual([]);
    expect(isRun).toBe(tests.length > 0);
  });

  it('is in the table, with what has been proved of it', () => {
    const rows = read(INDEX)
      .split('\n')
      .filter((line) => line.startsWith('|') && line.includes(`(${name}`));

    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toContain(isRun ? '| run' : '| contract only |');
  });
});

it.each([INDEX, ...names])('leads nowhere wrong from %s', (name) => {
  const links = [...read(name).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to = '']) => to);
  const dead = links.filter((to) => !existsSync(resolve(dirname(join(FOLDER, name)), to)));

  expect(dead).toEqual([]);
});

it('runs the examples of every page that claims it: its test reads them', () => {
  const claims = names.filter((name) => /runs? the\s+examples? of\s+this\s+page/.test(read(name)));
  const sources = globSync('test/{peers,client}/*.ts', { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const unread = claims.filter((name) => {
    const page = basename(name, '.md');
    return !sources.some((text) => text.includes(`('${page}', '`) || text.includes(`docs/routers/${name}'`));
  });

  expect(claims.length).toBeGreaterThan(7);
  expect(unread).toEqual([]);
});
