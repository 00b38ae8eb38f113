/**
 * Writes weights into a file that nginx includes, or that njs reads; tests the configuration, and has nginx load it.
 * nginx refuses `weight=0` ("invalid parameter", seen with 1.22.1 on 2026-11-21): who is to get nothing is `down`.
 */

import { execFile } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { SECOND } from '../core/base.ts';
import type { Instant } from '../core/base.ts';
import type { PlanMember, RoutePlan } from '../core/route.ts';
import type { Applied } from '../ports/channels.ts';
import { defineSink } from './define.ts';
import { namedMembers, serversOption } from './servers.ts';
import type { Servers } from './servers.ts';

const COMMAND_MS_MAX = 8 * SECOND;
const OUTPUT_BYTES_MAX = 64 * 1024;
const WHY_CHARACTERS_MAX = 600;

function command(description: string) {
  return z.array(z.string().min(1)).min(1).max(20).meta({ description });
}

function path(description: string) {
  return z.string().startsWith('/', 'Expected a whole path').meta({ description });
}

const server = z
  .string()
  .regex(
    /^[\w.:[\]/-]+( [a-z_]+(=\w+)?)*$/,
    'Expected an address as `server` takes it, such as 10.0.0.1:8101',
  )
  .refine(
    (text) => !/ (weight=|down\b|backup\b)/.test(text),
    'Expected no weight, down or backup: they are ours',
  );

const options = z
  .strictObject({
    servers: serversOption(
      server,
      'Route, then target: what stands behind `server` in the upstream, such as `10.0.0.1:8101 max_fails=0`; with njs, a name that the script understands.',
    ),
    files: z.record(z.string().min(1), path('A file.')).meta({
      description:
        'Route: the file that is written, in a directory where we may write. An upstream includes it, or njs reads it.',
    }),
    write: z
      .enum(['servers', 'json'])
      .meta({
        description:
          'servers: lines for an upstream, tested and loaded by nginx. json: for njs, which reads the file at every request.',
      })
      .prefault('servers'),
    test: command('Says whether nginx would take the new file. Run without a shell.').prefault([
      'nginx',
      '-t',
    ]),
    pidFile: path('Where nginx writes its process id; it is sent HUP.').prefault('/run/nginx.pid'),
    reload: command('Run instead of sending HUP, e.g. where only root may do so.').optional(),
  })
  .refine(({ servers, files }) => Object.keys(servers).every((route) => files[route] !== undefined), {
    path: ['files'],
    error: 'Expected a file for each route',
  });

type Options = z.output<typeof options>;

export const nginx = defineSink({
  name: 'nginx',
  title: 'nginx',
  options,
  create: ({ options }) => {
    /** What nginx is known to have loaded; without it a crash between writing and loading would go unseen. */
    const loaded = new Map<string, string>();
    const writer = options.write === 'json' ? jsonOf : linesOf;
    return {
      routes: Object.keys(options.servers),
      push: async (plan, validUntil, signal) => {
        const file = options.files[plan.route] ?? '';
        const wanted = writer(plan, options.servers, validUntil);
        if ('why' in wanted) return { is: 'retry', afterMs: null, why: wanted.why };
        try {
          const why = await put(options, file, wanted.text, loaded, signal);
          if (why !== null) return { is: 'retry', afterMs: null, why };
        } catch (error) {
          return { is: 'retry', afterMs: null, why: `${file}: ${systemWords(error)}` };
        }
        return applied(plan);
      },
      readBack: async (plan) => {
        const file = options.files[plan.route] ?? '';
        const held = await read(file);
        if (held === null) return { is: 'differs', what: [`${file} is gone`] };
        return isOfPlan(held, writer(plan, options.servers, 0), options.write)
          ? { is: 'same' }
          : { is: 'differs', what: [`${file} holds something else`] };
      },
    };
  },
});

function applied({ epoch, generation }: RoutePlan): Applied {
  return { is: 'applied', epoch, generation };
}

/** @returns why not; null where nginx now has the new file */
async function put(
  options: Options,
  file: string,
  text: string,
  loaded: Map<string, string>,
  signal: AbortSignal,
): Promise<string | null> {
  const before = await read(file);
  // A plan is issued again every few minutes: nginx starts new workers only for other weights.
  if (before === text && loaded.get(file) === text) return null;
  if (before !== text) await replace(file, text);
  if (options.write === 'json') return null;
  const refused = await run(options.test, signal);
  if (refused !== null) {
    if (before === null) await rm(file, { force: true });
    else if (before !== text) await replace(file, before);
    return `nginx would not take the new file, the old one is back: ${refused}`.slice(0, WHY_CHARACTERS_MAX);
  }
  const why =
    options.reload === undefined ? await hangUp(options.pidFile) : await run(options.reload, signal);
  if (why === null) loaded.set(file, text);
  return why?.slice(0, WHY_CHARACTERS_MAX) ?? null;
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o644, flush: true });
  await rename(`${file}.new`, file);
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return null;
  }
}

/** HUP to the process of the pid file, if it is nginx: most other programs would end. */
async function hangUp(pidFile: string): Promise<string | null> {
  const pid = Number((await read(pidFile))?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return `${pidFile} holds no process id: is nginx running?`;
  const title = await read(`/proc/${pid}/cmdline`);
  const isLinux = (await read('/proc/self/cmdline')) !== null;
  if (isLinux && !title?.startsWith('nginx')) return `${pidFile} names process ${pid}, which is not nginx`;
  try {
    process.kill(pid, 'SIGHUP');
    return null;
  } catch (error) {
    return `nginx (process ${pid}) could not be told to load its configuration: ${systemWords(error)}`;
  }
}

/** @returns the command's own words where it failed; null where it did not */
function run([file = '', ...args]: readonly string[], signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { signal, timeout: COMMAND_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        const words = `${stderr}${stdout}`.trim();
        resolve(error === null ? null : `${file}: ${words === '' ? systemWords(error) : words}`);
      },
    );
  });
}

function systemWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Written = { text: string } | { why: string };

/** The same text for the same weights, so that an unchanged plan changes no file. */
function linesOf(plan: RoutePlan, servers: Servers): Written {
  const { members, unnamed } = namedMembers(plan, servers);
  if (unnamed.length > 0) return { why: `no server is configured for ${unnamed.join(', ')}` };
  const lines = members
    .filter(({ member }) => member.role !== 'exclude')
    .map(
      ({ member, server }) =>
        `server ${server} ${isDrained(member) ? 'down' : `weight=${Math.max(1, member.weight)}`};`,
    );
  if (!lines.some((line) => line.includes(' weight='))) return { why: 'the plan leaves nginx no server' };
  return {
    text: `# Written by reelwatch for the route ${plan.route}. Changes are overwritten.\n${lines.join('\n')}\n`,
  };
}

function isDrained({ role, weight }: PlanMember): boolean {
  return role !== 'serve' && weight === 0;
}

function jsonOf(plan: RoutePlan, servers: Servers, validUntil: Instant): Written {
  const { members, unnamed } = namedMembers(plan, servers);
  if (unnamed.length > 0) return { why: `no server is configured for ${unnamed.join(', ')}` };
  const document = {
    route: plan.route,
    epoch: plan.epoch,
    generation: plan.generation,
    valid_until_ms: validUntil,
    servers: members
      .filter(({ member }) => member.role !== 'exclude')
      .map(({ member, server }) => ({ server, weight: member.weight, base_weight: member.baseWeight })),
  };
  return { text: `${JSON.stringify(document)}\n` };
}

/** Until when a plan holds moves on by itself, and is no difference. */
function isOfPlan(held: string, wanted: Written, write: Options['write']): boolean {
  if ('why' in wanted) return false;
  const bare = (text: string) => (write === 'json' ? text.replace(/"valid_until_ms":\d+,/, '') : text);
  return bare(held) === bare(wanted.text);
}
