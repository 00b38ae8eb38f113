/**
 * Sets weights over HAProxy's runtime API and reads them back
 * (https://docs.haproxy.org/2.6/management.html#9.3, commands seen with 2.6.12 on 2026-11-21).
 */

import { isIP } from 'node:net';
import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Applied, ReadBack } from '../ports/channels.ts';
import { TcpError } from '../ports/tcp.ts';
import type { Place, Tcp } from '../ports/tcp.ts';
import { defineSink } from './define.ts';
import { haproxyServer, namedMembers, serversOption } from './servers.ts';
import type { Named, Servers } from './servers.ts';

const timeMsMax = 3 * SECOND;
/** `show servers state` takes about 120 characters a server. */
const charactersMax = 1024 * 1024;
/** HAProxy reads a command line into one buffer of 16 kB (tune.bufsize). */
const COMMAND_CHARACTERS_MAX = 8_000;
const WHY_CHARACTERS_MAX = 300;
/** Bits of srv_agent_state (include/haproxy/check-t.h): an agent is configured, and it is asked. */
const AGENT_CONFIGURED = 2;
const AGENT_ENABLED = 4;

const options = z.strictObject({
  socket: z
    .string()
    .refine((text) => text.startsWith('/') || placeOf(text) !== null, {
      error: 'Expected the path of a unix socket, or a port on the loopback such as 127.0.0.1:9999',
    })
    .meta({
      description:
        "HAProxy's `stats socket` of level admin: the path of a unix socket, or `127.0.0.1:port`. TCP has no password.",
    }),
  servers: serversOption(
    haproxyServer,
    'Route, then target: the `backend/server` of HAProxy that stands for it. Each server should be configured with `weight 100`.',
  ),
});

interface Server {
  weight: number;
  /** Somebody ran `disable agent` on it: HAProxy's way to pin a weight. */
  isPinned: boolean;
}

export const haproxySocket = defineSink({
  name: 'haproxy-socket',
  title: 'HAProxy, runtime socket',
  options,
  create: ({ options, tcp }) => {
    const run: Run = (command, signal) =>
      tcp.ask(
        placeOf(options.socket) ?? { path: options.socket },
        `${command}\n`,
        { charactersMax, timeMsMax },
        signal,
      );
    return {
      routes: Object.keys(options.servers),
      push: (plan, _validUntil, signal) =>
        orElse(push(run, plan, options.servers, signal), (why) => ({ is: 'retry', afterMs: null, why })),
      readBack: (plan, signal) =>
        orElse(readBack(run, plan, options.servers, signal), (why) => ({ is: 'unreachable', why })),
    };
  },
});

type Run = (command: string, signal: AbortSignal) => ReturnType<Tcp['ask']>;

async function orElse<T>(work: Promise<T>, otherwise: (why: string) => T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof TcpError)) throw error;
    return otherwise(`no answer from HAProxy: ${error.code}`);
  }
}

async function push(run: Run, plan: RoutePlan, servers: Servers, signal: AbortSignal): Promise<Applied> {
  const named = namedMembers(plan, servers);
  const show = showOf(named);
  const before = serversIn(await run(show, signal));
  const wanted = wantedOf(named, before);
  let said = '';
  // A weight of 0 takes new jobs away and keeps the running ones; `down` and `maint` would lose them.
  for (const command of commandsOf(wanted.map(({ server, weight }) => `set weight ${server} ${weight}`)))
    said += await run(command, signal);
  const after = await run(show, signal);
  const wrong = [...absent(named, before), ...differences(wanted, serversIn(after))];
  if (wrong.length > 0) return { is: 'retry', afterMs: null, why: sentence(wrong, said) };
  const pinned = named.members.filter(({ server }) => before.get(server)?.isPinned);
  return {
    is: 'applied',
    epoch: plan.epoch,
    generation: plan.generation,
    notes: pinned.map(
      ({ server }) => `${server} keeps weight ${before.get(server)?.weight}: its agent is disabled`,
    ),
  };
}

async function readBack(run: Run, plan: RoutePlan, servers: Servers, signal: AbortSignal): Promise<ReadBack> {
  const named = namedMembers(plan, servers);
  const held = serversIn(await run(showOf(named), signal));
  const what = [...absent(named, held), ...differences(wantedOf(named, held), held)];
  return what.length === 0 ? { is: 'same' } : { is: 'differs', what };
}

function showOf({ members }: Named): string {
  const backends = new Set(members.map(({ server }) => server.slice(0, server.indexOf('/'))));
  return [...backends].map((backend) => `show servers state ${backend}`).join(';');
}

/** As few command lines as HAProxy's buffer allows. */
function commandsOf(commands: readonly string[]): string[] {
  const lines: string[] = [];
  for (const command of commands) {
    const joined = `${lines.at(-1) ?? ''};${command}`;
    if (lines.length > 0 && joined.length <= COMMAND_CHARACTERS_MAX) lines[lines.length - 1] = joined;
    else lines.push(command);
  }
  return lines;
}

/** Columns by their names: later versions have more of them. */
function serversIn(text: string): ReadonlyMap<string, Server> {
  const servers = new Map<string, Server>();
  let columns: string[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(' ');
    if (fields[0] === '#') columns = fields.slice(1);
    if (fields.length < columns.length || fields[0] === '#') continue;
    const field = (name: string) => fields[columns.indexOf(name)] ?? '';
    const agent = Number(field('srv_agent_state'));
    if (field('srv_uweight') === '') continue;
    servers.set(`${field('be_name')}/${field('srv_name')}`, {
      weight: Number(field('srv_uweight')),
      isPinned: (agent & AGENT_CONFIGURED) !== 0 && (agent & AGENT_ENABLED) === 0,
    });
  }
  return servers;
}

interface Wanted {
  server: string;
  weight: number;
}

function wantedOf({ members }: Named, held: ReadonlyMap<string, Server>): Wanted[] {
  return members
    .filter(({ server }) => held.get(server)?.isPinned === false)
    .map(({ member, server }) => ({ server, weight: member.weight }));
}

function absent({ members, unnamed }: Named, held: ReadonlyMap<string, Server>): string[] {
  return [
    ...unnamed.map((target) => `no server is configured for ${target}`),
    ...members.filter(({ server }) => !held.has(server)).map(({ server }) => `HAProxy has no ${server}`),
  ];
}

function differences(wanted: readonly Wanted[], held: ReadonlyMap<string, Server>): string[] {
  return wanted
    .filter(({ server, weight }) => held.get(server)?.weight !== weight)
    .map(({ server, weight }) => `${server} has weight ${held.get(server)?.weight}, not ${weight}`);
}

/** What is wrong, and HAProxy's own words where it had any. */
function sentence(wrong: readonly string[], said: string): string {
  const words = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return [...wrong, ...words.map((line) => `HAProxy said: ${line}`)].join('; ').slice(0, WHY_CHARACTERS_MAX);
}

/** A port on this machine; null for anything else. */
function placeOf(text: string): Place | null {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const address = host.replace(/^\[|\]$/g, '');
  const isLoopback =
    address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
  return isLoopback && Number(port) > 0 && Number(port) < 65_536
    ? { host: address, port: Number(port) }
    : null;
}
