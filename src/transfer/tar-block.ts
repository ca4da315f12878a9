// The blocks of a tar archive around its files' bytes, in one canonical form: nothing in them tells who wrote them,
// where or when, and a reader need not parse what it can compare.

const BLOCK = 512;
const MAX_NAME = 100;
/** What eleven octal digits hold. */
const MAX_SIZE = 8 ** 11 - 1;

export interface TarFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * What stands before a file's bytes. A long name, as one with a sha512, or a size from 8 GiB on takes an extended header.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
export function tarHeader({ name, size }: TarFile): Buffer {
  const records = [
    ...(name.length > MAX_NAME ? [record('path', name)] : []),
    ...(size > MAX_SIZE ? [record('size', String(size))] : []),
  ].join('');
  const plain = header(name.slice(0, MAX_NAME), size > MAX_SIZE ? 0 : size, '0');
  if (records === '') return plain;
  const extended = Buffer.from(records);
  return Buffer.concat([
    header('pax_header', extended.length, 'x'),
    extended,
    tarPadding(extended.length),
    plain,
  ]);
}

/** What fills the last block of a file. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The last blocks of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * BLOCK);

/** Bytes of a header that needs no extended one. */
export const TAR_HEADER_BYTES = BLOCK;

/** The size that such a header gives; undefined when it is none of ours. */
export function tarSize(bytes: Buffer): number | undefined {
  const digits = /^([0-7]{11})\0$/.exec(bytes.toString('latin1', 124, 136));
  return digits?.[1] === undefined ? undefined : Number.parseInt(digits[1], 8);
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== String(length).length + rest.length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function header(name: string, size: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  block.write('0000000\0', 329);
  block.write('0000000\0', 337);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
