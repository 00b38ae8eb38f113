/** `npm run build`: compiles src to dist, the client with its declarations, and copies what is no code beside it. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const ASSETS = ['web/assets', 'providers/first-frames', 'simulator/videos'];

rmSync(dist, { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.client.json'])
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, project)], {
    stdio: 'inherit',
  });
for (const folder of ASSETS)
  cpSync(join(root, 'src', folder), join(dist, folder), {
    recursive: true,
    filter: (from) => statSync(from).isDirectory() || !basename(from).endsWith('.ts'),
  });
chmodSync(join(dist, 'main.js'), 0o755);
