/** Reading a source tree well enough for house rules: no parser, only comments, strings and braces. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Source {
  /** From the root of the repository, with forward slashes: `src/core/base.ts`. */
  path: string;
  text: string;
  /** The text with comments blanked, line breaks kept. */
  uncommented: string;
  /** The text with comments and the insides of strings and regular expressions blanked. */
  code: string;
}

export interface Import {
  line: number;
  /** `src/…` for a file of ours, else the package's name or `node:…`. */
  from: string;
  isRelative: boolean;
}

export function readTree(root: string, folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => source(path, readFileSync(join(root, path), 'utf8')));
}

export function source(path: string, text: string): Source {
  return { path, text, ...blanked(text) };
}

export function importsOf({ path, uncommented }: Source): Import[] {
  const pattern = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return [...uncommented.matchAll(pattern)].map((match) => {
    const [, , named = ''] = match;
    const isRelative = named.startsWith('.');
    const from = isRelative ? posix.join(posix.dirname(path), named) : packageOf(named);
    return { line: lineAt(uncommented, match.index), from, isRelative };
  });
}

function packageOf(named: string): string {
  if (named.startsWith('node:')) return named;
  return named
    .split('/')
    .slice(0, named.startsWith('@') ? 2 : 1)
    .join('/');
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

const OPEN = '([{';
const CLOSE = ')]}';

/** Where the bracket at `start` is closed; the end of the text where it never is. */
export function closing(code: string, start: number): number {
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    const char = code.charAt(at);
    if (OPEN.includes(char)) depth++;
    else if (CLOSE.includes(char) && --depth === 0) return at;
  }
  return code.length;
}

/** What may stand before a slash that begins a regular expression rather than a division. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};<>+*%~^-]|\b(?:return|case|typeof|in|of|await))\s*$/;

function blanked(text: string): { uncommented: string; code: string } {
  const parts: { text: string; kind: 'code' | 'comment' | 'string' }[] = [];
  const templates: number[] = [];
  let at = 0;
  let depth = 0;
  let from = 0;
  const cut = (kind: 'comment' | 'string', end: number) => {
    parts.push({ text: text.slice(from, at), kind: 'code' }, { text: text.slice(at, end), kind });
    at = end;
    from = end;
  };
  while (at < text.length) {
    const char = text.charAt(at);
    if (text.startsWith('//', at) || text.startsWith('#!', at)) cut('comment', find(text, /\n|$/g, at));
    else if (text.startsWith('/*', at)) cut('comment', find(text, /\*\/|$/g, at + 2, true));
    else if (char === "'" || char === '"') cut('string', endOfQuoted(text, at, char));
    else if (char === '`') cut('string', endOfTemplate(text, at + 1, templates, depth));
    else if (char === '}' && templates.at(-1) === depth) {
      templates.pop();
      cut('string', endOfTemplate(text, at + 1, templates, depth));
    } else if (char === '/' && BEFORE_REGEX.test(text.slice(Math.max(0, at - 40), at)))
      cut('string', endOfRegex(text, at));
    else {
      if (char === '{') depth++;
      if (char === '}') depth--;
      at++;
    }
  }
  parts.push({ text: text.slice(from), kind: 'code' });
  const render = (hidden: string) =>
    parts.map((part) => (hidden.includes(part.kind) ? blank(part) : part.text)).join('');
  return { uncommented: render('comment'), code: render('comment string') };
}

function blank({ text, kind }: { text: string; kind: string }): string {
  const spaces = text.replaceAll(/[^\n]/g, ' ');
  // The quotes stay, so that what stood around a string still looks like an argument.
  return kind === 'string' && text.length > 1 ? `'${spaces.slice(1, -1)}'` : spaces;
}

function find(text: string, pattern: RegExp, at: number, isAfter = false): number {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match ? match.index + (isAfter ? match[0].length : 0) : text.length;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote || text[at] === '\n') return at + 1;
  }
  return text.length;
}

/** The end of a template's text: its last back quote, or the `${` that opens code, which is noted with its depth. */
function endOfTemplate(text: string, start: number, templates: number[], depth: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) {
      templates.push(depth);
      return at + 2;
    }
  }
  return text.length;
}

function endOfRegex(text: string, start: number): number {
  let isInClass = false;
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') isInClass = true;
    else if (text[at] === ']') isInClass = false;
    else if (text[at] === '/' && !isInClass) return at + 1;
  }
  return start + 1;
}
