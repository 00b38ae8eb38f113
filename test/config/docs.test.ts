import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARKERS, between, jsonSchema, reference, summary } from '../../src/config/docs.ts';
import { providersPage, versionIn } from '../../scripts/providers-page.ts';
import { REGISTRIES, fileSchema } from '../../src/config/schema.ts';

const root = join(import.meta.dirname, '../..');

/** Every option of a JSON Schema by path, descriptions included. */
function options(schema: Record<string, unknown>, path = ''): { path: string; description: unknown }[] {
  const inner = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
  const items = schema['items'] as Record<string, unknown> | undefined;
  const adapters = (schema['allOf'] ?? []) as { then: Record<string, unknown> }[];
  return [
    ...Object.entries(inner).flatMap(([name, option]) => [
      { path: `${path}.${name}`, description: option['description'] },
      ...options(option, `${path}.${name}`),
    ]),
    ...(items === undefined ? [] : options(items, `${path}[]`)),
    ...adapters.flatMap(({ then }) => options(then, `${path}(${String(then['title'])})`)),
  ];
}

describe('what is generated from the schema', () => {
  it('is written to config/schema.json (else run: npm run docs)', () => {
    const file: unknown = JSON.parse(readFileSync(join(root, 'config/schema.json'), 'utf8'));

    expect(file).toEqual(JSON.parse(JSON.stringify(jsonSchema(REGISTRIES))));
  });

  it('is written to docs/config.md (else run: npm run docs)', () => {
    expect(readFileSync(join(root, 'docs/config.md'), 'utf8')).toBe(reference(REGISTRIES));
  });

  it('is written to docs/providers.md, out of the catalogues (else run: npm run docs)', () => {
    const page = providersPage(REGISTRIES.providers, versionIn(root));

    expect(readFileSync(join(root, 'docs/providers.md'), 'utf8')).toBe(page);
    expect(page).not.toContain('that is not installed');
  });

  it('is written to README.md (else run: npm run docs)', () => {
    const path = join(root, 'README.md');
    const page = existsSync(path) ? readFileSync(path, 'utf8') : '';

    expect(page).toBe(between(page, summary(REGISTRIES)));
  });

  it('describes every option in a sentence', () => {
    const all = options(jsonSchema(REGISTRIES));

    expect(all.length).toBeGreaterThan(100);
    const bare = all.filter(
      ({ description }) => typeof description !== 'string' || !/\S.*\.$/s.test(description),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('has every section of the file', () => {
    const text = reference(REGISTRIES);

    for (const name of Object.keys(fileSchema(REGISTRIES, {}).shape))
      expect(text).toContain(`\n## ${name}\n`);
  });

  it('replaces only what stands between the markers', () => {
    const page = `before\n${MARKERS.begin}\nold\n${MARKERS.end}\nafter`;

    expect(between(page, 'new')).toBe(`before\n${MARKERS.begin}\nnew\n${MARKERS.end}\nafter`);
    expect(between('no markers', 'new')).toBe('no markers');
  });
});
