import { expect, it } from 'vitest';
import { watchStore } from '../../src/app/trouble.ts';
import type { StoreTrouble } from '../../src/ports/trouble.ts';

it('logs that the store is not usable, and that it works again, once each', async () => {
  const found: (StoreTrouble | null)[] = [null, 'full', 'full', 'replaced', null, null];
  const logged: string[] = [];
  const hear = (fields: object, message: string) => logged.push(`${JSON.stringify(fields)} ${message}`);
  const log = { debug: hear, info: hear, warn: hear, error: hear };
  let look = () => {};
  const store = { trouble: async () => found.shift() ?? null };
  const cron = { every: (_: string, run: (at: number) => void) => ({ stop: (look = () => run(0)) }) };
  const fatal = (error: unknown) => expect.fail(String(error));
  watchStore({ store, log, cron, fatal });

  while (found.length > 0) {
    look();
    await Promise.resolve();
    await Promise.resolve();
  }

  expect(logged).toEqual([
    '{"trouble":"full"} the store is not usable; /readyz says why',
    '{"trouble":"replaced"} the store is not usable; /readyz says why',
    '{} the store works again',
  ]);
});
