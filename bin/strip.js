// @ts-check
/** `node strip.js file:///…/src/`: prints every source below, by its URL, without its types. */

import { readFileSync, readdirSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const root = new URL(process.argv[2] ?? '');
const stripped = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => new URL(path.replaceAll('\\', '/'), root))
  .map((url) => [url.href, stripTypeScriptTypes(readFileSync(url, 'utf8'))]);
process.stdout.write(JSON.stringify(stripped));
