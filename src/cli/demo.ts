/** `reelwatch demo`, which is `npm start`: simulated providers, the daemon, an inbox, and a scripted incident. */

import { secretsOf } from '../config/print.ts';
import { startSimulator } from '../simulator/server.ts';
import type { RunningSimulator } from '../simulator/server.ts';
import { configured } from './configured.ts';
import { startDaemon } from './daemon.ts';
import { DEMO_CONFIG } from './demo-config.ts';
import { createNarrator } from './narrator.ts';

const PORT = 8780;
const SEED = 7;
/** A generation takes a few seconds instead of a minute. */
const SPEED = 12;
/** The incident that everybody sees without doing anything: black videos from one provider. */
const SCRIPT = [{ at: '2m', provider: 'fal', kind: 'bad_video', video: 'black', for: '75s' }] as const;

export async function demo(options: {
  config: string | null;
  incident: boolean;
  newStore?: true;
}): Promise<void> {
  const port = Number(process.env['REELWATCH_PORT'] || PORT);
  const simulator = await startBeside(port, options.incident);
  process.env['REELWATCH_SIM_URL'] = simulator.origin;
  const { config } = configured(options.config ?? DEMO_CONFIG);
  const log = createNarrator(secretsOf(config), process.stdout.isTTY);
  const extra = {
    prefixes: ['/_sim', '/inbox', '/inbox.json', '/router', '/router.json'],
    handle: simulator.simulator.handle,
  };
  const { url } = await startDaemon(config, log, { isDemo: true, isNew: options.newStore === true }, extra);
  process.stdout.write(`${welcome(url, options.incident)}\n`);
}

/** Beside the daemon's port where that is free, so that jobs ordered before a restart are found again. */
async function startBeside(port: number, isScripted: boolean): Promise<RunningSimulator> {
  const given = { seed: SEED, speed: SPEED, timeline: isScripted ? SCRIPT : [] };
  try {
    return await startSimulator({ ...given, port: port === 0 ? 0 : port + 1 });
  } catch {
    return startSimulator({ ...given, port: 0 });
  }
}

function welcome(url: string, isScripted: boolean): string {
  return `
reelwatch watches simulated providers. Nothing here costs money or leaves this machine.

  the status page        ${url}/
  the Slack inbox        ${url}/inbox
  what routers are told  ${url}/router        (polled: ${url}/v1/status)
  metrics, API           ${url}/metrics       ${url}/docs
  the simulator          ${url}/_sim

Break a provider, watch the page and the inbox, and heal it again:

  curl -X PUT ${url}/_sim/kling/faults -d '{"kind":"down"}'
  curl -X DELETE ${url}/_sim/kling/faults

Other faults: slow, partial, hang, bad_video, no_credit, bad_key, rate_limited, reset, garbage … (${url}/_sim)
${isScripted ? '\nIn two minutes fal will deliver black videos for a while, without your doing anything.\n' : ''}Ctrl-C stops; running canaries are saved and taken up again at the next start.
`;
}
