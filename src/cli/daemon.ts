/** The daemon with its real ports: what `run` and `demo` share. */

import { hostname } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../app/app.ts';
import type { App } from '../app/app.ts';
import { createHeaderLog } from '../app/header-log.ts';
import { SECOND } from '../core/base.ts';
import { secretsOf } from '../config/print.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { createSettings } from '../config/settings.ts';
import { createMedia } from '../media/inspect.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { Signer } from '../ports/signer.ts';
import type { BadRow } from '../ports/bad-row.ts';
import { RENDERS } from '../routers/render/index.ts';
import { systemClock } from '../system/clock.ts';
import { createCron } from '../system/cron.ts';
import { createFlag } from '../system/flag.ts';
import { createHttp } from '../system/http.ts';
import { openLocalToken } from '../system/local-token.ts';
import { takeLock } from '../system/lock.ts';
import { createScratch } from '../system/scratch.ts';
import { openSigner } from '../system/signing.ts';
import { createTcp } from '../system/tcp.ts';
import type { Token } from '../web/access.ts';
import type { Extra } from '../web/extra.ts';
import { createMetrics } from '../web/metrics.ts';
import type { Metrics } from '../web/metrics.ts';
import { createServer } from '../web/server.ts';
import { openForDaemon } from './database.ts';
import type { OwnOptions } from './database.ts';
import { attempt, end, EXIT } from './exit.ts';
import { VERSION } from './version.ts';

/** A stop that takes longer than this has hung; everything that matters is in the store. */
const STOP_MS_MAX = 5 * SECOND;
/** In the data directory, where no other place is named. */
const FREEZE_FILE = 'freeze';

export interface Daemon {
  app: App;
  settings: Settings;
  url: string;
}

/** Starts everything, or ends the process with a sentence when the port or the data directory is taken. */
export async function startDaemon(
  config: ResolvedConfig,
  log: Log,
  own: Pick<OwnOptions, 'isDemo' | 'isNew'>,
  extra?: Extra,
): Promise<Daemon> {
  const { server: where, data, plans } = config.options;
  outliveTerminal(log);
  ownDirectory(data.dir);
  const clock = systemClock;
  const http = createHttp({ clock, secrets: secretsOf(config), userAgent: `reelwatch/${VERSION}` });
  const signer = signerOf(config);
  const { watch, run } = createHeaderLog(clock);
  const settings = createSettings(config, { http, tcp: createTcp({ clock }), clock, signer, log, watch });
  const metrics = createMetrics({ settings, clock, version: VERSION });
  const store = await openForDaemon(config, { ...own, onBadRow: badRows(log, metrics) });
  const tokens = tokensOf(config);
  const app = await createApp({
    settings,
    store,
    clock,
    cron: createCron(systemClock),
    http,
    media: createMedia({ timeMsMax: 30 * SECOND, memoryMbMax: 512, concurrencyMax: 2, clock, log }),
    scratch: createScratch(join(data.dir, 'scratch')),
    log,
    flag: createFlag(plans.freezeFile ?? join(data.dir, FREEZE_FILE)),
    observe: () => metrics,
    fatal: (error) => endOn(error, log),
  });
  const web = createServer({
    view: app.view,
    store,
    settings,
    clock,
    metrics,
    outcomes: app.outcomes,
    hands: app.hands,
    log,
    version: VERSION,
    renders: RENDERS,
    signer,
    tokens,
    hosts: hostsOf(config),
    ...(extra === undefined ? {} : { extra }),
  });
  const { url } = await web.listen(where.port, where.host).catch(refuse(where));
  const over = new AbortController();
  void run({ store, log }, over.signal);
  stopOnSignals(log, async () => {
    over.abort();
    await app.stop();
    await web.close();
    await http.close();
    await store.close();
  });
  await app.start();
  return { app, settings, url };
}

function endOn(error: unknown, log: Log): void {
  log.error({ error }, 'Unexpected internal error; exiting so that the supervisor can restart');
  const detail = error instanceof Error ? error.stack : String(error);
  end(EXIT.fault, `reelwatch stopped on an internal error: ${detail}`);
}

/** A terminal that closes sends SIGHUP and takes no more text; a supervisor sends SIGHUP to ask for a reload. */
function outliveTerminal(log: Log): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('SIGHUP', () => log.warn({}, 'SIGHUP is ignored: the configuration is read at the start only'));
}

/** The configured tokens; without any, one that the commands on this machine find in the data directory. */
function tokensOf({ options: { data, server } }: ResolvedConfig): readonly Token[] {
  if (server.tokens.length > 0) return server.tokens;
  const token = attempt(() => openLocalToken(data.dir), `The data directory ${data.dir} cannot be used`);
  return [{ name: 'local', token, scopes: ['report', 'operate'] }];
}

/** The names under which requests may reach the server. */
function hostsOf({ publicUrl, options: { server } }: ResolvedConfig): string[] {
  const published = URL.parse(publicUrl)?.hostname ?? '';
  return [...server.hosts, server.host, hostname(), published].filter((name) => name !== '');
}

function badRows(log: Log, metrics: Metrics): (row: BadRow) => void {
  return (row) => {
    log.error({ ...row }, 'a row of the store was set aside: it cannot be read, or the database refuses it');
    metrics.badRow(row);
  };
}

/** What answers and pushes are signed with; ends the process with a sentence where a key is none. */
function signerOf({ options: { data, server } }: ResolvedConfig): Signer {
  const keys = { current: server.signingKey, previous: server.previousSigningKey };
  try {
    return openSigner(data.dir, keys);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return end(EXIT.taken, `Answers and pushes cannot be signed: ${error.message}${why}.`);
  }
}

/** Makes the data directory ours until the process ends. */
function ownDirectory(directory: string): void {
  const lock = attempt(() => takeLock(directory), `The data directory ${directory} cannot be used`);
  if ('heldBy' in lock) {
    end(
      EXIT.taken,
      `reelwatch is already running on ${directory} (process ${lock.heldBy}); only one may pay for its canaries.`,
    );
  }
  process.once('exit', () => lock.release());
}

/** Says that the port is taken, or what else the system has against it; a fault of ours is thrown on. */
function refuse(where: { port: number; host: string }): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    if (error.code !== 'EADDRINUSE')
      end(EXIT.taken, `Cannot listen on ${where.host}, port ${where.port}: ${error.message}.`);
    end(
      EXIT.taken,
      `Port ${where.port} on ${where.host} is taken: is reelwatch already running? REELWATCH_PORT moves it.`,
    );
  };
}

/** The first signal stops gracefully: no new canaries, jobs stay saved. A second one ends at once. */
function stopOnSignals(log: Log, stop: () => Promise<void>): void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(EXIT.fault);
    isStopping = true;
    log.info({ signal }, 'stopping: running jobs are saved and will be taken up again');
    const hung = new AbortController();
    void systemClock.sleep(STOP_MS_MAX, hung.signal).then(() => process.exit(EXIT.fault));
    stop().then(
      () => process.exit(EXIT.ok),
      (error: unknown) => end(EXIT.fault, String(error)),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
