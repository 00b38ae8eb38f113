/** The free check that both of MiniMax's video APIs share. */

import { z } from 'zod';
import type { Api } from '../ports/http.ts';
import type { Checked } from '../ports/provider.ts';
import { minimaxAnswer, orThrow } from './minimax-codes.ts';
import { readAs } from './read.ts';

/** Keys that are billed by use; the others belong to token plans (mmx-cli 1.0.27, client/endpoints.ts). */
const BY_USE = /^sk-api-/;
/** Hosts in China, where amounts are in yuan. */
const IN_CHINA = /(^|\.)(minimaxi\.com|minimax\.cn|minimax\.chat)$/;

/** Amounts are texts: `"98.00"`. */
const balance = z.object({
  available_amount: z.union([z.string().regex(/^-?\d{1,12}(\.\d+)?$/), z.number()]),
});

export const FREE_CHECK = 'the balance of the account; with the key of a token plan the list of files';

/**
 * Asks for the balance where the key may see it, else for the list of files: either proves key and API.
 * That the balance is in dollars outside of China is unverified: the answer names no currency.
 */
export async function checkAccount(
  api: Api,
  { apiKey, baseUrl }: { apiKey: string; baseUrl: string },
  signal: AbortSignal,
): Promise<Checked> {
  const fine = { text: 'key accepted', balanceUsd: null, notices: [], isListed: null };
  if (!BY_USE.test(apiKey)) {
    orThrow(await api.get('/v1/files/list', minimaxAnswer, signal));
    return fine;
  }
  const reply = await api.get('/account/query_balance', minimaxAnswer, signal);
  const available = Number(readAs(balance, orThrow(reply), reply).available_amount);
  const isYuan = IN_CHINA.test(new URL(baseUrl).hostname);
  return {
    ...fine,
    text: `${isYuan ? '¥' : '$'}${available.toFixed(2)} available`,
    balanceUsd: isYuan ? null : available,
  };
}
