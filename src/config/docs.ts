/** The schema as JSON Schema for editors, and as tables for people. Both are generated, and tests compare. */

import { z } from 'zod';
import type { Adapter } from './entries.ts';
import { PLAIN_SECTIONS, adapterSections, fileSchema } from './schema.ts';
import type { Registries } from './schema.ts';
import { isMap, written } from './walk.ts';

type Json = Record<string, unknown>;

const PUT_IN = '|\\$\\{';
const FROM_FILE = '|^file:';
const SPAN_END = '(ms|s|m|h|d)$';
const MONEY_START = '^\\$';

export const MARKERS = { begin: '<!-- options -->', end: '<!-- /options -->' };

/** `config/schema.json`: JSON Schema 2020-12 of what may be written in the file. */
export function jsonSchema(registries: Registries): Json {
  const { properties, ...rest } = inlineSchema(registries);
  const $defs: Json = {};
  return { ...rest, properties: hoisted(properties, $defs), $defs };
}

/** The option `models` is long and the same for every provider: it is written once, and named elsewhere. */
function hoisted(value: unknown, defs: Json): unknown {
  if (Array.isArray(value)) return value.map((one) => hoisted(one, defs));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name !== 'models' || !isMap(inner) || !('additionalProperties' in inner))
        return [name, hoisted(inner, defs)];
      defs[name] = inner;
      return [name, { description: inner['description'], $ref: `#/$defs/${name}` }];
    }),
  );
}

function inlineSchema(registries: Registries): Json {
  const plain = Object.entries(PLAIN_SECTIONS).map(([name, schema]): [string, Json] => [
    name,
    toJson(schema),
  ]);
  const adapters = Object.entries(adapterSections(registries)).map(([name, section]): [string, Json] => [
    name,
    {
      description: section.description,
      type: 'array',
      ...(section.least > 0 ? { minItems: section.least } : {}),
      items: entryJson(section.adapters, section.object),
    },
  ]);
  const all = new Map([...plain, ...adapters]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'reelwatch configuration',
    description: 'What reelwatch watches, with which keys, for how much money, and whom it tells.',
    type: 'object',
    properties: Object.fromEntries(
      Object.keys(fileSchema(registries, {}).shape).map((name) => [name, all.get(name)]),
    ),
    required: ['providers', 'targets'],
    additionalProperties: false,
  };
}

function toJson(schema: z.core.$ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = written(def.innerType, def.defaultValue);
      // JSON Schema has a word for what may be written and is not shown.
      if (jsonSchema['secret'] === true) {
        delete jsonSchema['secret'];
        jsonSchema.writeOnly = true;
      }
      // Editors would complain about ${NAME} and file:/path, which are put in before anything is checked.
      delete jsonSchema.format;
      const { pattern } = jsonSchema;
      // Wrappers are visited too, with what they hold already widened.
      if (pattern !== undefined && !pattern.includes(PUT_IN)) {
        jsonSchema.pattern = pattern + PUT_IN + (jsonSchema.writeOnly === true ? FROM_FILE : '');
      }
    },
  });
  return json;
}

/** An entry allows what its adapter allows; the adapter is named by `use`, or else by the id. */
function entryJson(adapters: readonly Adapter[], object: (adapter: Adapter) => z.ZodObject): Json {
  const named = adapters.map((adapter) => ({
    if: {
      anyOf: [
        { properties: { use: { const: adapter.name } }, required: ['use'] },
        { properties: { id: { const: adapter.name } }, not: { required: ['use'] }, required: ['id'] },
      ],
    },
    // oxlint-disable-next-line unicorn/no-thenable
    then: { title: adapter.title, ...toJson(object(adapter)) },
  }));
  const names = adapters.map(({ name }) => name);
  return {
    type: 'object',
    required: ['id'],
    anyOf: [
      { properties: { use: { enum: names } }, required: ['use'] },
      { properties: { id: { enum: names } } },
    ],
    allOf: named,
  };
}

/** `docs/config.md`: every option of every section and adapter. */
export function reference(registries: Registries): string {
  const schema = inlineSchema(registries);
  const properties = schema['properties'] as Record<string, Json>;
  const shared: Record<string, string[]> = Object.fromEntries(
    Object.entries(adapterSections(registries)).map(([name, { common }]) => [
      name,
      ['id', 'use', ...Object.keys(common)],
    ]),
  );
  const parts = Object.entries(properties).map(([name, section]) =>
    sectionText(name, section, shared[name] ?? []),
  );
  return [
    '# Configuration',
    '',
    'Generated from the schema by `npm run docs`. Spans are written `90s`, `10m`, `6h`, `7d`, money `$2.50`.',
    'Any text may hold `${NAME}` or `${NAME:-default}` from the environment (`$${` is a plain `${`); secrets may also',
    'be `file:/path`. `REELWATCH_HOST`, `REELWATCH_PORT` and `REELWATCH_DATA_DIR` stand above the file.',
    'Unknown options are errors. `reelwatch check` prints what a file resolves to.',
    '',
    ...parts,
  ].join('\n');
}

function sectionText(name: string, section: Json, common: readonly string[]): string {
  const items = section['items'] as Json | undefined;
  const head = `## ${name}\n\n${text(section['description'])}\n`;
  const adapters = items?.['allOf'] as { then: Json }[] | undefined;
  if (adapters === undefined) return `${head}\n${table(rowsOf(items ?? section, ''))}\n`;
  const each = adapters.map(({ then }) => {
    const rows = rowsOf(then, '').filter(({ option }) => !common.includes(topOf(option)));
    const options = rows.length === 0 ? 'No options of its own.' : table(rows);
    return `### ${name}: ${text(then['title'])}\n\n${options}\n`;
  });
  const names = rowsOf(adapters[0]?.then ?? {}, '')
    .filter(({ option }) => common.includes(topOf(option)))
    .map((row) => (row.option === 'use' ? { ...row, otherwise: 'the id' } : row));
  return [head, `${table(names)}\n`, ...each].join('\n');
}

function topOf(option: string): string {
  return option.replace(/\..*/, '');
}

interface OptionRow {
  option: string;
  kind: string;
  otherwise: string;
  description: string;
}

function rowsOf(schema: Json, prefix: string): OptionRow[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>;
  const required = (schema['required'] ?? []) as string[];
  return Object.entries(properties).flatMap(([name, option]) => {
    const items = isMap(option['items']) ? option['items'] : {};
    const values = isMap(option['additionalProperties']) ? option['additionalProperties'] : {};
    const inner = isMap(option['properties'])
      ? rowsOf(option, `${prefix}${name}.`)
      : [...rowsOf(items, `${prefix}${name}[].`), ...rowsOf(values, `${prefix}${name}.*.`)];
    const otherwise = required.includes(name) ? 'required' : defaultText(option['default']);
    const row = {
      option: `${prefix}${name}`,
      kind: kindOf(option),
      otherwise,
      description: text(option['description']),
    };
    return [row, ...inner];
  });
}

function kindOf(option: Json): string {
  const choices = option['enum'] as unknown[] | undefined;
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(' ');
  if ('const' in option) return `\`${String(option['const'])}\``;
  if (option['writeOnly'] === true) return 'secret';
  if (text(option['pattern']).includes(SPAN_END)) return 'span';
  if (text(option['pattern']).startsWith(MONEY_START)) return 'money';
  const branches = option['anyOf'] as Json[] | undefined;
  if (branches !== undefined) return [...new Set(branches.map(kindOf))].join(' or ');
  if (option['type'] === 'array') return `list of ${kindOf(option['items'] as Json)}`;
  const names: Json = { string: 'text', object: 'map', integer: 'whole number', boolean: 'true or false' };
  return text(names[text(option['type'])] ?? option['type']);
}

function defaultText(value: unknown): string {
  if (value === undefined || (isMap(value) && Object.keys(value).length === 0)) return '';
  if (Array.isArray(value) && value.length > 3) return `${value.length} entries`;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function table(rows: readonly OptionRow[]): string {
  const cell = (content: string): string => content.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '| option | kind | default | what it is |',
    '|---|---|---|---|',
    ...rows.map(
      ({ option, kind, otherwise, description }) =>
        `| \`${option}\` | ${cell(kind)} | ${cell(otherwise)} | ${cell(description)} |`,
    ),
  ].join('\n');
}

/** The short table for the README: one line per section. */
export function summary(registries: Registries): string {
  const properties = jsonSchema(registries)['properties'] as Record<string, Json>;
  const rows = Object.entries(properties).map(
    ([name, section]) => `| [\`${name}\`](docs/config.md#${name}) | ${text(section['description'])} |`,
  );
  return ['| section | what it says |', '|---|---|', ...rows].join('\n');
}

/** A page with the part between the markers replaced; unchanged where it has no markers. */
export function between(page: string, content: string): string {
  const begin = page.indexOf(MARKERS.begin);
  const end = page.indexOf(MARKERS.end);
  if (begin === -1 || end < begin) return page;
  return `${page.slice(0, begin + MARKERS.begin.length)}\n${content}\n${page.slice(end)}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
