/** Ways in which a text may carry a secret, and a search that finds it in any of them. */

const hex = (char: string, width: number) => char.charCodeAt(0).toString(16).padStart(width, '0');
const each = (text: string, write: (char: string) => string) => text.replaceAll(/./gsu, write);

/** Each writes a secret as it may stand in the source of an answer: inside of a JSON text, and outside of one. */
export const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  'JSON escapes': (secret) => each(secret, (char) => `\\u${hex(char, 4)}`),
  'a few JSON escapes': (secret) => secret.replace(/^./, (char) => `\\u00${hex(char, 2).toUpperCase()}`),
  'escaped slashes': (secret) => secret.replaceAll('/', '\\/'),
  'JSON in JSON': (secret) => each(secret, (char) => `\\\\u${hex(char, 4)}`),
  'percent-encoding': (secret) => each(secret, (char) => `%${hex(char, 2)}`),
  'percent-encoding twice': (secret) => each(secret, (char) => `%25${hex(char, 2)}`),
  'HTML entities': (secret) => each(secret, (char) => `&#x${hex(char, 2)};`),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'a Basic header': (secret) => `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`,
  'base64 for addresses': (secret) => Buffer.from(`a:${secret}`).toString('base64url'),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex'),
  'invisible characters between': (secret) => each(secret, (char) => `${char}\u200b`),
  'escaped invisible characters between': (secret) => each(secret, (char) => `${char}\\u2060`),
  'capital letters': (secret) => secret.toUpperCase(),
};

const DEPTH_MAX = 4;
const LAYERS_MAX = 60;

/** The secrets that somebody finds who takes every usual decoding as often as needed. */
export function revealed(text: string, secrets: readonly string[]): string[] {
  let layers = [text];
  const seen: string[] = [];
  for (let depth = 0; depth < DEPTH_MAX && layers.length > 0; depth++) {
    seen.push(...layers.map((layer) => layer.toLowerCase()));
    layers = layers
      .flatMap((layer) => DECODERS.map((decode) => decode(layer)))
      .filter((layer) => layer !== '');
    layers = [...new Set(layers)].slice(0, LAYERS_MAX);
  }
  const all = seen.join('\n');
  return secrets.filter((secret) => all.includes(secret.toLowerCase()));
}

export function reveals(text: string, secret: string): boolean {
  return revealed(text, [secret]).length > 0;
}

const char = (_: string, code: string) => String.fromCharCode(Number.parseInt(code, 16));
const changed = (before: string, after: string) => (after === before ? '' : after);
const DECODERS: readonly ((text: string) => string)[] = [
  (text) => changed(text, text.replaceAll(/\\+u([0-9a-f]{4})/gi, char).replaceAll(/\\+([/"])/g, '$1')),
  (text) => changed(text, text.replaceAll(/%([0-9a-f]{2})/gi, char)),
  (text) => changed(text, text.replaceAll(/&#x([0-9a-f]{2});/gi, char)),
  (text) => changed(text, text.replaceAll(/[\u200b\u2060]/g, '')),
  (text) =>
    (text.match(/[\w+/-]{12,}={0,2}/g) ?? [])
      .map((run) => Buffer.from(run, 'base64').toString('latin1'))
      .join('\n'),
  (text) =>
    (text.match(/\b(?:[0-9a-f]{2}){6,}\b/g) ?? [])
      .map((run) => Buffer.from(run, 'hex').toString('latin1'))
      .join('\n'),
];
