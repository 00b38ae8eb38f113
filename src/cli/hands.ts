/** `reelwatch pin`, `unpin`, `freeze` and `thaw`: what people say about weights, said to the running daemon. */

import { frozen, pinned, type PlanShape } from '../web/hands.ts';
import { end, EXIT } from './exit.ts';
import type { Remote, RemoteOptions } from './remote.ts';
import { remoteOf } from './remote.ts';

export interface SignedOptions extends RemoteOptions {
  by?: string;
  because?: string;
  json?: true;
}

export async function pin(
  route: string,
  target: string,
  weight: string,
  options: SignedOptions & { for: string },
): Promise<void> {
  const points = weight === 'exclude' ? weight : Number(weight);
  if (weight.trim() === '' || Number.isNaN(points))
    end(EXIT.usage, `Expected a weight from 0 to 100, or exclude, got ${weight}.`);
  const remote = remoteOf(options, 'operate');
  const json = { weight: points, for: options.for, ...signatureOf(options, remote) };
  const answer = await remote.call('PUT', pinPath(route, target), { json }, pinned);
  if (options.json) return print(JSON.stringify(answer));
  const { pin } = answer;
  if (pin === null) return print(`${target} is not pinned in ${route}.`);
  const what = pin.weight === 'exclude' ? 'excluded' : `pinned at ${pin.weight}`;
  print(
    `${pin.target} is ${what} in ${pin.route} until ${short(pin.until)}, by ${pin.author}: ${pin.reason}. ${now(answer.route)}`,
  );
}

export async function unpin(route: string, target: string, options: SignedOptions): Promise<void> {
  const remote = remoteOf(options, 'operate');
  const path = `${pinPath(route, target)}${queryOf(options, remote)}`;
  const answer = await remote.call('DELETE', path, null, pinned);
  if (options.json) return print(JSON.stringify(answer));
  print(`${target} is no longer pinned in ${route}. ${now(answer.route)}`);
}

export async function freeze(route: string | null, options: SignedOptions & { for?: string }): Promise<void> {
  const remote = remoteOf(options, 'operate');
  const lasting = options.for === undefined ? {} : { for: options.for };
  const json = { ...lasting, ...signatureOf(options, remote) };
  const answer = await remote.call('PUT', freezePath(route), { json }, frozen);
  if (options.json) return print(JSON.stringify(answer));
  const { freeze } = answer;
  if (freeze === null) return print('Nothing is frozen.');
  const until = freeze.until === null ? 'until lifted' : `until ${short(freeze.until)}`;
  const held = answer.routes.map(({ id, weights }) => `${id} at ${listOf(weights)}`).join('; ');
  print(`${nameOf(route)} frozen ${until}, by ${freeze.author}: ${freeze.reason}. Held: ${held}.`);
}

export async function thaw(route: string | null, options: SignedOptions): Promise<void> {
  const remote = remoteOf(options, 'operate');
  const answer = await remote.call('DELETE', `${freezePath(route)}${queryOf(options, remote)}`, null, frozen);
  if (options.json) return print(JSON.stringify(answer));
  const still = answer.routes.flatMap(({ id, frozen }) =>
    frozen === null ? [] : [`${id} is still held by ${frozen.by}: ${frozen.why}`],
  );
  const said = `The freeze of ${route ?? 'all routes'} is lifted. ${answer.routes.map(now).join(' ')}`;
  print(still.length === 0 ? said : `${said} But ${still.join('; ')}.`);
}

function pinPath(route: string, target: string): string {
  return `/v1/pins/${encodeURIComponent(route)}/${encodeURIComponent(target)}`;
}

function freezePath(route: string | null): string {
  return route === null ? '/v1/freeze' : `/v1/freeze/${encodeURIComponent(route)}`;
}

/** A person signs as they say, or with their token, or by the name under which they use this machine. */
function signatureOf(
  { by, because }: SignedOptions,
  { isNamed }: Remote,
): { author?: string; reason?: string } {
  const author = by ?? (isNamed ? undefined : process.env['USER'] || undefined);
  return { ...(author !== undefined && { author }), ...(because !== undefined && { reason: because }) };
}

function queryOf(options: SignedOptions, remote: Remote): string {
  const query = new URLSearchParams(signatureOf(options, remote)).toString();
  return query === '' ? '' : `?${query}`;
}

function now({ id, mode, posture, weights }: PlanShape): string {
  const dry = mode === 'dry_run' ? ' (a dry run: routers keep to their base weights)' : '';
  const held = posture === 'frozen' ? ', frozen' : '';
  return `Weights of ${id} now${held}: ${listOf(weights)}${dry}.`;
}

function listOf(weights: PlanShape['weights']): string {
  return Object.entries(weights)
    .map(([target, weight]) => `${target} ${weight}`)
    .join(', ');
}

function nameOf(route: string | null): string {
  return route === null ? 'All routes are' : `${route} is`;
}

/** To the second: nobody means more. */
function short(iso: string): string {
  return iso.replace(/\.\d{3}Z$/, 'Z');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
