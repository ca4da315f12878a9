// A repository's name, of any depth, without its registry.
import type { Brand } from './brand.ts';
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';
import type { RegistryHost } from './registry-host.ts';

/** In the specification's grammar, so it is safe in a path and in a URL as it is. */
export type RepositoryName = string & Brand<'RepositoryName'>;

const MAX_LENGTH = 255;

// Separators and alphanumerics are disjoint, so there is one way to match: no backtracking to speak of.
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const grammar = new RegExp(`^${component}(?:/${component})*$`);

/**
 * @throws {OciError} NAME_INVALID
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (text.length > MAX_LENGTH) {
    throw new OciError(
      'NAME_INVALID',
      `${quoted(text)}: a repository name has at most ${MAX_LENGTH} characters`,
    );
  }
  if (grammar.test(text)) return text as RepositoryName;
  throw new OciError('NAME_INVALID', `${quoted(text)} is no repository name: ${reason(text)}`);
}

/**
 * A repository as `registry` itself calls it: Docker Hub's one-segment names are short for `library/…`.
 * @throws {OciError} NAME_INVALID
 */
export function parseRepositoryOf(registry: RegistryHost, text: string): RepositoryName {
  const short = registry === 'docker.io' && text !== '' && !text.includes('/');
  return parseRepositoryName(short ? `library/${text}` : text);
}

function reason(text: string): string {
  if (text === '') return 'it is empty';
  if (/^\/|\/\/|\/$/.test(text)) return 'it has an empty segment';
  if (/[A-Z]/.test(text)) return 'names are lower case';
  return 'a segment is lower-case letters and digits, joined by one ".", one or two "_", or any number of "-"';
}
