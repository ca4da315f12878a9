// What a configuration says of admission: which images may run, and the certificate that the API server is shown.
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseImageRule } from '../oci/image-rule.ts';
import type { ImageRule } from '../oci/image-rule.ts';
import { validationDefaults, validationModes } from './config.ts';
import type { CertificateFiles, ImageValidation } from './config.ts';
import * as value from './value.ts';

export function certificateFiles() {
  return z
    .strictObject({
      cert: value
        .pemFile()
        .describe('PEM file of the certificate, followed by those that lead to its authority.'),
      key: value.pemFile().describe('PEM file of its key.'),
    })
    .transform(({ cert, key }): CertificateFiles => ({ cert: resolve(cert), key: resolve(key) }));
}

export function imageValidation() {
  return z
    .strictObject({
      default: value
        .oneOf(...validationDefaults)
        .optional()
        .describe(
          'Of images that no rule is for: `allow` (the default), `deny`, or `cached`: only what this server can serve now, for `platforms`.',
        ),
      mode: value
        .oneOf(...validationModes)
        .optional()
        .describe('`enforce` (the default), or `warn`: what would be denied is let in with a warning.'),
      allow: imageRules().describe(
        'Images that may run, by the beginning of their names: `docker.io`, `quay.io/team/`, `nginx:1.29`.',
      ),
      deny: imageRules().describe(
        'Images that may not; of two rules the longer one counts, of equal ones this.',
      ),
      server_names: z
        .array(value.registryHost(), { error: 'must be a list' })
        .optional()
        .describe('As which registry images name this server: they are judged by what they name behind it.'),
    })
    .transform(({ default: standard, mode, allow, deny, server_names }): ImageValidation => ({
      default: standard ?? 'allow',
      mode: mode ?? 'enforce',
      allow: allow ?? [],
      deny: deny ?? [],
      serverNames: server_names ?? [],
    }));
}

function imageRules() {
  return z.array(imageRule(), { error: 'must be a list' }).optional();
}

function imageRule() {
  return value.filledText().transform((text, context): ImageRule => {
    try {
      return parseImageRule(text);
    } catch (cause) {
      context.addIssue({
        code: 'custom',
        message: cause instanceof Error ? cause.message : 'is no rule for images',
      });
      return z.NEVER;
    }
  });
}
