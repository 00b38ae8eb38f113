/** YAML text to a value, and paths in the value back to lines of the text. */

import { LineCounter, isAlias, isMap as isYamlMap, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Complaint } from './complaints.ts';
import { pathText } from './words.ts';
import type { ConfigProblem } from './words.ts';

/** An alias that repeats an alias that repeats an alias … makes gigabytes of a few lines. */
export const ALIASES_MAX = 100;
export const NESTING_MAX = 32;

/** Adds the line and column of a problem's path. */
export type Locate = (complaint: Complaint) => ConfigProblem;

/** A problem of the whole file. */
export function nowhere(path: string, text: string): ConfigProblem {
  return { path, line: 0, column: 0, text };
}

/** Parses one document. Never throws. */
export function parseYaml(text: string): { value: unknown; locate: Locate } | { errors: ConfigProblem[] } {
  const lines = new LineCounter();
  const tooDeep = { errors: [nowhere('', `Expected at most ${NESTING_MAX} levels of nesting`)] };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = faultsOf(document);
  if (faults.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return tooDeep;
  if (faults.length > 0) return { errors: faults.map((fault) => yamlProblem(fault, lines)) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    if (isDeeper(value, NESTING_MAX)) return tooDeep;
    return { value, locate: (complaint) => place(document, lines, complaint) };
  } catch {
    // Every alias has its anchor: what is left to go wrong is that they are too many.
    return { errors: [nowhere('', `Expected at most ${ALIASES_MAX} uses of aliases`)] };
  }
}

interface Fault {
  code: string;
  message: string;
  pos: [number, number];
}

/** What the parser finds wrong. Of broken syntax only the first: the rest follows from it. */
function faultsOf(document: Document.Parsed): Fault[] {
  const all: Fault[] = [...document.errors, ...document.warnings];
  const broken = all.filter(({ code }) => code !== 'DUPLICATE_KEY');
  const exhausted = broken.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return [exhausted];
  if (all.length > 0) return all.filter((fault) => !broken.includes(fault) || fault === broken[0]);
  const dangling: Fault[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const from = alias.range?.[0] ?? 0;
      dangling.push({ code: 'ALIAS', message: `There is no anchor &${alias.source}`, pos: [from, from] });
    },
  });
  return dangling;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function yamlProblem(fault: Fault, lines: LineCounter): ConfigProblem {
  const { line, col } = lines.linePos(fault.pos[0]);
  // What follows a colon quotes the file, where a secret may stand.
  const [message = ''] = fault.message.split(/: ["']/);
  const isDouble = fault.code === 'DUPLICATE_KEY';
  const text = isDouble ? 'The same option stands here twice' : `Not YAML: ${message}`;
  return { path: '', line, column: col, text };
}

/** Finds the place of a path, or of its nearest parent that stands in the file. */
function place(document: Document, lines: LineCounter, complaint: Complaint): ConfigProblem {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of complaint.path.entries()) {
    const collection: unknown = isAlias(node) ? node.resolve(document) : node;
    const isLast = depth === complaint.path.length - 1;
    if (isYamlMap(collection)) {
      const pair = collection.items.find((item) => keyOf(item.key) === String(key));
      if (pair === undefined) break;
      const wanted = isLast && complaint.key === true ? pair.key : (pair.value ?? pair.key);
      offset = (wanted as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(collection)) {
      node = collection.items[Number(key)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  const { line, col } = lines.linePos(offset);
  return { path: pathText(complaint.path), line, column: col, text: complaint.text };
}

function keyOf(key: unknown): string {
  const value: unknown = typeof key === 'object' && key !== null && 'value' in key ? key.value : key;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
