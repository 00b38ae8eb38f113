/** Fills the figures of docs/routing.md from bench/routing/results/held-out.json. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePage } from '../bench/routing/report.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/routing.md');
const results = readFileSync(join(root, 'bench/routing/results/held-out.json'), 'utf8');

writeFileSync(page, writePage(readFileSync(page, 'utf8'), results));
