// A manifest: what its bytes say, read once, strictly enough that no other reader sees another kind in them.
import { isRecord, parseAnnotations, parseDescriptor, type Descriptor } from './descriptor.ts';
import { OciError } from './errors.ts';
import { baseMediaType, isImageManifestType, isIndexType, isSchema1Type, mediaTypes } from './media-type.ts';
import { quoted } from './quotation.ts';

/** Twice what the specification asks a registry to take. */
export const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

export interface Manifest {
  /** an index names manifests, an image names blobs, and nobody looks into what is opaque */
  readonly kind: 'index' | 'image' | 'opaque';
  /** without parameters */
  readonly mediaType: string;
  /** an index: its manifests; an image: its config, then its layers; opaque: none */
  readonly descriptors: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly configMediaType?: string;
}

type Body = Readonly<Record<string, unknown>>;

// What servers that know no better call any file; it says nothing about which manifest it is.
const generic: ReadonlySet<string> = new Set(['', 'application/json', mediaTypes.octetStream, 'text/plain']);

/**
 * Reads a manifest that came with `contentType`.
 * @throws {OciError} MANIFEST_INVALID when it is too large, no JSON object in UTF-8, of two kinds at once, of
 * another media type than its Content-Type, or holds a malformed descriptor.
 * @see https://github.com/opencontainers/distribution-spec/security/advisories/GHSA-mc8v-mgrf-8f4m
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  const body = parseBody(bytes);
  const mediaType = agreedMediaType(body, contentType) ?? typeByShape(body);
  const { descriptors, kind } = parseContent(body, mediaType);
  const { subject, artifactType, annotations, config } = body;
  return {
    kind,
    mediaType,
    descriptors,
    ...(isPresent(subject) && { subject: parseDescriptor(subject, 'subject') }),
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(isRecord(annotations) && { annotations: parseAnnotations(annotations) }),
    ...(kind === 'image' &&
      isPresent(config) && { configMediaType: parseDescriptor(config, 'config').mediaType }),
  };
}

function parseBody(bytes: Uint8Array): Body {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) {
    throw invalid(`a manifest has at most ${MAX_MANIFEST_BYTES} bytes, this one has ${bytes.byteLength}`);
  }
  let body: unknown;
  try {
    // With ignoreBOM the mark stays in the text, where JSON refuses it, as clients written in Go do.
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new OciError('MANIFEST_INVALID', 'the manifest is no JSON in UTF-8', { cause });
  }
  if (!isRecord(body)) throw invalid('the manifest is no JSON object');
  return body;
}

/** The media type that the body and the Content-Type agree on; undefined when neither says one. */
function agreedMediaType(body: Body, contentType: string | undefined): string | undefined {
  const { mediaType } = body;
  if (isPresent(mediaType) && typeof mediaType !== 'string')
    throw invalid('the mediaType of the manifest is no text');
  const inside = baseMediaType(typeof mediaType === 'string' ? mediaType : '');
  const outside = baseMediaType(contentType ?? '');
  if (inside !== '' && !generic.has(outside) && inside !== outside) {
    throw invalid(`the manifest says it is ${quoted(inside)}, but its Content-Type is ${quoted(outside)}`);
  }
  if (inside !== '') return inside;
  return generic.has(outside) ? undefined : outside;
}

function typeByShape(body: Body): string {
  if (body['schemaVersion'] === 1) {
    return isPresent(body['signatures']) ? mediaTypes.dockerSchema1Signed : mediaTypes.dockerSchema1;
  }
  if (Object.hasOwn(body, 'manifests')) return mediaTypes.ociIndex;
  if (Object.hasOwn(body, 'layers') || Object.hasOwn(body, 'config')) return mediaTypes.ociManifest;
  throw invalid('neither the manifest nor its Content-Type says what it is');
}

/** Judges by the media type, and refuses a body that could pass for another kind (CVE-2021-41190). */
function parseContent(body: Body, mediaType: string): Pick<Manifest, 'descriptors' | 'kind'> {
  const { config } = body;
  const manifests = list(body, 'manifests');
  const layers = list(body, 'layers');
  const hasBlobs = layers !== undefined || isPresent(config);
  if (manifests !== undefined && hasBlobs) {
    throw invalid('the manifest has both manifests and layers or a config: it is two kinds at once');
  }
  const isSchema1 = isSchema1Type(mediaType);
  if (!isSchema1 && isPresent(body['fsLayers']))
    throw invalid(`a manifest of schema 1 came as ${quoted(mediaType)}`);
  if (isSchema1 && (manifests !== undefined || hasBlobs)) {
    throw invalid(`${quoted(mediaType)} has no manifests, layers or config`);
  }
  if (isIndexType(mediaType)) {
    if (hasBlobs) throw invalid('an index has no layers and no config');
    return { kind: 'index', descriptors: parseList(manifests, 'manifests') };
  }
  if (!isImageManifestType(mediaType)) return { kind: 'opaque', descriptors: [] };
  if (manifests !== undefined) throw invalid('an image manifest has no manifests');
  const blobs = mediaType === mediaTypes.ociArtifact ? list(body, 'blobs') : undefined;
  return {
    kind: 'image',
    descriptors: [
      ...(isPresent(config) ? [parseDescriptor(config, 'config')] : []),
      ...parseList(layers, 'layers'),
      ...parseList(blobs, 'blobs'),
    ],
  };
}

// Go writes an empty list that was never made as null.
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function list(body: Body, key: string): readonly unknown[] | undefined {
  const value = body[key];
  if (!isPresent(value)) return undefined;
  if (!Array.isArray(value)) throw invalid(`the manifest's ${key} are no list`);
  return value as readonly unknown[];
}

function parseList(values: readonly unknown[] | undefined, key: string): readonly Descriptor[] {
  return (values ?? []).map((value, index) => parseDescriptor(value, `${key}[${index}]`));
}

function invalid(message: string): OciError {
  return new OciError('MANIFEST_INVALID', message);
}
