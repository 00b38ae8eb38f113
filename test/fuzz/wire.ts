/** The network of a run: the simulator behind several origins, one answer of which may lie, and a hostile host. */

import type { Clock } from '../../src/ports/clock.ts';
import type { Draw } from '../../src/simulator/random.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { bodyOf, broken, never, type Meter } from './bodies.ts';
import { mutate, type Lie, type Said } from './mutations.ts';
import { API, ASSETS, LOGIN, PLATFORM, STORE } from './subjects.ts';
import { EVIL } from './values.ts';

export type Step = 'login' | 'submit' | 'poll' | 'fetch' | 'check';

/** One request on the wire, and whether the answer was a lie. */
export interface Seen {
  step: Step;
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  said: Said | null;
  isLie: boolean;
}

/** Where and how answers of a run go wrong. */
export interface Plan {
  step: Step;
  /** Which request of this step, from 0. */
  nth: number;
  /** Whether every later answer of the step goes wrong too. */
  isForGood: boolean;
  mutation: string;
}

export interface WireGiven {
  clock: Clock;
  plan: Plan | null;
  draw: Draw;
  others: readonly Said[];
  /** What the run is about at this moment. */
  step: () => Step;
}

const SERVED = [API, PLATFORM, LOGIN, STORE, ASSETS];
/** A daemon that asks more often than this in one run is in a loop. */
const REQUESTS_MAX = 400;

export function createWire({ clock, plan, draw, others, step }: WireGiven) {
  const simulator = createSimulator({ now: clock.now, seed: 7, origin: API, revived: true });
  const meter: Meter = { stalls: 0, bytesMax: 0 };
  const seen: Seen[] = [];
  const counts = new Map<Step, number>();

  const truthOf = async (request: Request, url: URL, body: string): Promise<Said> => {
    if (url.origin === EVIL) return evil(url);
    if (!SERVED.includes(url.origin))
      return { status: 404, headers: [], bytes: new Uint8Array(), flow: WHOLE };
    const { method, headers } = request;
    // Where OpenRouter's answers send people begins at its origin, which the simulator shares with others.
    const mount = url.pathname.startsWith('/api/v1/') ? '/openrouter' : '';
    const address = `${API}${mount}${url.pathname}${url.search}`;
    const init = method === 'GET' ? { headers } : { headers, ...(body !== '' && { body: bytesOf(body) }) };
    return said(await simulator.handle(new Request(address, { method, ...init })));
  };

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer()).toString('latin1');
    const here = url.origin === LOGIN ? 'login' : step();
    const nth = counts.get(here) ?? 0;
    counts.set(here, nth + 1);
    const headers = Object.fromEntries(request.headers);
    const entry: Seen = { step: here, method: request.method, url, headers, body, said: null, isLie: false };
    seen.push(entry);
    if (seen.length > REQUESTS_MAX) throw broken('ECONNRESET');
    const truth = await truthOf(request, url, body);
    const isAimed = plan?.step === here && (plan.isForGood ? nth >= plan.nth : nth === plan.nth);
    entry.isLie = isAimed && url.origin !== EVIL;
    const proofs = proofsOf(headers);
    const lie: Lie =
      plan && entry.isLie ? mutate(plan.mutation, truth, { draw, url: url.href, proofs, others }) : truth;
    if (lie === 'never') return never(request.signal, meter);
    if ('breaks' in lie) throw broken(lie.breaks);
    entry.said = lie;
    return respond(lie, clock, meter);
  };

  return { fetch, simulator, meter, seen };
}

const WHOLE = { is: 'whole' } as const;
const bytesOf = (latin1: string) => new Uint8Array(Buffer.from(latin1, 'latin1'));

/** Videos get an origin of their own, as the real stores have one. */
async function said(response: Response): Promise<Said> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = [...response.headers];
  const isText = headers.some(([name, value]) => name === 'content-type' && value.includes('json'));
  const moved = isText
    ? new TextEncoder().encode(
        new TextDecoder().decode(bytes).replaceAll(`${API}/assets/`, `${ASSETS}/assets/`),
      )
    : bytes;
  return {
    status: response.status,
    headers: headers.filter(([name]) => !isText || name !== 'content-length'),
    bytes: moved,
    flow: WHOLE,
  };
}

/** A host that gives a video to whoever comes, or sends people on. */
function evil({ pathname }: URL): Said {
  const places: Record<string, string> = {
    '/again': `${EVIL}/again`,
    '/home': `${API}/v.mp4`,
    '/file': 'file:///etc/passwd',
    '/private': 'http://169.254.169.254/latest/meta-data/',
  };
  const location = places[pathname];
  if (location !== undefined)
    return { status: 302, headers: [['location', location]], bytes: new Uint8Array(), flow: WHOLE };
  return {
    status: 200,
    headers: [['content-type', 'video/mp4']],
    bytes: Buffer.from(`0000ftypisom${'0'.repeat(2_000)}`),
    flow: WHOLE,
  };
}

/** The headers in which callers prove who they are. */
export function proofsOf(headers: Record<string, string>): string[] {
  const names = /^(authorization|.*-key|.*-token|cookie)$/;
  return Object.entries(headers).flatMap(([name, value]) => (names.test(name) ? [value] : []));
}

function respond({ status, headers, bytes, flow }: Said, clock: Clock, meter: Meter): Response {
  const hasNone = [204, 205, 304].includes(status) || (bytes.byteLength === 0 && flow.is === 'whole');
  const body = flow.is === 'whole' ? new Uint8Array(bytes) : bodyOf(bytes, flow, clock, meter);
  return new Response(hasNone ? null : body, { status, headers });
}
