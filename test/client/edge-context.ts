/**
 * `node --experimental-vm-modules edge-context.ts <folder> <url>`: runs the client, as it is published, where there is
 * nothing but the language and what every edge runtime has; prints what came of it as JSON.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';

const [folder = '', url = ''] = process.argv.slice(2);
const { fetch, URL, AbortController, setTimeout, clearTimeout, TextDecoder, crypto } = globalThis;
const context = vm.createContext(
  { fetch, URL, AbortController, setTimeout, clearTimeout, TextDecoder, crypto, url },
  // A runtime for edges compiles no text either.
  { codeGeneration: { strings: false, wasm: false } },
);

const modules = new Map<string, vm.SourceTextModule>();

function load(name: string): vm.SourceTextModule {
  const known = modules.get(name);
  if (known) return known;
  const module = new vm.SourceTextModule(readFileSync(join(folder, name), 'utf8'), {
    context,
    identifier: name,
  });
  modules.set(name, module);
  return module;
}

const application = new vm.SourceTextModule(
  `
  import { createClient } from './index.js';
  const routes = { t2v: { targets: { kling: 50, runway: 30, luma: 20 } } };
  const client = createClient({ url, routes, updates: 'events', pollEveryMs: 200 });
  const before = { ...client.state(), pick: client.pick('t2v', {}, 0.49).id };
  client.start();
  while (client.state().generation !== 413) await new Promise((resolve) => setTimeout(resolve, 5));
  client.report({ target: 'kling', outcome: 'ok', job: 'from the edge' });
  const after = { ...client.state(), pick: client.pick('t2v', {}, 0.49).id };
  await client.stop();
  export const found = { before, after, globals: Object.keys(globalThis), node: typeof process + typeof Buffer };
  `,
  { context, identifier: 'application' },
);
await application.link((specifier: string) => load(specifier.replace('./', '')));
await application.evaluate();
process.stdout.write(JSON.stringify((application.namespace as { found: unknown }).found));
