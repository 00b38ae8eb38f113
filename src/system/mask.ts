/** Takes secrets out of texts before anybody can read them. */

/** Shorter values are words of everyday language: masking them would only spoil the text. */
const SECRET_CHARS_MIN = 6;

/**
 * A function that replaces every secret in a text by `***`, also in its URL-encoded and JSON-escaped form.
 * Values shorter than 6 characters are left alone.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const written = secrets
    .filter((secret) => secret.length >= SECRET_CHARS_MIN)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  // The longest first, so that a secret which contains another goes as a whole.
  const needles = [...new Set(written)].sort((a, b) => b.length - a.length);
  if (needles.length === 0) return (text) => text;
  const pattern = new RegExp(needles.map((needle) => RegExp.escape(needle)).join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}
