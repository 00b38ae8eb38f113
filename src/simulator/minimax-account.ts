/** The free calls that both of MiniMax's video APIs share. Shapes from mmx-cli 1.0.27, read 2026-11-21. */

import { json, keyOf } from './answers.ts';
import type { ProviderName, Says, World } from './types.ts';

const BALANCE = 100;
const FILES_MAX = 100;

/** V1's envelope: what went wrong stands inside of an answer with status 200. */
export function baseResp(
  code = 0,
  text = 'success',
): { base_resp: { status_code: number; status_msg: string } } {
  return { base_resp: { status_code: code, status_msg: text } };
}

/** Answers `GET /account/query_balance` and `GET /v1/files/list`; null for any other path. */
export async function handleMinimaxAccount(
  request: Request,
  world: World,
  call: { provider: ProviderName; path: string; says: Says },
): Promise<Response | null> {
  const { provider, path, says } = call;
  const isBalance = path === '/account/query_balance';
  if (request.method !== 'GET' || (!isBalance && path !== '/v1/files/list')) return null;
  world.count(provider, 'checks');
  const struck = await world.strike(request, { provider, model: null, step: 'check' }, says);
  if (struck !== null) return struck;
  if (keyOf(request, 'Bearer') === null) return says.badKey();
  return json(200, isBalance ? balance(provider, world) : files(provider, world));
}

function balance(provider: ProviderName, world: World): Record<string, unknown> {
  const spent = world.submits(provider).reduce((sum, { costUsd }) => sum + costUsd, 0);
  const left = world.suffers(provider, 'no_credit', null) ? 0 : Math.max(0, BALANCE - spent);
  return {
    available_amount: left.toFixed(2),
    cash_balance: left.toFixed(2),
    voucher_balance: '0.00',
    credit_balance: '0.00',
    owed_amount: '0.00',
    balance_alert_switch: false,
    balance_alert_threshold: '',
    ...baseResp(),
  };
}

function files(provider: ProviderName, world: World): Record<string, unknown> {
  const made = world.submits(provider).slice(-FILES_MAX);
  return {
    files: made.map(({ jobId, at }) => ({
      file_id: jobId,
      bytes: 0,
      created_at: Math.floor(at / 1000),
      filename: 'output_aigc.mp4',
      purpose: 'video_generation',
    })),
    ...baseResp(),
  };
}
