/** `npm run build`: compiles src to dist, the client with its declarations, and copies what is no code beside it. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const ASSETS = ['web/assets', 'providers/first-frames', 'simulator/videos'];

rmSync(dist, { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.client.json'])
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, project)], {
    stdio: 'inherit',
  });
for (const name of readdirSync(join(dist, 'client')).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, 'client', name);
  // The compiler rewrites imports in JavaScript only, and older compilers look for a `./x.ts` that is not there.
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.\/\w+)\.ts'/g, "$1.js'"));
}
for (const folder of ASSETS) cpSync(join(root, 'src', folder), join(dist, folder), { recursive: true });
chmodSync(join(dist, 'main.js'), 0o755);
