// The name of an archive's entry: a key to find it by, never a path to write to.

/** As long as a path may be on the systems that make archives. */
const MAX_NAME = 4096;

/**
 * The one spelling of an entry's name: without a leading `./`, without a trailing slash.
 * @returns undefined for what no honest archive has: an absolute name, `..`, a NUL, or far too much of it
 */
export function entryName(written: string): string | undefined {
  if (written.length > MAX_NAME || written.includes('\0') || written.startsWith('/')) return undefined;
  const segments = written.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.includes('..') ? undefined : segments.join('/');
}

/**
 * The entry that a link means. `docker save` wrote links to the layers that images share, relative to where the link
 * stands; a hard link's name begins at the top.
 * @returns undefined when it leads out of the archive
 */
export function linkedName(type: 'link' | 'symlink', name: string, written: string): string | undefined {
  if (type === 'link') return entryName(written);
  if (written.length > MAX_NAME || written.includes('\0') || written.startsWith('/')) return undefined;
  const segments = name.split('/').slice(0, -1);
  for (const segment of written.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join('/');
}
