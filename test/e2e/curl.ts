// curl, whose exit status tells whether a body ended as it should.
import type { Place } from './place.ts';
import type { Finished } from './tool.ts';

export interface Curled {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of text, with its headers. */
export async function curl(place: Place, url: string, ...options: string[]): Promise<Curled> {
  const { stdout } = await place.run('curl', ['--silent', '--show-error', '--include', ...options, url]);
  const end = stdout.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = stdout.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: stdout.slice(end + 4),
  };
}

/** Downloads into a file; any exit status is an answer, and 0 is a body that came whole with status 200 or 206. */
export function curlToFile(place: Place, url: string, file: string, ...options: string[]): Promise<Finished> {
  const always = ['--silent', '--show-error', '--fail', '--no-buffer', '--output', file];
  return place.run('curl', [...always, ...options, url], { mayFail: true });
}

/**
 * Compares the body with a file, byte by byte, while it comes: many can do so at once without filling the disk.
 * `headers` is a file that appears when the answer begins.
 */
export function curlAndCompare(place: Place, url: string, file: string, headers: string): Promise<Finished> {
  const script = 'set -o pipefail; curl --silent --show-error --fail --dump-header "$3" "$1" | cmp - "$2"';
  return place.run('bash', ['-c', script, 'bash', url, file, headers], { mayFail: true });
}
