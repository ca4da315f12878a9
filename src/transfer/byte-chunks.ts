// Bytes that come in chunks: a look at the first of them that loses none.

/** Takes chunks until there are so many bytes, or no more. */
export async function atLeast(bytes: number, chunks: AsyncIterator<Uint8Array, unknown>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for (let length = 0; length < bytes;) {
    const next = await chunks.next();
    if (next.done === true) break;
    read.push(next.value);
    length += next.value.length;
  }
  return Buffer.concat(read);
}

/** What was taken, then the rest. Leaving the loop over it ends the chunks. */
export async function* resumed<T extends Uint8Array>(
  beginning: T,
  chunks: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  try {
    yield beginning;
    yield* chunks;
  } finally {
    await chunks.return();
  }
}
