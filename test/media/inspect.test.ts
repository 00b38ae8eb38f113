import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createMedia, type MediaOptions } from '../../src/media/inspect.ts';
import type { Inspection } from '../../src/ports/media.ts';
import { truncate } from '../../src/simulator/videos.ts';
import { systemClock } from '../../src/system/clock.ts';

const VIDEOS = join(import.meta.dirname, '../../src/simulator/videos');
const GOOD = join(VIDEOS, 'good-1280x720x2.mp4');
const SMALL = join(VIDEOS, 'good-832x480x2.mp4');
const scratch = mkdtempSync(join(tmpdir(), 'reelwatch-media-'));
const never = new AbortController().signal;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function media(options: Partial<MediaOptions> = {}) {
  return createMedia({
    clock: systemClock,
    timeMsMax: 30_000,
    memoryMbMax: 512,
    concurrencyMax: 2,
    ...options,
  });
}

function written(name: string, bytes: Uint8Array | string): string {
  const file = join(scratch, name);
  writeFileSync(file, bytes);
  return file;
}

function bytesOf(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file));
}

function video(inspection: Inspection): Inspection & { is: 'video' } {
  expect(inspection).toMatchObject({ is: 'video' });
  return inspection as Inspection & { is: 'video' };
}

/** The ids of this process' children that decode. */
function decoders(): string[] {
  const self = String(process.pid);
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return stat.slice(stat.lastIndexOf(')')).split(' ')[2] === self && command.includes('inspect-child');
    } catch {
      return false;
    }
  });
}

describe('the videos of the simulator', () => {
  it.each(readdirSync(VIDEOS).filter((name) => name.endsWith('.mp4')))('measures %s', async (name) => {
    const [, kind = '', width, height, seconds] = /^(\w+)-(\d+)x(\d+)x([\d.]+)\.mp4$/.exec(name) ?? [];

    const { facts, frameJpegBase64 } = video(await media().inspect(join(VIDEOS, name), never));

    expect(facts).toMatchObject({
      width: Number(width),
      height: Number(height),
      codec: 'h264',
      isTruncated: false,
    });
    expect(Math.abs(facts.durationMs - Number(seconds) * 1_000)).toBeLessThan(60);
    expect(facts.blackRatio).toBe(kind === 'black' ? 1 : 0);
    expect(facts.frozenRatio).toBe(kind === 'frozen' || kind === 'black' ? 1 : 0);
    // A white wall and a red ball, wherever the picture is not black.
    const isBall = (facts.colours['red'] ?? 0) > 0.01 && (facts.colours['white'] ?? 0) > 0.5;
    expect(isBall).toBe(kind !== 'black');
    const jpeg = Buffer.from(frameJpegBase64 ?? '', 'base64');
    expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(jpeg.length).toBeLessThan(45_000);
  });

  it('sees that a file was cut in the middle of its pictures', async () => {
    const { facts } = video(await media().inspect(written('cut.mp4', truncate(bytesOf(GOOD))), never));

    expect(facts).toMatchObject({ isTruncated: true, width: 1_280 });
    expect(facts.durationMs).toBeLessThan(1_800);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'never takes the first %i tenths of a file for the whole',
    async (tenths) => {
      const bytes = bytesOf(GOOD);
      const file = written(
        `tenths-${tenths}.mp4`,
        bytes.subarray(0, Math.floor((bytes.length * tenths) / 10)),
      );

      const found = await media().inspect(file, never);

      expect(found.is === 'unreadable' || (found.is === 'video' && found.facts.isTruncated)).toBe(true);
    },
  );
});

describe('what is no video', () => {
  const noise = Uint8Array.from({ length: 50_000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 255);

  it.each<[string, Uint8Array | string]>([
    ['an empty file', ''],
    ['a text', '<?xml version="1.0"?><Error><Code>InternalError</Code></Error>'],
    ['noise', noise],
    ['zeros', new Uint8Array(100_000)],
    ['the head of an mp4 and nothing else', bytesOf(GOOD).subarray(0, 40)],
    [
      'a playlist that names another file',
      `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${GOOD}\n#EXT-X-ENDLIST\n`,
    ],
    ['a script that joins other files', `ffconcat version 1.0\nfile '${GOOD}'\n`],
    ['a picture', Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')],
  ])('calls %s unreadable', async (name, bytes) => {
    const found = await media().inspect(written(`${name.replaceAll(' ', '-')}.mp4`, bytes), never);

    expect(found).toMatchObject({ is: 'unreadable' });
  });

  it('says of a file that is not there that it could not look', async () => {
    expect(await media().inspect(join(scratch, 'nowhere.mp4'), never)).toMatchObject({ is: 'gave_up' });
  });

  it.each([
    [20_000, 20_000],
    [65_535, 65_535],
    [4_097, 16],
  ])('makes no room for a picture that claims to be %ix%i', async (width, height) => {
    const file = written(`claims-${width}x${height}.mp4`, claiming(bytesOf(SMALL), width, height));

    const found = await media().inspect(file, never);

    expect(found).toMatchObject({ is: 'gave_up', why: `${width}x${height} is larger than 4096x4096` });
  });

  it('believes the pictures where a file claims that they have no size', async () => {
    const file = written('claims-nothing.mp4', claiming(bytesOf(SMALL), 0, 0));

    expect(video(await media().inspect(file, never)).facts).toMatchObject({ width: 832, height: 480 });
  });

  it('ends well for forty files with flipped bytes', async () => {
    const good = bytesOf(SMALL);
    const looker = media();
    const all = Array.from({ length: 40 }, (_, seed) =>
      looker.inspect(written(`flipped-${seed}.mp4`, flipped(good, seed)), never),
    );

    const found = await Promise.all(all);

    const kinds = new Set(found.map(({ is }) => is));
    for (const kind of kinds) expect(['video', 'unreadable', 'gave_up']).toContain(kind);
    // Some of the damage must have shown, else nothing was tried.
    expect(found.filter((one) => one.is !== 'video' || one.facts.isTruncated).length).toBeGreaterThan(5);
    expect(decoders()).toEqual([]);
  });
});

describe('limits', () => {
  it('kills a child that takes too long', async () => {
    const found = await media({ timeMsMax: 20 }).inspect(GOOD, never);

    expect(found).toEqual({ is: 'gave_up', why: 'it took more than 20 ms' });
    expect(decoders()).toEqual([]);
  });

  it('kills a child that takes too much memory', async () => {
    const found = await media({ memoryMbMax: 30 }).inspect(GOOD, never);

    expect(found).toEqual({ is: 'gave_up', why: 'it took more than 30 MB of memory' });
    expect(decoders()).toEqual([]);
  });

  it('kills the child when the caller aborts, and leaves no listener behind', async () => {
    const abort = new AbortController();
    const looking = media().inspect(GOOD, abort.signal);
    abort.abort();
    expect(await looking).toEqual({ is: 'gave_up', why: 'it was stopped' });
    expect(decoders()).toEqual([]);

    const { signal } = new AbortController();
    await media().inspect(GOOD, signal);
    expect(getEventListeners(signal, 'abort').length).toBe(0);
  });

  it('never has more children than allowed', async () => {
    const looker = media({ concurrencyMax: 2 });
    let most = 0;
    const count = setInterval(() => (most = Math.max(most, decoders().length)), 10);

    const found = await Promise.all(Array.from({ length: 6 }, () => looker.inspect(SMALL, never)));
    clearInterval(count);

    expect(found.map(({ is }) => is)).toEqual(Array.from({ length: 6 }, () => 'video'));
    expect(most).toBe(2);
  });

  it('are set on the child, with its own user and without network where this machine allows it', async () => {
    const lines: Record<string, unknown>[] = [];
    const info = (fields: Record<string, unknown>) => void lines.push(fields);
    const log = { debug: info, info, warn: info, error: info };
    const looker = media({ log });
    const own = { net: readlinkSync('/proc/self/ns/net'), uid: process.getuid?.() };

    await looker.inspect(SMALL, never);
    const looking = looker.inspect(GOOD, never);
    const child = await vi.waitFor(
      () => {
        const [pid = ''] = decoders();
        const [program] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        expect(program).toBe(process.execPath);
        const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        const net = readlinkSync(`/proc/${pid}/ns/net`);
        return { uid: Number(uid), net, limits: readFileSync(`/proc/${pid}/limits`, 'utf8') };
      },
      { interval: 5 },
    );
    expect(await looking).toMatchObject({ is: 'video' });

    expect(lines).toHaveLength(1);
    expect(child.uid).toBe(lines[0]?.['ownUser'] === true ? 65_534 : own.uid);
    expect(child.net === own.net).toBe(lines[0]?.['noNetwork'] === false);
    for (const limit of [/^Max core file size +0 /m, /^Max file size +0 /m, /^Max open files +64 /m])
      expect(child.limits).toMatch(limit);
    expect(child.limits).toMatch(/^Max cpu time +70 /m);
    expect(child.limits).toMatch(/^Max data size +1270874112 /m);
  });

  it('hands nothing of the environment to the child', async () => {
    process.env['REELWATCH_TEST_KEY'] = 'secret';
    const looking = media().inspect(GOOD, never);

    const environment = await vi.waitFor(() => {
      const [pid] = decoders();
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    });
    delete process.env['REELWATCH_TEST_KEY'];
    await looking;

    expect(environment).not.toContain('REELWATCH_TEST_KEY');
  });
});

/** Writes another size into the sample description of an mp4 (ISO 14496-12: avc1, 24 bytes after its type). */
function claiming(bytes: Uint8Array<ArrayBuffer>, width: number, height: number): Uint8Array {
  const at = Buffer.from(bytes.buffer).indexOf(
    'avc1',
    Buffer.from(bytes.buffer).indexOf('stsd', 0, 'latin1'),
    'latin1',
  );
  const view = new DataView(bytes.buffer);
  view.setUint16(at + 28, width);
  view.setUint16(at + 30, height);
  return bytes;
}

/** A copy with some bytes changed; the same seed always changes the same ones. */
function flipped(bytes: Uint8Array, seed: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  let state = (seed + 1) * 2_654_435_761;
  const next = () => (state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) >>> 0);
  for (let i = 0; i < 1 + seed * 3; i++) copy[next() % copy.length] = next() & 255;
  return copy;
}
