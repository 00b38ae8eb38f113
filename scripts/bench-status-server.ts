/** The web server of `npm run bench:status`, in a process of its own: real but for what it shows. Told by messages what to do. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { saveMemory } from '../src/system/engine.ts';

saveMemory();
const { RENDERS } = await import('../src/routers/render/index.ts');
const { systemClock } = await import('../src/system/clock.ts');
const { signerOf } = await import('../src/system/signing.ts');
const { createWorld } = await import('../test/web/world.ts');

const LOOP_RESOLUTION_MS = 5;
const TARGETS = 12;

const ids = Array.from({ length: TARGETS }, (_, n) => `provider-${n}/model-${n}`);
const world = createWorld(ids);
world.at.validUntil = Date.now() + 15 * 60_000;
for (const id of ids) world.set(id, { health: 'healthy' });
// The daemon plans once for each commit, not, as the world of the tests does, for each look at the plan.
let planned = { generation: NaN, plans: world.view.plans() };
const plans = () => {
  const generation = world.view.generation();
  if (planned.generation !== generation) planned = { generation, plans: world.view.plans() };
  return planned.plans;
};
const server = world.server(undefined, {
  view: { ...world.view, plans },
  clock: systemClock,
  renders: RENDERS,
  signer: signerOf(`whsk_${Buffer.alloc(32, 7).toString('base64')}`),
});
const { port } = await server.listen(0, '127.0.0.1');
const delays = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
delays.enable();

let cpuAt = process.cpuUsage();
let isDown = false;
process.on('message', (what: 'change' | 'cost') => {
  if (what === 'change') {
    isDown = !isDown;
    cpuAt = process.cpuUsage();
    const at = process.hrtime.bigint();
    world.set(ids[0] ?? '', { health: isDown ? 'down' : 'healthy' });
    process.send?.({ changedAt: String(at) });
  } else {
    const p99Ms = Math.max(0, delays.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    delays.reset();
    const { user, system } = process.cpuUsage(cpuAt);
    process.send?.({ p99Ms, cpuMs: (user + system) / 1000 });
  }
});
process.once('disconnect', () => process.exit(0));
process.send?.({ port });
