import { describe, expect, it } from 'vitest';
import { createClockWatch } from '../../src/app/clock-watch.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { ClockJump } from '../../src/ports/view.ts';
import { createVirtualTime } from '../sim/clock.ts';
import type { Machine } from '../sim/clock.ts';

const START = Date.parse('2026-12-01T00:00:00Z');

async function setUp() {
  const time = createVirtualTime(START);
  const machine = time.machine();
  const owner = time.owner(machine);
  const stop = new AbortController();
  const watch = createClockWatch(owner.clock);
  const jumps: ClockJump[] = [];
  watch.onJump((jump) => jumps.push(jump));
  const ended = watch.run(stop.signal);
  await time.advanceTo(START + MINUTE);
  return {
    time,
    machine,
    owner,
    stop,
    watch,
    jumps,
    ended,
    goOn: (ms: number) => time.advanceTo(time.now() + ms),
  };
}

describe('a jump of the clock', () => {
  it.each<[string, (machine: Machine) => void, number, string]>([
    ['set back', (machine) => machine.step(-HOUR), -HOUR, 'the clock was set back by 3600 s'],
    [
      'set forward',
      (machine) => machine.step(2 * DAY),
      2 * DAY,
      'the clock went ahead by 172800 s: it was set, or the host slept',
    ],
    [
      'asleep',
      (machine) => machine.suspend(HOUR),
      HOUR,
      'the clock went ahead by 3600 s: it was set, or the host slept',
    ],
    [
      'standing still',
      (machine) => machine.pause(5 * MINUTE),
      298 * SECOND,
      'the process stood still for 298 s',
    ],
  ])('that was %s is found once, and counted', async (_, happen, lostMs, text) => {
    const { machine, watch, jumps, goOn } = await setUp();
    const mark = watch.mark();
    happen(machine);

    await goOn(3 * HOUR);

    expect(jumps).toMatchObject([{ lostMs, text }]);
    expect(watch.since(mark)).toEqual({ lostMs, isBroken: true });
    expect(watch.since(watch.mark())).toEqual({ lostMs: 0, isBroken: false });
  });

  it('is found by whoever asks first', async () => {
    const { machine, watch, jumps } = await setUp();
    machine.step(-HOUR);

    watch.mark();

    expect(jumps).toHaveLength(1);
  });

  it('is none where time goes on as it does', async () => {
    const { machine, jumps, goOn } = await setUp();
    for (let n = 0; n < 100; n++) {
      machine.step(n % 2 === 0 ? 900 : -900);
      await goOn(10 * SECOND);
    }

    expect(jumps).toEqual([]);
  });

  it('is not made of a late look by one that nobody keeps looking with', async () => {
    const { owner, goOn } = await setUp();
    const watch = createClockWatch(owner.clock);
    const mark = watch.mark();

    await goOn(HOUR);

    expect(watch.since(mark)).toEqual({ lostMs: 0, isBroken: false });
  });
});

describe('a wait for the store', () => {
  it('is time lost while it lasts and after it, but breaks nothing off', async () => {
    const { watch, jumps, goOn } = await setUp();
    const mark = watch.mark();
    watch.stalled(true);
    await goOn(MINUTE);
    watch.stalled(true);
    await goOn(MINUTE);
    expect(watch.since(mark)).toEqual({ lostMs: 2 * MINUTE, isBroken: false });
    watch.stalled(false);
    await goOn(MINUTE);
    watch.stalled(false);
    await goOn(MINUTE);

    expect(watch.since(mark)).toEqual({ lostMs: 3 * MINUTE, isBroken: false });
    expect(jumps).toEqual([]);
  });

  it('during which the process stands still is not counted twice', async () => {
    const { machine, watch, goOn } = await setUp();
    const mark = watch.mark();
    watch.stalled(true);
    machine.pause(10 * MINUTE);
    await goOn(20 * MINUTE);
    watch.stalled(false);

    expect(watch.since(mark).lostMs).toBe(20 * MINUTE);
  });
});

it('looks no more once it is stopped', async () => {
  const { owner, stop, ended } = await setUp();

  stop.abort();
  await ended;

  expect([owner.waiting(), owner.listening()]).toEqual([0, 0]);
});
