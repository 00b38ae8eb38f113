import type { Blip, Fault, NetBreak, Seconds } from './types.ts';
import type { World } from './world.ts';

interface Started {
  readonly start: Seconds;
}

/** How many entries of an ordered list have started by `at`. */
function startedBy(list: readonly Started[], at: Seconds): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.start ?? Infinity) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last entry of an ordered list that has started by `at`, if it has not ended. */
export function spanAt<T extends Started & { readonly end: Seconds }>(
  list: readonly T[],
  at: Seconds,
): T | null {
  const last = list[startedBy(list, at) - 1];
  return last !== undefined && at < last.end ? last : null;
}

/** The fault whose time it is, even where it is off just now. */
export function faultWindow(world: World, provider: number, at: Seconds): Fault | null {
  return spanAt(world.faults[provider] ?? [], at);
}

/** The fault that can be felt now: a flapping one is on only for a part of each period. */
export function activeFault(world: World, provider: number, at: Seconds): Fault | null {
  const fault = faultWindow(world, provider, at);
  const duty = fault?.duty;
  return fault && duty && (at - fault.start) % duty.period >= duty.on ? null : fault;
}

export function nextFault(world: World, provider: number, after: Seconds): Fault | null {
  const list = world.faults[provider] ?? [];
  return list[startedBy(list, after)] ?? null;
}

export function activeBlip(world: World, provider: number, at: Seconds): Blip | null {
  return spanAt(world.blips[provider] ?? [], at);
}

export function netBreakAt(world: World, at: Seconds): NetBreak | null {
  return spanAt(world.netBreaks, at);
}

export function isControlOk(world: World, at: Seconds): boolean {
  return netBreakAt(world, at)?.isControlOk ?? true;
}
