import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  adapterViolations,
  barrelViolations,
  doorViolations,
  functionsOf,
  importViolations,
  sizeViolations,
  wordViolations,
} from './tidy/rules.ts';
import { importsOf, readTree, source } from './tidy/source.ts';

const root = join(import.meta.dirname, '..');

describe('the house', () => {
  const sources = readTree(root, 'src');
  const tests = readTree(root, 'test');
  const bench = readTree(root, 'bench');

  it('is read: there are sources and tests to judge', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(tests.length).toBeGreaterThan(10);
  });

  it('is understood: in every file the brackets match once comments and strings are gone', () => {
    const odd = [...sources, ...tests].filter(({ code }) => {
      const count = (brackets: RegExp) => code.match(brackets)?.length ?? 0;
      return count(/[([{]/g) !== count(/[)\]}]/g);
    });

    expect(odd.map((file) => file.path)).toEqual([]);
  });

  it('lets each folder import only what lies below it, and each package through its one door', () => {
    expect(importViolations(sources)).toEqual([]);
  });

  it('has a door for each dependency, and a dependency for each door', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };

    expect(doorViolations(sources, Object.keys(dependencies))).toEqual([]);
  });

  it('has files and functions of a size that can be read at once', () => {
    expect(sizeViolations(sources)).toEqual([]);
  });

  it('has a benchmark that throws no dice, reads no clock, and imports only core and zod', () => {
    const imports = bench.flatMap((file) => importsOf(file).map(({ from }) => `${file.path}: ${from}`));

    expect(imports.length).toBeGreaterThan(20);
    expect(imports.filter((one) => !/: (?:bench\/|src\/core\/|node:|zod$)/.test(one))).toEqual([]);
    expect(bench.filter(({ code }) => /Math\.random|\bDate\b|setTimeout/.test(code))).toEqual([]);
    expect(sizeViolations(bench)).toEqual([]);
    expect(barrelViolations(bench)).toEqual([]);
  });

  it('has no default exports, no clocks or dice of its own, nothing left to do and no test that does not run', () => {
    // The rules themselves, and the samples below, have to name what they forbid.
    const judged = [...sources, ...tests, ...bench].filter((file) => !file.path.startsWith('test/tidy'));

    expect(wordViolations(judged)).toEqual([]);
  });

  it('registers, tests and shows each adapter', () => {
    const example = join(root, 'config/reelwatch.yaml');
    const yaml = existsSync(example) ? readFileSync(example, 'utf8') : '';
    const paths = tests.map((file) => file.path);

    expect(adapterViolations(sources, paths, yaml)).toEqual([]);
  });

  it('has no barrels', () => {
    expect(barrelViolations(sources)).toEqual([]);
  });
});

describe('the rules', () => {
  const adapter = (name: string) => `export const ${name} = defineProvider({\n  name: '${name}',\n});\n`;

  it.each([
    ['src/core/a.ts', "import { x } from '../ports/clock.ts';", 'core may only import core'],
    ['src/core/a.ts', "import { readFileSync } from 'node:fs';", 'core is pure'],
    ['src/canary/a.ts', "import type { S } from '../store/store.ts';", 'canary may only import'],
    ['src/app/a.ts', "import { runway } from '../providers/runway.ts';", 'app may only import'],
    ['src/app/a.ts', "import { z } from 'zod';", 'app is pure'],
    ['src/app/a.ts', "import {\n  z,\n} from 'zod';", 'app is pure'],
    ['src/ports/a.ts', "import { z } from 'zod';", 'ports is pure'],
    ['src/web/a.ts', "export { x } from '../app/app.ts';", 'web may only import'],
    ['src/providers/a.ts', "const x = await import('../store/sqlite.ts');", 'providers may only import'],
    ['src/simulator/a.ts', "import { clamp } from '../core/base.ts';", 'simulator may only import'],
    ['src/client/a.ts', "import { clamp } from '../core/base.ts';", 'client may only import'],
    ['src/client/a.ts', "import { Buffer } from 'node:buffer';", 'client is pure'],
    ['src/web/a.ts', "import { createClient } from '../client/index.ts';", 'web may only import'],
    ['src/config/a.ts', "import { runway } from '../providers/runway.ts';", 'config may only import'],
    ['src/config/a.ts', "import { aState } from '../../test/store/samples.ts';", 'outside src'],
    ['src/cli/a.ts', "import '../main.ts';", 'is the top'],
    ['src/novel/a.ts', "import { x } from '../core/base.ts';", 'without a rule'],
    ['src/store/other.ts', "import { Pool } from 'pg';", 'whose door is src/store/postgres.ts'],
    ['src/web/a.ts', "import { DatabaseSync } from 'node:sqlite';", 'whose door is src/store/sqlite.ts'],
    ['src/system/a.ts', "import { fetch } from 'undici/fetch';", 'whose door is src/system/http.ts'],
    ['src/web/a.ts', "import pad from 'left-pad';", 'has no door'],
    ['src/web/a.ts', "import plugin from '@fastify/cors/x';", 'imports @fastify/cors, which has no door'],
    ['src/store/a.ts', "import { setTimeout } from 'node:timers/promises';", 'use the Clock'],
  ])('find the import in %s of %s', (path, text, why) => {
    const found = importViolations([source(path, text)]);

    expect(found).toEqual([expect.stringMatching(new RegExp(`^${path}:\\d `))]);
    expect(found[0]).toContain(why);
  });

  it('find an adapter that imports another, and let the registry do so', () => {
    const files = [
      source('src/providers/one.ts', adapter('one')),
      source('src/providers/two.ts', `import { one } from './one.ts';\n${adapter('two')}`),
      source('src/providers/helper.ts', "import { HttpError } from '../ports/http.ts';"),
      source('src/providers/three.ts', `import { help } from './helper.ts';\n${adapter('three')}`),
      source('src/providers/index.ts', "import { one } from './one.ts';"),
    ];

    expect(importViolations(files)).toEqual([
      'src/providers/two.ts:1 imports the adapter src/providers/one.ts; adapters do not know each other',
    ]);
  });

  it.each([
    ['src/config/a.ts', "import { PROVIDERS } from '../providers/index.ts';"],
    ['src/cli/a.ts', "import { openSqlite } from '../store/sqlite.ts';"],
    ['src/ports/options.ts', "import { z } from 'zod';"],
    ['src/core/a.ts', "// import { x } from '../store/store.ts';"],
    ['src/core/a.ts', "import { clamp } from './base.ts';"],
  ])('allow in %s: %s', (path, text) => {
    expect(importViolations([source(path, text)])).toEqual([]);
  });

  it('find dependencies without a door, doors without a dependency, and doors that nobody goes through', () => {
    const found = doorViolations([source('src/store/postgres.ts', 'export const x = 1;')], ['left-pad']);

    expect(found).toContain('package.json: left-pad has no door');
    expect(found).toContain('package.json: undici has a door but is no dependency');
    expect(found).toContain('src/store/postgres.ts:1 is the door of pg, but does not import it');
  });

  it.each([
    ['src/app/a.ts', 'const x = Date.now();', 'reads the time'],
    ['src/app/a.ts', 'const x = new Date();', 'reads the time'],
    ['src/app/a.ts', 'const x = Math.random();', 'draws a random number'],
    ['src/app/a.ts', 'const x = `a${Math.random()}b`;', 'draws a random number'],
    ['src/app/a.ts', 'const x = crypto.randomUUID();', 'draws a random id'],
    ['src/app/a.ts', 'setTimeout(f, 1);', 'waits outside the Clock'],
    ['src/app/a.ts', 'const s = AbortSignal.timeout(5);', 'waits outside the Clock'],
    ['src/app/a.ts', 'export default 1;', 'default export'],
    ['src/app/a.ts', "export * from './b.ts';", 'passes on'],
    ['src/client/a.ts', "export * from './b.ts';", 'passes on'],
    ['src/client/a.ts', 'const x = Math.random();', 'draws a random number'],
    ['src/app/a.ts', "export type { B } from './b.ts';", 'passes on'],
    ['src/core/a.ts', 'export async function f() {}', 'not synchronous'],
    ['src/app/a.ts', '// TODO later', 'left to do'],
    ['test/app/a.test.ts', '/* FIXME */', 'left to do'],
    ['test/app/a.test.ts', "it.skip('works', f);", 'does not run'],
    ['test/app/a.test.ts', "describe.only('works', f);", 'does not run'],
    ['test/app/a.test.ts', "it.each.skip([1])('works', f);", 'does not run'],
    ['test/app/a.test.ts', "vi.mock('./x.ts');", 'a port is missing'],
    ['test/app/a.test.ts', 'expect(x).toMatchInlineSnapshot();', 'snapshot'],
  ])('find in %s: %s', (path, text, why) => {
    const found = wordViolations([source(path, `\n${text}\n`)]);

    expect(found).toEqual([expect.stringContaining(`${path}:2 `)]);
    expect(found[0]).toContain(why);
  });

  it.each([
    ['src/system/clock.ts', 'const x = Date.now();'],
    ['src/client/world.ts', 'const x = Math.random();'],
    ['src/client/index.ts', "export { b } from './b.ts';"],
    ['src/web/page-script.ts', 'setInterval(f, 1);'],
    ['src/media/inspect-child.ts', 'setTimeout(f, 1);'],
    ['src/app/a.ts', "const text = 'Math.random() and \\' setTimeout(';"],
    ['src/app/a.ts', 'const at = new Date(ms);'],
    ['src/app/a.ts', 'const r = /[\'"]/; // Date.now() is elsewhere'],
    ['src/app/a.ts', 'const half = a / 2; const x = b / 2;'],
    ['test/app/a.test.ts', 'const x = Date.now();'],
  ])('have nothing against %s: %s', (path, text) => {
    expect(wordViolations([source(path, text)])).toEqual([]);
  });

  it.each([
    ['a file that is too long', 'const x = 1;\n'.repeat(401), 'src/app/a.ts:401 has 401 lines'],
    [
      'a function that is too long',
      `\nfunction f<T>(a: { b: T }): Promise<{ c: T } | null> {\n${'  x();\n'.repeat(59)}}\n`,
      'src/app/a.ts:2 has a function of 61 lines',
    ],
    [
      'an arrow that is too long',
      `const f = async () => {\n${"  x('}');\n".repeat(59)}};\n`,
      'src/app/a.ts:1 has a function of 61 lines',
    ],
    [
      'a method that is too long',
      `const o = {\n  f(a: number) {\n${'  x(/}/, `}${y}}`);\n'.repeat(59)}  },\n};\n`,
      'src/app/a.ts:2 has a function of 61 lines',
    ],
  ])('find %s', (_, text, expected) => {
    expect(sizeViolations([source('src/app/a.ts', text)])).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    ['a function of 60 lines', `function f(): void {\n${'  x();\n'.repeat(58)}}\n`],
    ['a long table', `const table = {\n${'  a: 1,\n'.repeat(100)}};\n`],
    ['a long interface', `interface A {\n${'  f: () => void;\n'.repeat(100)}}\n`],
    ['a long argument', `create({\n${'  a: 1,\n'.repeat(100)}});\n`],
    ['a file of 400 lines', 'const x = 1;\n'.repeat(400)],
  ])('have nothing against %s', (_, text) => {
    expect(sizeViolations([source('src/app/a.ts', text)])).toEqual([]);
  });

  it('see functions of every form', () => {
    const text = `
      function one() { }
      export async function two(a: string): Promise<void> { }
      const three = () => { };
      const four = { five(): { a: 1 } { } };
      if (x) { }
      for (const a of b()) { }
      call(a, { b: 1 });
    `;

    expect(functionsOf(source('a.ts', text)).map((one) => one.line)).toEqual([4, 2, 3, 5]);
  });

  it('find adapters that are not registered, not tested, or not in the example', () => {
    const files = [
      source('src/providers/good.ts', adapter('good')),
      source('src/providers/hidden.ts', adapter('hidden')),
      source('src/providers/plan.ts', 'export const help = 1;'),
      source('src/providers/index.ts', "import { good } from './good.ts';"),
    ];

    expect(adapterViolations(files, ['test/providers/good.test.ts'], 'use: good # not hidden-one')).toEqual([
      'src/providers/hidden.ts:1 is an adapter that src/providers/index.ts does not register',
      'src/providers/hidden.ts:1 is an adapter without test/providers/hidden.test.ts',
      'src/providers/hidden.ts:1 is an adapter (hidden) that config/reelwatch.yaml does not show',
    ]);
  });

  it('find an index that is no registry', () => {
    const files = ['src/core/index.ts', 'src/alerts/index.ts'].map((path) => source(path, ''));

    expect(barrelViolations(files)).toEqual(['src/core/index.ts:1 is an index; only registries are']);
  });
});
