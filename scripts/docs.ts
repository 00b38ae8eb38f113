/** Writes what is generated: config/schema.json, docs/config.md, docs/providers.md, the table in README.md. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { between, jsonSchema, reference, summary } from '../src/config/docs.ts';
import { REGISTRIES } from '../src/config/schema.ts';
import { providersPage, versionIn } from './providers-page.ts';

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');

mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'config/schema.json'), `${JSON.stringify(jsonSchema(REGISTRIES), null, 2)}\n`);
writeFileSync(join(root, 'docs/config.md'), reference(REGISTRIES));
writeFileSync(join(root, 'docs/providers.md'), providersPage(REGISTRIES.providers, versionIn(root)));
if (existsSync(readme)) {
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), summary(REGISTRIES)));
}
