/** One plan, and what is pushed of it. */

import { webhook } from '../../src/routers/webhook.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import { AT_REST } from '../../src/core/route.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Http } from '../../src/ports/http.ts';
import type { Signer } from '../../src/ports/signer.ts';
import { signerOf } from '../../src/system/signing.ts';
import { NO_TCP } from '../app/world.ts';
import { door, noSignal, now, stoppedClock } from '../alerts/doors.ts';

export const url = 'https://router.example/hooks/reelwatch?tenant=a';
export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const otherSecret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
export const validUntil = now + 15 * 60_000;

export const member = {
  baseWeight: 30,
  role: 'serve' as const,
  state: 'healthy' as const,
  since: now,
  reason: { code: 'ok', text: 'ok' },
  ...AT_REST,
  wanted: 50,
};
export const plan: RoutePlan = {
  route: 't2v.default',
  mode: 'enforce',
  posture: 'normal',
  epoch: 7,
  generation: 412,
  previous: 411,
  issuedAt: now,
  members: [
    { ...member, target: 'kling/kling-2.5', weight: 47 },
    { ...member, target: 'runway/gen4.5', weight: 0, role: 'drain', state: 'down' },
    { ...member, target: 'luma/ray-3', weight: 53 },
  ],
  fallback: ['luma/ray-3', 'kling/kling-2.5', 'runway/gen4.5'],
  frozen: null,
  transition: { target: 'runway/gen4.5', from: 'suspect', to: 'down', reason: 'bad_output' },
};

export const key = `whsk_${Buffer.alloc(32, 3).toString('base64')}`;
export const otherKey = `whsk_${Buffer.alloc(32, 4).toString('base64')}`;

export function sink(
  http: Http,
  more: Record<string, unknown> = {},
  clock: Clock = stoppedClock(),
  signer: Signer = signerOf(key),
) {
  const options = webhook.options.parse({ url, secret, ...more });
  return webhook.create({ options, http, clock, tcp: NO_TCP, signer });
}

export async function pushed(
  more: Record<string, unknown> = {},
  clock?: Clock,
  sent: RoutePlan = plan,
  signer?: Signer,
) {
  const { http, heard } = door(() => new Response(null, { status: 204 }));
  await sink(http, more, clock, signer).push(sent, validUntil, noSignal());
  const [request] = heard;
  if (!request) throw new Error('nothing was sent');
  return request;
}
