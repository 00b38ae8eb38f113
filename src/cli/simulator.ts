/** `reelwatch simulator`: the simulated providers alone. */

import { startSimulator } from '../simulator/server.ts';
import { end, EXIT } from './exit.ts';

export async function simulator(options: {
  port: string;
  seed: string;
  speed: string;
  faults?: string;
  revived?: true;
}): Promise<void> {
  const [port, seed, speed] = [Number(options.port), Number(options.seed), Number(options.speed)];
  if (![port, seed, speed].every(Number.isFinite))
    end(EXIT.usage, 'Expected numbers for --port, --seed and --speed.');
  const running = await startSimulator({
    port,
    seed,
    speed,
    revived: options.revived === true,
    ...(options.faults === undefined ? {} : { faultsFile: options.faults }),
  }).catch((error: unknown) => end(EXIT.taken, error instanceof Error ? error.message : String(error)));
  process.stdout.write(`simulated providers on ${running.origin} (faults: ${running.origin}/_sim)\n`);
  const stop = () => void running.close().then(() => process.exit(EXIT.ok));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
