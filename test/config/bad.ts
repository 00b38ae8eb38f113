/** What the tables of bad files share. */

import { expect, it } from 'vitest';
import { GOOD, load, sentences } from './fakes.ts';

export interface Bad {
  what: string;
  text: string;
  says: string[];
  env?: Record<string, string>;
  files?: Record<string, string>;
}

/** The good file with one line put in the place of another (counted from 1). */
export function spoilt(line: number, ...instead: string[]): string {
  return GOOD.split('\n')
    .toSpliced(line - 1, 1, ...instead)
    .join('\n');
}

export function refuses(cases: readonly Bad[]): void {
  it.each(cases)('with $what is refused with the line and the reason', ({ text, says, env, files }) => {
    const result = load(text, { ...(env && { env }), ...(files && { files }) });

    expect(sentences(result)).toEqual(says);
    expect(result.ok).toBe(false);
  });
}
