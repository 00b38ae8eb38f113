/** The description of LTX in config/http-provider.yaml, as tests use it. */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { http } from '../../src/providers/http.ts';
import type { AnyProvider } from '../../src/providers/define.ts';
import { withModels } from '../../src/providers/models.ts';

interface Entry {
  id: string;
  use: string;
  models: Parameters<typeof withModels>[1];
}

const file = new URL('../../config/http-provider.yaml', import.meta.url);
const entry = (parse(readFileSync(file, 'utf8')) as { providers: [Entry] }).providers[0];
const { id: _id, use: _use, models: described, ...options } = entry;

/** The options of LTX without its key, its own origin put in. */
export const ltxOptions: Record<string, unknown> = { ...options, baseUrl: 'https://api.ltx.video' };
Reflect.deleteProperty(ltxOptions, 'apiKey');

const models = Object.fromEntries(
  Object.entries(withModels({}, described).models).map(([name, facts]) => [
    name,
    { ...facts, checkedOn: '2026-11-21' },
  ]),
);

/** The provider `http` as it is where LTX is described. */
export const ltx: AnyProvider = { ...http, models };
