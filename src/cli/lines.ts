/** Lines from a stream, one at a time: neither a long line nor a long stream fills the memory. */

/** A line without its end; null for one that was too long and is left out. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  charactersMax: number,
): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  let rest = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    for (const [n, part] of parts.entries()) {
      if (n > 0) {
        yield isTooLong ? null : rest;
        rest = '';
        isTooLong = false;
      }
      isTooLong ||= rest.length + part.length > charactersMax;
      rest = isTooLong ? '' : rest + part;
    }
  }
  rest += decoder.decode();
  if (isTooLong || rest !== '') yield isTooLong ? null : rest;
}
