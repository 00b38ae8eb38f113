/**
 * Draws and encodes the simulator's video files: `node scripts/make-videos.ts`.
 * The files are committed; this is needed only to change them.
 */

import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Encoder, Muxer } from 'node-av/api';
import { AV_LOG_ERROR, AV_PIX_FMT_YUV420P, FF_ENCODER_LIBX264 } from 'node-av/constants';
import { Frame, Log, Rational } from 'node-av/lib';

const FOLDER = join(import.meta.dirname, '../src/simulator/videos');
const FPS = 24;
const SHORT_SECONDS = 0.5;

/** The smallest orders of the simulated providers, and the neighbours that a configuration is likely to ask for. */
const ORDERS: readonly [width: number, height: number, seconds: number][] = [
  [1280, 720, 2],
  [1280, 720, 3],
  [1280, 720, 4],
  [1280, 720, 5],
  [1280, 720, 10],
  [720, 1280, 4],
  [640, 360, 3],
  [1280, 720, 1],
  [832, 480, 2],
  [832, 480, 5],
  [854, 480, 1],
  [854, 480, 2],
  [854, 480, 4],
  [960, 540, 5],
  [1024, 576, 4],
  [1920, 1080, 3],
  [1920, 1080, 6],
];

interface Scene {
  width: number;
  height: number;
  frames: number;
}

type Painter = (scene: Scene, frame: number) => Buffer;

/** How far over the scene the ball is, 0..1: it never leaves the picture, so every frame shows it. */
function ballAt(scene: Scene, frame: number): { x: number; y: number; radius: number; turn: number } {
  const radius = Math.round(Math.min(scene.width, scene.height) * 0.13);
  const way = scene.width - 2.4 * radius;
  const gone = scene.frames > 1 ? frame / (scene.frames - 1) : 0;
  const x = 1.2 * radius + way * gone;
  return { x, y: scene.height * 0.7 - radius, radius, turn: (way * gone) / radius };
}

/** A white wall, a slightly darker floor with faint grain (so that frames weigh something), a soft shadow. */
function paintRoom(scene: Scene, frame: number, luma: Buffer): void {
  const { x, radius } = ballAt(scene, frame);
  const edge = Math.round(scene.height * 0.55);
  const shadowY = scene.height * 0.7;
  for (let row = 0; row < scene.height; row += 1) {
    const base = row < edge ? 233 : 226;
    for (let column = 0; column < scene.width; column += 1) {
      const grain = row >= edge && (column * 7 + row * 13) % 31 === 0 ? 2 : 0;
      const dx = (column - x) / (radius * 1.1);
      const dy = (row - shadowY) / (radius * 0.22);
      const near = row >= edge ? Math.max(0, 1 - (dx * dx + dy * dy)) : 0;
      luma[row * scene.width + column] = Math.round(base - grain - 70 * near);
    }
  }
}

/** A glossy red ball with a darker band that turns with the rolling. */
function paintBall(scene: Scene, frame: number, luma: Buffer, cb: Buffer, cr: Buffer): void {
  const { x, y, radius, turn } = ballAt(scene, frame);
  const half = scene.width / 2;
  for (let row = Math.floor(y - radius); row <= y + radius; row += 1) {
    for (let column = Math.floor(x - radius); column <= x + radius; column += 1) {
      const dx = (column - x) / radius;
      const dy = (row - y) / radius;
      if (dx * dx + dy * dy > 1) continue;
      const band = Math.abs(dx * Math.sin(turn) - dy * Math.cos(turn)) < 0.14 ? 18 : 0;
      const light = Math.max(0, 1 - Math.hypot(dx + 0.35, dy + 0.4) / 1.3);
      const gloss = Math.hypot(dx + 0.38, dy + 0.42) < 0.13 ? 60 : 0;
      luma[row * scene.width + column] = Math.round(62 + 34 * light - band + gloss);
      const chroma = (row >> 1) * half + (column >> 1);
      cb[chroma] = 100;
      cr[chroma] = gloss > 0 ? 170 : 222;
    }
  }
}

const paintBallScene: Painter = (scene, frame) => {
  const pixels = scene.width * scene.height;
  const picture = Buffer.alloc(pixels * 1.5, 128);
  const luma = picture.subarray(0, pixels);
  paintRoom(scene, frame, luma);
  const cb = picture.subarray(pixels, pixels * 1.25);
  paintBall(scene, frame, luma, cb, picture.subarray(pixels * 1.25));
  return picture;
};

const paintFrozen: Painter = (scene) => paintBallScene(scene, Math.floor(scene.frames / 2));

const paintBlack: Painter = (scene) => {
  const pixels = scene.width * scene.height;
  const picture = Buffer.alloc(pixels * 1.5, 128);
  picture.fill(16, 0, pixels);
  return picture;
};

async function encode(name: string, width: number, height: number, seconds: number, paint: Painter) {
  const scene: Scene = { width, height, frames: Math.round(seconds * FPS) };
  const file = join(FOLDER, name);
  await rm(file, { force: true });
  using encoder = await Encoder.create(FF_ENCODER_LIBX264, {
    context: { gopSize: FPS, framerate: new Rational(FPS, 1) },
    options: { crf: 30, preset: 'slower' },
  });
  await using muxer = await Muxer.open(file, { format: 'mp4', options: { movflags: '+faststart' } });
  const stream = muxer.addStream(encoder);
  async function* frames(): AsyncGenerator<Frame | null> {
    for (let index = 0; index < scene.frames; index += 1) {
      const frame = Frame.fromVideoBuffer(paint(scene, index), {
        width,
        height,
        format: AV_PIX_FMT_YUV420P,
        timeBase: { num: 1, den: FPS },
      });
      frame.pts = BigInt(index);
      frame.duration = 1n;
      yield frame;
    }
    yield null;
  }
  for await (const packet of encoder.packets(frames())) {
    if (packet === null) continue;
    await muxer.writePacket(packet, stream);
    packet.free();
  }
  await muxer.close();
  const { size } = await stat(file);
  process.stdout.write(`${name} ${size} bytes\n`);
}

Log.setLevel(AV_LOG_ERROR);
await mkdir(FOLDER, { recursive: true });
const shapes = new Set<string>();
for (const [width, height, seconds] of ORDERS) {
  const fits = `${width}x${height}x${seconds}.mp4`;
  await encode(`good-${fits}`, width, height, seconds, paintBallScene);
  await encode(`black-${fits}`, width, height, seconds, paintBlack);
  await encode(`frozen-${fits}`, width, height, seconds, paintFrozen);
  if (!shapes.has(`${width}x${height}`)) {
    shapes.add(`${width}x${height}`);
    await encode(
      `short-${width}x${height}x${SHORT_SECONDS}.mp4`,
      width,
      height,
      SHORT_SECONDS,
      paintBallScene,
    );
  }
  if (!shapes.has(`${seconds}`)) {
    shapes.add(`${seconds}`);
    await encode(`wrong_size-320x180x${seconds}.mp4`, 320, 180, seconds, paintBallScene);
  }
}
