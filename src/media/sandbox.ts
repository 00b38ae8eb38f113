/** Runs the decoder with as few rights as this machine lets us give it. */

import { spawn } from 'node:child_process';
import type { Clock } from '../ports/clock.ts';

export interface Sandbox {
  /** A user of its own, without groups and without a way to more rights. */
  hasOwnUser: boolean;
  /** A network namespace of its own, with no interface that is up. */
  hasNoNetwork: boolean;
  /** What stands before the decoder's own command. */
  prefix: readonly string[];
}

export interface Limits {
  /** Processor time of the whole process. */
  cpuSMax: number;
  /** Writable private memory (RLIMIT_DATA), of which Node reserves about 550 MB that it never touches. */
  dataMbMax: number;
}

/** `nobody` on Debian, Alpine and Red Hat (checked 2026-12-01); it need not have a name to be used. */
const NOBODY = '65534';
const USER = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs', '--'];
const NO_NETWORK = ['unshare', '--net', '--'];
/** Without root, a namespace of users of one's own gives the right to one of networks, where the kernel allows it. */
const NO_NETWORK_AS_USER = ['unshare', '--map-root-user', '--net', '--'];
const FILES_MAX = 64;
const PROBE_MS_MAX = 10_000;

const UNCONFINED: Sandbox = { hasOwnUser: false, hasNoNetwork: false, prefix: [] };

/** From the strongest to the weakest. */
function candidates(isRoot: boolean): Sandbox[] {
  if (!isRoot) return [{ ...UNCONFINED, hasNoNetwork: true, prefix: NO_NETWORK_AS_USER }];
  return [
    { hasOwnUser: true, hasNoNetwork: true, prefix: [...NO_NETWORK, ...USER] },
    { ...UNCONFINED, hasOwnUser: true, prefix: USER },
    { ...UNCONFINED, hasNoNetwork: true, prefix: NO_NETWORK },
  ];
}

/**
 * The strongest sandbox in which a command ends with exit code 0: the tools may be missing, the kernel may forbid
 * namespaces, and another user may be unable to read our files.
 */
export async function chooseSandbox(
  command: readonly string[],
  limits: Limits,
  clock: Clock,
): Promise<Sandbox> {
  for (const sandbox of candidates(process.getuid?.() === 0))
    if (await works(wrapped(command, sandbox, limits), clock)) return sandbox;
  return UNCONFINED;
}

/**
 * A command with its limits: no core dumps, no byte written to a file, few open files, bounded memory and processor time.
 * A limit that the system does not know is left out.
 */
export function wrapped(command: readonly string[], { prefix }: Sandbox, limits: Limits): string[] {
  const { cpuSMax, dataMbMax } = limits;
  const set = [`-c 0`, `-f 0`, `-n ${FILES_MAX}`, `-t ${cpuSMax}`, `-d ${dataMbMax * 1_024}`];
  const script = `${set.map((limit) => `ulimit ${limit} 2>/dev/null`).join('; ')}; exec "$@"`;
  return [...prefix, '/bin/sh', '-c', script, 'sh', ...command];
}

async function works([program = '', ...args]: string[], clock: Clock): Promise<boolean> {
  const child = spawn(program, args, { env: {}, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {});
  const over = new AbortController();
  void clock.sleep(PROBE_MS_MAX, over.signal).then(() => child.kill('SIGKILL'));
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  over.abort();
  return code === 0;
}

/** For the log. */
export function describeSandbox({ hasOwnUser, hasNoNetwork }: Sandbox): string {
  const user = hasOwnUser ? 'as its own user' : 'as the user of the daemon';
  const network = hasNoNetwork ? 'without network' : 'with network access';
  return `videos are decoded ${user}, ${network}`;
}
