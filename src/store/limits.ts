import { clamp } from '../core/base.ts';

/** No list is read longer than this, whatever was asked for. */
const ROWS_MAX = 1_000;

export function clampLimit(limit: number): number {
  return clamp(Math.floor(limit), 0, ROWS_MAX);
}
