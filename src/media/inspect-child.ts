/**
 * Runs in a process of its own: decodes one untrusted file, open as descriptor 3, and prints one JSON line, an Inspection.
 * With the argument `self-test` it ends at once: then all that it needs can be loaded.
 * The door to FFmpeg (node-av); whatever goes wrong in here ends this process and not the daemon.
 */

import { fstatSync } from 'node:fs';
import * as av from 'node-av/constants';
import {
  avGetCodecName,
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  SoftwareScaleContext,
  type Stream,
} from 'node-av/lib';
import type { Inspection } from '../ports/media.ts';
import { measure } from './measure.ts';
import { durationMs, isTruncated, noteFrame, startReading, wants, type Reading } from './reading.ts';

const FILE_DESCRIPTOR = 3;
const SIDE_MAX = 4_096;
const PACKETS_MAX = 50_000;
/** The measured picture: as few pixels as still show a small ball. */
const SAMPLE_LONG = 64;
const SAMPLE_SHORT = 36;
const THUMB_WIDTH_MAX = 320;
const THUMB_BASE64_CHARS_MAX = 60_000;
const THUMB_QUALITY = 5;
/** FFmpeg's FF_QP2LAMBDA: quality is given in lambda units (libavutil/avutil.h, 8.1). */
const LAMBDA_PER_QUALITY = 118;
/** Containers of videos. Playlists and scripts, which name other files, are no videos. */
const FORMATS = 'mov,mp4,matroska,webm,avi,mpegts,flv,ivf';

/** Says something about the file; any other error says that we could not look. */
class Unreadable extends Error {}

// When the daemon dies, this process must not go on alone.
process.stdin.on('end', () => process.exit(1)).resume();
if (process.argv[2] === 'self-test') process.exit(0);
process.stdout.write(JSON.stringify(await inspect()), () => process.exit(0));

async function inspect(): Promise<Inspection> {
  Log.setLevel(av.AV_LOG_QUIET);
  try {
    const { size } = fstatSync(FILE_DESCRIPTOR);
    if (size === 0) throw new Unreadable('the file is empty');
    return await look(size);
  } catch (error) {
    if (error instanceof Unreadable) return { is: 'unreadable', why: error.message };
    return { is: 'gave_up', why: error instanceof Error ? error.message : String(error) };
  }
}

async function look(bytes: number): Promise<Inspection> {
  const input = new FormatContext();
  // No protocol but that of open descriptors: whatever the file names, nothing else is opened.
  const only = { fd: String(FILE_DESCRIPTOR), protocol_whitelist: 'fd', format_whitelist: FORMATS };
  need(await input.openInput('fd:', null, Dictionary.fromObject(only)), 'it does not open as a video');
  // Before anything is decoded: looking into the streams already makes room for whole frames.
  for (const { codecpar } of input.streams) {
    const { width, height } = codecpar;
    if (width > SIDE_MAX || height > SIDE_MAX)
      throw new Error(`${width}x${height} is larger than ${SIDE_MAX}x${SIDE_MAX}`);
  }
  need(await input.findStreamInfo(), 'its streams cannot be told');
  const index = input.findBestStream(av.AVMEDIA_TYPE_VIDEO);
  const stream = input.streams.find((stream) => stream.index === index);
  if (!stream) throw new Unreadable('it holds no video');

  const seen = await read(input, stream);

  if (seen.framesDecoded === 0) throw new Unreadable('not one frame decodes');
  const isTurned = quarterTurned(stream);
  return {
    is: 'video',
    facts: {
      bytes,
      codec: avGetCodecName(stream.codecpar.codecId) ?? 'unknown',
      width: isTurned ? seen.height : seen.width,
      height: isTurned ? seen.width : seen.height,
      durationMs: durationMs(seen),
      framesDecoded: seen.framesDecoded,
      isTruncated: isTruncated(seen),
      ...measure(seen.samples),
      hasAudio: input.streams.some((stream) => stream.codecpar.codecType === av.AVMEDIA_TYPE_AUDIO),
    },
    frameJpegBase64: seen.thumb,
  };
}

async function read(input: FormatContext, stream: Stream): Promise<Reading> {
  const decoder = await openDecoder(stream);
  const ofFileMs = input.duration > 0n ? Number(input.duration) / 1_000 : null;
  const seen = startReading(msOf(stream.duration, stream) ?? ofFileMs, Number(stream.nbFrames));
  const timeOf = createTimes(stream);
  const packet = new Packet();
  packet.alloc();
  for (let packets = 0; !seen.stoppedEarly; packets++) {
    const code = await input.readFrame(packet);
    if (code < 0) {
      seen.brokeOff = code !== av.AVERROR_EOF;
      break;
    }
    if (packet.streamIndex === stream.index) {
      if (packet.hasFlags(av.AV_PKT_FLAG_CORRUPT) || (await decoder.sendPacket(packet)) < 0) seen.damaged++;
      await drain(decoder, timeOf, seen);
    }
    packet.unref();
    if (packets >= PACKETS_MAX) seen.stoppedEarly = true;
  }
  if (!seen.stoppedEarly) {
    await decoder.sendPacket(null);
    await drain(decoder, timeOf, seen);
  }
  return seen;
}

async function openDecoder(stream: Stream): Promise<CodecContext> {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new Error('its codec is not known here');
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  need(decoder.parametersToContext(stream.codecpar), 'its codec parameters make no sense');
  // One thread, because several would each hold frames.
  const limits = Dictionary.fromObject({ threads: 1, max_pixels: SIDE_MAX * SIDE_MAX });
  need(await decoder.open2(codec, limits), 'its codec does not open');
  return decoder;
}

async function drain(decoder: CodecContext, timeOf: Times, seen: Reading): Promise<void> {
  const frame = new Frame();
  frame.alloc();
  while (!seen.stoppedEarly) {
    const code = await decoder.receiveFrame(frame);
    if (code < 0) {
      if (code !== av.AVERROR_EAGAIN && code !== av.AVERROR_EOF) seen.damaged++;
      break;
    }
    await take(frame, timeOf(frame, seen), seen);
    frame.unref();
  }
  frame.free();
}

async function take(frame: Frame, time: { atMs: number; lengthMs: number }, seen: Reading): Promise<void> {
  if (seen.framesDecoded === 0) [seen.width, seen.height] = [frame.width, frame.height];
  const isDamaged = frame.decodeErrorFlags !== 0 || frame.hasFlags(av.AV_FRAME_FLAG_CORRUPT);
  noteFrame(seen, { ...time, isDamaged });
  const { sample, thumb } = wants(seen, time.atMs);
  if (!sample) return;
  if (thumb) seen.thumb = (await jpeg(frame)) ?? seen.thumb;
  const [width, height] =
    frame.width >= frame.height ? [SAMPLE_LONG, SAMPLE_SHORT] : [SAMPLE_SHORT, SAMPLE_LONG];
  const small = await scale(frame, width, height, av.AV_PIX_FMT_RGB24);
  seen.samples.push({ atMs: time.atMs, picture: { width, height, rgb: small.toBuffer() } });
  small.free();
}

type Times = (frame: Frame, seen: Reading) => { atMs: number; lengthMs: number };

/** When frames are shown, in ms after the first; from their number where they carry no time. */
function createTimes(stream: Stream): Times {
  let first: bigint | null = null;
  const { num, den } = stream.avgFrameRate;
  const everyMs = num > 0 && den > 0 ? (1_000 * den) / num : 0;
  return (frame, seen) => {
    const lengthMs = msOf(frame.duration, stream) ?? everyMs;
    const pts = frame.bestEffortTimestamp;
    if (pts === av.AV_NOPTS_VALUE) return { atMs: seen.framesDecoded * everyMs, lengthMs };
    first ??= pts;
    return { atMs: Math.max(0, msOf(pts - first, stream) ?? 0), lengthMs };
  };
}

function msOf(ticks: bigint, stream: Stream): number | null {
  const { num, den } = stream.timeBase;
  if (ticks === av.AV_NOPTS_VALUE || den === 0) return null;
  return (Number(ticks) * 1_000 * num) / den;
}

/** The caller frees the result. */
async function scale(frame: Frame, width: number, height: number, format: av.AVPixelFormat): Promise<Frame> {
  const scaler = new SoftwareScaleContext();
  const scaled = new Frame();
  scaled.alloc();
  scaled.width = width;
  scaled.height = height;
  scaled.format = format;
  if (format === av.AV_PIX_FMT_YUVJ420P) scaled.colorRange = av.AVCOL_RANGE_JPEG;
  need(scaled.getBuffer(), 'its pictures find no room');
  scaler.getContext(
    frame.width,
    frame.height,
    frame.format as av.AVPixelFormat,
    width,
    height,
    format,
    av.SWS_AREA,
  );
  need(await scaler.scaleFrame(scaled, frame), 'its pixel format cannot be read');
  scaler.freeContext();
  return scaled;
}

/** A small JPEG in base64; null where it would become too large or no encoder is there. */
async function jpeg(frame: Frame): Promise<string | null> {
  const codec = Codec.findEncoder(av.AV_CODEC_ID_MJPEG);
  if (!codec) return null;
  const share = Math.min(1, THUMB_WIDTH_MAX / frame.width);
  const even = (side: number) => Math.max(2, Math.round((side * share) / 2) * 2);
  const [width, height] = [even(frame.width), even(frame.height)];
  const small = await scale(frame, width, height, av.AV_PIX_FMT_YUVJ420P);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = width;
  encoder.height = height;
  encoder.pixelFormat = av.AV_PIX_FMT_YUVJ420P;
  encoder.colorRange = av.AVCOL_RANGE_JPEG;
  encoder.timeBase = new Rational(1, 25);
  encoder.setFlags(av.AV_CODEC_FLAG_QSCALE);
  encoder.globalQuality = THUMB_QUALITY * LAMBDA_PER_QUALITY;
  small.quality = THUMB_QUALITY * LAMBDA_PER_QUALITY;
  const packet = new Packet();
  packet.alloc();
  let code = await encoder.open2(codec, Dictionary.fromObject({ threads: 1 }));
  if (code >= 0) code = await encoder.sendFrame(small);
  if (code >= 0) code = await encoder.receivePacket(packet);
  const base64 = code >= 0 && packet.data ? packet.data.toString('base64') : null;
  small.free();
  encoder.freeContext();
  packet.free();
  return base64 !== null && base64.length <= THUMB_BASE64_CHARS_MAX ? base64 : null;
}

/** Whether a player turns the picture by 90 or 270 degrees: the matrix then has nothing in its diagonal. */
function quarterTurned(stream: Stream): boolean {
  const matrix = stream.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  return matrix !== null && matrix.length >= 36 && matrix.readInt32LE(0) === 0 && matrix.readInt32LE(4) !== 0;
}

function need(code: number, otherwise: string): void {
  if (code < 0) throw new Unreadable(`${otherwise}: ${FFmpegError.strerror(code)}`);
}
