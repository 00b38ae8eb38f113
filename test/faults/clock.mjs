// Loaded into a daemon with --import: its wall clock is off by the milliseconds in the file that CLOCK_OFFSET_FILE names.
import { readFileSync, statSync } from 'node:fs';

const file = process.env.CLOCK_OFFSET_FILE;
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
let offsetMs = 0;
let readAt = 0;
let changedAt = 0;

function now() {
  const real = realNow();
  // The file is looked at often enough that a step seems sudden.
  if (real - readAt >= 20) {
    readAt = real;
    try {
      const { mtimeMs } = statSync(file);
      if (mtimeMs !== changedAt) {
        offsetMs = Number(readFileSync(file, 'utf8')) || 0;
        changedAt = mtimeMs;
      }
    } catch {
      offsetMs = 0;
    }
  }
  return real + offsetMs;
}

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static now() {
    return now();
  }
};
