/**
 * Draws the pictures that we send to models which animate one: `node scripts/make-first-frames.ts`.
 * The files are committed; this is needed only to change them.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '../src/providers/first-frames');

/** The sizes that Stability's image to video takes. */
const SIZES: readonly [width: number, height: number][] = [
  [1024, 576],
  [576, 1024],
  [768, 768],
];

type Colour = readonly [red: number, green: number, blue: number];

/** The canary's scene at its beginning: a glossy red ball on a white floor before a white wall, left of the middle. */
function colourAt(x: number, y: number, width: number, height: number): Colour {
  const radius = Math.min(width, height) * 0.14;
  const [ballX, floorY] = [width * 0.24, height * 0.72];
  const [dx, dy] = [(x - ballX) / radius, (y - (floorY - radius)) / radius];
  if (dx * dx + dy * dy <= 1) return ballColour(dx, dy);
  const isFloor = y > height * 0.56;
  const away = ((x - ballX - radius * 0.15) / (radius * 1.15)) ** 2 + ((y - floorY) / (radius * 0.24)) ** 2;
  const shade = isFloor ? stepped(70 * Math.max(0, 1 - away)) : 0;
  const grey = (isFloor ? 238 : 246) - shade;
  return [grey, grey, grey];
}

function ballColour(dx: number, dy: number): Colour {
  if (Math.hypot(dx + 0.36, dy + 0.4) < 0.14) return [255, 226, 222];
  const light = stepped(70 * Math.max(0, 1 - Math.hypot(dx + 0.35, dy + 0.4) / 1.4));
  return [165 + light, 14 + stepped(light / 3), 18 + stepped(light / 3)];
}

/** Steps of two are not seen and make the file half as large. */
function stepped(value: number): number {
  return Math.round(value / 2) * 2;
}

/** PNG, 8 bits a channel, no transparency; each row as its difference from the row above. */
function png(width: number, height: number): Buffer {
  const rows: Buffer[] = [];
  let above = Buffer.alloc(width * 3);
  for (let y = 0; y < height; y += 1) {
    const row = Buffer.from(Array.from({ length: width }, (_, x) => colourAt(x, y, width, height)).flat());
    rows.push(Buffer.from([2]), Buffer.from(row.map((value, i) => value - (above[i] ?? 0))));
    above = row;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.byteLength);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

mkdirSync(FOLDER, { recursive: true });
for (const [width, height] of SIZES) {
  const bytes = png(width, height);
  writeFileSync(join(FOLDER, `${width}x${height}.png`), bytes);
  process.stdout.write(`${width}x${height}.png ${bytes.byteLength} bytes\n`);
}
