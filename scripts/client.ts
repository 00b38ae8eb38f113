/**
 * Writes dist/client: `src/client` as JavaScript and declarations, as applications import it. Node strips no types below
 * node_modules, browsers and edge runtimes strip none at all, and our own hooks in `bin/` cannot run inside them.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? join(root, 'dist/client'));

rmSync(out, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.client.json'), '--outDir', out], {
  stdio: 'inherit',
});
for (const name of readdirSync(out).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(out, name);
  // The compiler leaves `./x.ts` in declarations, where no x.ts will lie beside them.
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.\/\w+)\.ts'/g, "$1.js'"));
}
