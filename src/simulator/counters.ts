/** The simulator's books: who ordered what, and how often each kind of call came. */

import { PROVIDERS } from './types.ts';
import type { Counted, Counters, ProviderName, Submit } from './types.ts';

/** The newest orders that are kept one by one; totals go on counting. */
export const SUBMITS_KEPT_MAX = 5_000;

export interface Books {
  submit: (provider: ProviderName, submit: Submit) => void;
  count: (provider: ProviderName, what: Counted) => void;
  /** A copy: later calls do not change it. */
  read: () => Counters;
  submits: (provider: ProviderName) => readonly Submit[];
}

export function createBooks(): Books {
  const books = Object.fromEntries(
    PROVIDERS.map((name) => [
      name,
      {
        submits: [],
        submitsTotal: 0,
        submitsByModel: {},
        costUsd: 0,
        refused: 0,
        polls: 0,
        downloads: 0,
        checks: 0,
        cancels: 0,
      },
    ]),
  ) as unknown as Counters;
  return {
    submit: (provider, submit) => {
      const book = books[provider];
      book.submits.push(submit);
      if (book.submits.length > SUBMITS_KEPT_MAX) book.submits.shift();
      book.submitsTotal += 1;
      book.submitsByModel[submit.model] = (book.submitsByModel[submit.model] ?? 0) + 1;
      book.costUsd = Math.round((book.costUsd + submit.costUsd) * 1e6) / 1e6;
    },
    count: (provider, what) => {
      books[provider][what] += 1;
    },
    read: () => structuredClone(books),
    submits: (provider) => books[provider].submits,
  };
}
