// Why a node's files are left as they are, with what to do about it.

export class MirrorError extends Error {
  override readonly name = 'MirrorError';
}
