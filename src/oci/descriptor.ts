// A descriptor: how one piece of content points to another.
import { isDigest, type Digest } from './digest.ts';
import { OciError } from './errors.ts';
import { mediaTypes } from './media-type.ts';
import type { Platform } from './platform.ts';

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  /** base64 of the content itself */
  readonly data?: string;
}

/**
 * Reads a descriptor out of a manifest, where `where` says which one it is.
 * Digest and size must be right, since we act on them. Any other field that is malformed is left out: the bytes
 * are served as they are, and it is for the client to judge them.
 * @throws {OciError} MANIFEST_INVALID
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isRecord(value)) throw invalid(where, 'it is no object');
  const { mediaType, digest, size, urls, platform, annotations, artifactType, data } = value;
  if (typeof digest !== 'string' || !isDigest(digest))
    throw invalid(where, 'its digest is malformed or unsupported');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(where, 'its size is no number of bytes');
  }
  return {
    mediaType: typeof mediaType === 'string' && mediaType !== '' ? mediaType : mediaTypes.octetStream,
    digest,
    size,
    ...(isStrings(urls) && { urls }),
    ...(isPlatform(platform) && { platform }),
    ...(isRecord(annotations) && { annotations: parseAnnotations(annotations) }),
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(typeof data === 'string' && { data }),
  };
}

/** The annotations among an object's members: those that are strings. */
export function parseAnnotations(value: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Whether a JSON value is an object, neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isPlatform(value: unknown): value is Platform {
  return (
    isRecord(value) &&
    typeof value['os'] === 'string' &&
    typeof value['architecture'] === 'string' &&
    (value['variant'] === undefined || typeof value['variant'] === 'string') &&
    (value['os.version'] === undefined || typeof value['os.version'] === 'string') &&
    (value['os.features'] === undefined || isStrings(value['os.features']))
  );
}

function invalid(where: string, why: string): OciError {
  return new OciError('MANIFEST_INVALID', `the descriptor ${where} is malformed: ${why}`);
}
