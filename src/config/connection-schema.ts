// How the file says where a registry is really reached, and within which limits.
import { z } from 'zod';
import { formatPlatform, parsePlatform } from '../oci/platform.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { endpointStyles } from './config.ts';
import type { EntryEndpoint, RegistryTimeouts } from './config.ts';
import * as value from './value.ts';

export function pathPrefix() {
  return value.filledText().transform((text, context): RepositoryName => {
    try {
      return parseRepositoryName(text.replace(/^\/+|\/+$/g, ''));
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be the beginning of repository names, such as team or team/project',
      });
      return z.NEVER;
    }
  });
}

function endpointUrl() {
  return value.filledText().transform((text, context): string => {
    const mistake = endpointMistake(text);
    if (mistake === undefined) return new URL(text).href;
    context.addIssue({ code: 'custom', message: mistake });
    return z.NEVER;
  });
}

/** Never with the value: somebody may have written a password into it. */
function endpointMistake(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return 'must be a URL that begins with https:// or http://';
  }
  const { username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '') {
    return 'must hold no user or password; write them under auth of an entry with this host as its name';
  }
  return search === '' && hash === '' ? undefined : 'must have no ? or # in it';
}

export function endpoints() {
  const endpoint = z
    .strictObject({
      url: endpointUrl().describe(
        'Where it is; a path in it is where the repositories are, such as a project of Harbor.',
      ),
      style: value
        .oneOf(...endpointStyles)
        .optional()
        .describe(
          '`plain` (the default): a registry. `ns`: another cache like this one. `path`: the registry’s host is put into the path.',
        ),
    })
    .transform(({ url, style }): EntryEndpoint => ({ url, style: style ?? 'plain' }));
  return z
    .array(endpoint, { error: 'must be a list' })
    .min(1, { error: 'must have an endpoint in it, or not be there' })
    .describe('Where to really go for this registry, in order: the next is asked where one fails.');
}

export function timeouts() {
  return z
    .strictObject({
      connect: value.duration(1).describe('For a connection, TLS included; 10s unless it is given.'),
      header: value.duration(1).describe('For the first byte of an answer; 30s unless it is given.'),
      no_progress: value.duration(1).describe('Without a byte of a body; `pull_timeout` unless it is given.'),
    })
    .partial()
    .transform(({ connect, header, no_progress }): RegistryTimeouts => ({
      ...(connect !== undefined && { connectMs: connect }),
      ...(header !== undefined && { headerMs: header }),
      ...(no_progress !== undefined && { noProgressMs: no_progress }),
    }))
    .describe('How long this registry may take.');
}

/** A list in the file; in a flag or a variable, text with commas. */
export function platforms() {
  const platform = value.filledText().transform((text, context): string => {
    if (text.trim().toLowerCase() === 'all') return 'all';
    try {
      return formatPlatform(parsePlatform(text));
    } catch (cause) {
      context.addIssue({
        code: 'custom',
        message: cause instanceof Error ? cause.message : 'is no platform',
      });
      return z.NEVER;
    }
  });
  return z.preprocess(
    (written) => (typeof written === 'string' ? written.split(',') : written),
    z.array(platform, { error: 'must be a list' }),
  );
}

export function registryPatterns() {
  const pattern = value.filledText().transform((text, context): string => {
    const written = text.trim().toLowerCase();
    try {
      // One spelling for the names that are one registry.
      if (!written.includes('*')) return parseRegistryHost(written);
    } catch {
      // Said below.
    }
    if (written.includes('*') && /^[a-z0-9.*:[\]-]+$/.test(written)) return written;
    context.addIssue({
      code: 'custom',
      message: 'must be a registry host, in which * stands for anything, such as *.example.com',
    });
    return z.NEVER;
  });
  return z.preprocess(
    (written) => (typeof written === 'string' ? written.split(',') : written),
    z.array(pattern, { error: 'must be a list' }),
  );
}
