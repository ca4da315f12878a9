// Pieces of bytes that follow one another.

export function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** What is left of them without the first `count` bytes. */
export function chunksAfter(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let passed = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (passed + chunk.length > count) return [chunk.subarray(count - passed), ...chunks.slice(index + 1)];
    passed += chunk.length;
  }
  return [];
}
