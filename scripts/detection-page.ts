/** Fills the figures of docs/detection.md and draws docs/detection-frontier.svg, from bench/detection/results/*.json. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePage } from '../bench/detection/page.ts';

const root = join(import.meta.dirname, '..');
const results = (name: string): string =>
  readFileSync(join(root, `bench/detection/results/${name}.json`), 'utf8');
const page = join(root, 'docs/detection.md');
const written = writePage(readFileSync(page, 'utf8'), results('frontier'), results('robustness'));

writeFileSync(page, written.page);
writeFileSync(join(root, 'docs/detection-frontier.svg'), written.plot);
