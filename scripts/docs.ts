/** Writes what is generated from the schema: config/schema.json, docs/config.md, the table in README.md. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { between, jsonSchema, reference, summary } from '../src/config/docs.ts';
import { REGISTRIES } from '../src/config/schema.ts';

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');

mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'config/schema.json'), `${JSON.stringify(jsonSchema(REGISTRIES), null, 2)}\n`);
writeFileSync(join(root, 'docs/config.md'), reference(REGISTRIES));
if (existsSync(readme)) {
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), summary(REGISTRIES)));
}
