// @ts-check
/**
 * Loads our TypeScript, in `node_modules`, too, where Node itself refuses to. As `--import bin/typescript.js` it takes
 * the types out where it runs; after `stripElsewhere()` they have been taken out in another process.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const SOURCES = new URL('../src/', import.meta.url).href;
const STRIP = fileURLToPath(new URL('./strip.js', import.meta.url));
const BYTES_MAX = 16 * 1024 * 1024;

/** @type {Map<string, string>} */
let stripped = new Map();

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(SOURCES) || !url.endsWith('.ts')) return nextLoad(url, context);
    const source = stripped.get(url) ?? stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
    // Loaded once; the engine keeps its own copy.
    stripped.delete(url);
    return { format: 'module', source, shortCircuit: true };
  },
});

/**
 * Takes the types out of all our sources in a process that ends with it: Node's parser for them holds 30 MB for as
 * long as its process lives. Where no process can be started, they are taken out here.
 */
export function stripElsewhere() {
  try {
    const answer = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', STRIP, SOURCES], {
      encoding: 'utf8',
      maxBuffer: BYTES_MAX,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    stripped = new Map(JSON.parse(answer));
  } catch {
    stripped = new Map();
  }
}
