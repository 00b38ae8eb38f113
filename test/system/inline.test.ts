import { array, assert, constantFrom, integer, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { createInlineReader } from '../../src/system/inline.ts';

const KIB = 1024;

/** The answer as it is read when it comes in chunks of this size. */
function read(source: string, chunkBytes: number) {
  const reader = createInlineReader();
  const bytes = Buffer.from(source);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.write(bytes.subarray(at, at + chunkBytes));
  const value = JSON.parse(reader.end(), (_, one: unknown) =>
    typeof one === 'string' ? (reader.fileAt(one) ?? one) : one,
  ) as Record<string, never>;
  return { value, restBytes: reader.restBytes() };
}

const bytesOf = (file: { parts: readonly Uint8Array[] }) => Buffer.concat(file.parts);

it('decodes a long text, and leaves short ones as they are', () => {
  const video = Buffer.alloc(300 * KIB, 'a video');
  const short = Buffer.alloc(192 * KIB, 'small').toString('base64');
  const source = JSON.stringify({ a: 'x"y\\', short, video: video.toString('base64'), b: [1, 'z'] });

  const { value, restBytes } = read(source, 64 * KIB);

  expect(value).toMatchObject({ a: 'x"y\\', short, b: [1, 'z'] });
  expect(bytesOf(value['video'] as never).equals(video)).toBe(true);
  expect(restBytes).toBeLessThan(257 * KIB);
});

it.each<[string, (base64: string) => string]>([
  ['with escaped slashes', (base64) => base64.replaceAll('/', '\\/')],
  ['with escaped line ends', (base64) => base64.replaceAll(/.{76}/g, '$&\\r\\n')],
  ['with an escaped end', (base64) => base64.replaceAll('=', '\\u003d')],
  ['for addresses', (base64) => base64.replaceAll('+', '-').replaceAll('/', '_')],
  ['as the data of an address', (base64) => `data:video/mp4;base64,${base64}`],
])('decodes base64 %s, however it is cut into chunks', (_, write) => {
  const video = Buffer.from(Array.from({ length: 300 * KIB + 1 }, (_, n) => (n * 31) % 256));
  const source = `{"v":"${write(video.toString('base64'))}"}`;

  for (const chunkBytes of [65_536, 1_003, 77])
    expect(bytesOf(read(source, chunkBytes).value['v'] as never).equals(video)).toBe(true);
});

it('reads any JSON as the parser does, however it is cut into chunks', () => {
  const text = array(constantFrom('\\', '"', 'a', '/', '\0', 'ü', '👍'), { maxLength: 12 }).map((all) =>
    all.join(''),
  );
  assert(
    property(array(text), integer({ min: 1, max: 40 }), (texts, chunkBytes) => {
      const source = JSON.stringify({ texts, [texts[0] ?? '']: texts });

      expect(read(source, chunkBytes).value).toEqual(JSON.parse(source));
    }),
  );
});

it('takes any bytes, and counts what is no file', () => {
  assert(
    property(array(uint8Array({ maxLength: 50 })), (chunks) => {
      const reader = createInlineReader();
      for (const chunk of chunks) reader.write(chunk);

      reader.end();

      expect(reader.restBytes()).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});
