/** What is wrong with the store, in sentences that name no path. */

import type { StoreTrouble } from '../ports/trouble.ts';
import type { Board } from './board.ts';

export const TROUBLES: Readonly<Record<StoreTrouble, string>> = {
  replaced:
    "The store's file was deleted or replaced while reelwatch runs. What is written now is lost at its end: restore the file and restart.",
  not_alone:
    'The lock on the database is lost. Another reelwatch may hold it, so no canaries are ordered until it is taken again.',
  full: 'The disk of the store is full. Nothing is recorded and no canaries are ordered until there is room.',
  corrupt: 'The store is damaged. Restore it from a backup.',
  read_only: 'The store may only be read. Nothing is recorded and no canaries are ordered.',
  unavailable: 'The store cannot be reached. Nothing is recorded and no canaries are ordered.',
};

/** What is shown of providers is not what they are now, so nothing calls them fine. */
export function withTrouble(board: Board, trouble: StoreTrouble | null): Board {
  if (trouble === null) return board;
  return { ...board, headline: { tone: 'bad', text: TROUBLES[trouble], short: '✕ store' } };
}
