/** `${NAME}` and `${NAME:-default}` in the values of the file. */

import { isMap } from './walk.ts';

type Path = (string | number)[];

export interface Interpolated {
  value: unknown;
  /** What stood in the file where something was put in, by path. Never the value itself, which may be a secret. */
  written: Map<string, string>;
  problems: { path: Path; text: string }[];
}

export function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

/** Puts the environment into every text; `$${` stands for a plain `${`. An empty variable counts as missing. */
export function interpolate(value: unknown, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const written: Interpolated['written'] = new Map();
  const problems: Interpolated['problems'] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]));
    if (isMap(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    }
    if (typeof value !== 'string' || !value.includes('${')) return value;
    written.set(pathKey(path), value);
    return fillIn(value, env, (text) => problems.push({ path, text }));
  };
  return { value: walk(value, []), written, problems };
}

function fillIn(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  complain: (text: string) => void,
): string {
  return text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (all, inside: string | undefined) => {
    if (inside === undefined) return '${';
    const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? [];
    if (name === undefined || !all.endsWith('}')) {
      complain('Expected ${NAME} or ${NAME:-default}; write $${ for a plain ${');
      return all;
    }
    const found = env[name];
    if (found !== undefined && found !== '') return found;
    if (fallback !== undefined) return fallback;
    complain(`The environment variable ${name} is ${found === undefined ? 'not set' : 'empty'}`);
    return all;
  });
}
