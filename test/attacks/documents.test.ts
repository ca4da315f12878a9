// Every parser of a document that a stranger wrote, or a disk has damaged: refused in its own words, or sound.
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { stringify } from 'yaml';
import { parseConfigFile } from '../../src/config/file.ts';
import { settingShape } from '../../src/config/schema.ts';
import { isRecord } from '../../src/oci/descriptor.ts';
import { digestOf, isDigest } from '../../src/oci/digest.ts';
import { OciError } from '../../src/oci/errors.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { isIndexType, mediaTypes } from '../../src/oci/media-type.ts';
import { isTag, parseTag } from '../../src/oci/reference.ts';
import { parseRegistryHost } from '../../src/oci/registry-host.ts';
import { parseRepositoryName } from '../../src/oci/repository.ts';
import { holderCodec, tagTable } from '../../src/serialize/holder.ts';
import { linkCodec } from '../../src/serialize/link.ts';
import { ArchiveError } from '../../src/transfer/archive-error.ts';
import { readArchive } from '../../src/transfer/archive.ts';
import { Turns } from '../../src/thread/turns.ts';
import { parseTable, tableBytes } from '../../src/transfer/bundle-table.ts';
import { parseInventory } from '../../src/transfer/inventory.ts';
import { jsonBytes, parseJson } from '../../src/transfer/json-in-turns.ts';
import { imagesInYaml } from '../../src/transfer/kubernetes-images.ts';
import { parseDockerConfig } from '../../src/upstream/docker-config.ts';
import { LayoutMaker, rawHeader, tar } from '../archive-maker.ts';
import { damaged, edited, fuzz, textLike } from './fuzzing.ts';

const digest = digestOf('x');
const bound = '2026-11-21T08:00:00.000Z';

/** Errors of the language itself are defects; those of a parser say what is wrong with the document. */
function taken<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    const isOwn = error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
    // TextDecoder says with a TypeError that it is no UTF-8.
    if (isOwn || (error as { code?: unknown }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return undefined;
    throw error;
  }
}

async function takenInTurns<T>(parse: () => Promise<T>): Promise<T | undefined> {
  const outcome = await parse().then(
    (value) => () => value,
    (error: unknown) => (): T => {
      throw error;
    },
  );
  return taken(outcome);
}

/** Any JSON, most of it with keys and values that mean something to us. */
function jsonOf(keys: readonly string[], values: readonly unknown[]): fc.Arbitrary<unknown> {
  const key = fc.oneof(fc.constantFrom(...keys), fc.constantFrom('__proto__', 'constructor', 'toString', ''));
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, fc.jsonValue({ maxDepth: 1 })),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    table: fc
      .array(fc.tuple(key, tie('tree')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
    tree: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie('leaf'), tie('table'), tie('list')),
  }));
  return tree;
}

const types = [...Object.values(mediaTypes), 'text/html', 'application/json'];
const descriptor = { mediaType: mediaTypes.ociLayer, digest, size: 1 };
const manifestJson = jsonOf(
  [
    'schemaVersion',
    'mediaType',
    'config',
    'layers',
    'manifests',
    'blobs',
    'fsLayers',
    'signatures',
    'subject',
    'urls',
  ],
  [
    2,
    1,
    ...types,
    descriptor,
    [descriptor],
    [],
    {},
    null,
    { ...descriptor, size: -1 },
    { ...descriptor, digest: 'x' },
  ],
);
const topKeys = ['config', 'layers', 'manifests', 'blobs', 'fsLayers', 'mediaType', 'subject'] as const;
const manifestLike = fc
  .tuple(manifestJson, fc.dictionary(fc.constantFrom(...topKeys), manifestJson))
  .map(([one, other]) => (isRecord(one) ? { schemaVersion: 2, ...one, ...other } : one));
const contentType = fc.option(fc.constantFrom(...types, ''), { nil: undefined });

describe('manifests', () => {
  fuzz('of any shape', fc.tuple(manifestLike, contentType), ([json, type]) => {
    expectSound(Buffer.from(JSON.stringify(json)), type);
  });

  const honest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: [descriptor],
  };
  fuzz(
    'of any bytes',
    fc.tuple(damaged(Buffer.from(JSON.stringify(honest))), contentType),
    ([bytes, type]) => {
      expectSound(bytes, type);
    },
  );

  const depth = fc.integer({ min: 1, max: 100_000 });
  fuzz(
    'nested as deep as they may be',
    depth,
    (levels) => {
      const nested = '['.repeat(levels) + ']'.repeat(levels);
      expectSound(Buffer.from(`{"schemaVersion":2,"manifests":[],"annotations":${nested}}`), undefined);
      expectSound(Buffer.from('{"manifests":['.repeat(levels) + ']}'.repeat(levels)), undefined);
    },
    { cases: 20 },
  );

  function expectSound(bytes: Uint8Array, type: string | undefined): void {
    let manifest: ReturnType<typeof parseManifest>;
    try {
      manifest = parseManifest(bytes, type);
    } catch (error) {
      expect(error).toBeInstanceOf(OciError);
      expect((error as OciError).code).toBe('MANIFEST_INVALID');
      return;
    }
    const body = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    // CVE-2021-41190: no other reader sees another kind in it.
    const has = (key: string): boolean => Object.hasOwn(body, key) && body[key] !== null;
    expect(has('manifests') && (has('layers') || has('config'))).toBe(false);
    if (manifest.kind === 'index') expect(isIndexType(manifest.mediaType)).toBe(true);
    if (manifest.kind === 'opaque') expect(manifest.descriptors).toEqual([]);
    for (const { digest: child, size } of manifest.descriptors) {
      expect(isDigest(child)).toBe(true);
      expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  }
});

describe('records on the disk', () => {
  const manifest = '{"schemaVersion":2,"manifests":[]}';
  const held = digestOf(manifest);
  const holder = holderCodec.encode({
    digest: held,
    mediaType: mediaTypes.ociIndex,
    manifest,
    anonymous: true,
    created: bound,
    references: [
      {
        registry: parseRegistryHost('quay.io'),
        repository: parseRepositoryName('a/b'),
        tags: tagTable([
          [parseTag('__proto__'), { bound }],
          ['v1', { bound, pinned: true }],
        ]),
      },
    ],
  });
  const link = linkCodec.encode({ digest, anonymous: false, repositories: ['quay.io/a/b'] });

  fuzz('holders', fc.oneof(edited(fc.constant(holder)), damaged(Buffer.from(holder)).map(String)), (text) => {
    const found = taken(() => holderCodec.decode(text, held));
    if (found === undefined) return;
    expect(digestOf(found.manifest)).toBe(held);
    for (const { registry, repository, tags } of found.references) {
      expect(parseRegistryHost(registry)).toBe(registry);
      expect(parseRepositoryName(repository)).toBe(repository);
      expect(Object.keys(tags).every(isTag)).toBe(true);
      expect(Object.getPrototypeOf(tags)).toBe(null);
    }
    expect(holderCodec.decode(holderCodec.encode(found), held)).toEqual(found);
  });

  const keys = [
    'version',
    'digest',
    'mediaType',
    'anonymous',
    'created',
    'references',
    'manifest',
    'tags',
    'registry',
  ];
  const values = [1, 2, held, manifest, true, bound, 'quay.io', 'a/b', { v1: { bound } }, null];
  fuzz('records of any shape', jsonOf(keys, values), (json) => {
    const whole = isRecord(json) ? { version: 1, digest: held, manifest, anonymous: true, ...json } : json;
    taken(() => holderCodec.decode(JSON.stringify(whole), held));
    taken(() => linkCodec.decode(JSON.stringify(whole), held));
  });

  fuzz('link records', edited(fc.constant(link)), (text) => {
    const found = taken(() => linkCodec.decode(text, digest));
    if (found !== undefined) expect(linkCodec.decode(linkCodec.encode(found), digest)).toEqual(found);
  });
});

describe('configuration', () => {
  const sample = `port: 8080
registries:
  - name: quay.io
    auth: { user: robot, password: canary-4711 }
    tls: { insecure_skip_verify: true }
    endpoints: [{ url: https://a.test, style: ns }]
    revalidate: 5m
complete: false
`;

  function expectMistakesTold(text: string): void {
    const { mistakes, settings } = parseConfigFile(text, 'file');
    for (const { place, message } of mistakes) {
      expect(place).toMatch(/^file:\d+:\d+$/);
      expect(message).not.toBe('');
    }
    for (const { registry } of settings.registries ?? []) expect(parseRegistryHost(registry)).toBe(registry);
  }

  fuzz(
    'of any text',
    textLike(sample, 'a: &x [*x]\n', '- name: a.test\n', '%YAML 1.2\n---\n!!binary aa'),
    expectMistakesTold,
  );

  const entryKeys = [
    'name',
    'auth',
    'user',
    'password',
    'file',
    'tls',
    'endpoints',
    'url',
    'style',
    'revalidate',
  ];
  const json = jsonOf(
    [...Object.keys(settingShape), ...entryKeys],
    ['quay.io', 'https://a.test', 5, true, '5m', []],
  );
  fuzz('of any shape', json, (value) => {
    expectMistakesTold(stringify(value));
  });

  const depth = fc.integer({ min: 1, max: 20_000 });
  fuzz(
    'nested without end',
    depth,
    (levels) => {
      expectMistakesTold(`registries: ${'['.repeat(levels)}${']'.repeat(levels)}`);
      expectMistakesTold(
        Array.from({ length: Math.min(levels, 500) }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
      );
    },
    { cases: 20 },
  );

  fuzz(
    "docker's config.json",
    edited(
      fc.constant(
        `{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"}},"credHelpers":{"a.test":"ecr-login"}}`,
      ),
    ),
    (text) => {
      taken(() => parseDockerConfig(text));
    },
  );
});

describe('what is carried in', async () => {
  const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  containers: [{ name: a, image: nginx:1.10 }]\n---\n';
  fuzz('YAML of Kubernetes', textLike(pod, '- &a [*a, *a]\n', '<<: *b\n'), (text) => {
    imagesInYaml(text);
  });

  fuzz(
    'YAML nested without end',
    fc.integer({ min: 1, max: 20_000 }),
    (levels) => {
      imagesInYaml('['.repeat(levels) + ']'.repeat(levels));
      imagesInYaml('{a: '.repeat(levels));
    },
    { cases: 20 },
  );

  fuzz(
    'inventories',
    edited(fc.constant(`ociregistry-inventory 1\nquay.io/a:v1 ${digest}\n${digest}\nend\n`)),
    (text) => {
      for (const known of taken(() => parseInventory(text))?.digests ?? [])
        expect(isDigest(known)).toBe(true);
    },
  );

  const table = await tableBytes({
    version: 1,
    images: [{ name: 'quay.io/a:v1', digest }],
    manifests: [{ digest, size: 1, images: [0], mediaType: mediaTypes.ociIndex }],
    blobs: [{ digest, size: 1, public: true, images: [0] }],
  });
  fuzz('tables of bundles', damaged(table), async (bytes) => {
    await takenInTurns(() => parseTable(bytes));
  });

  // What reads a document piece by piece reads what the language reads, or nothing.
  const lists = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', 'images')),
    fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()))),
  );
  fuzz('JSON in turns, as it is written', lists, async (document) => {
    const bytes = await jsonBytes(document, new Turns());
    expect(bytes.toString()).toBe(JSON.stringify(document));
    const isOurs = Object.values(document).every((value) => !Array.isArray(value) || value.every(isRecord));
    const read = await takenInTurns(() => parseJson(bytes, new Turns()));
    expect(read === undefined).toBe(!isOurs);
    if (isOurs) expect(read).toEqual(JSON.parse(bytes.toString()));
  });
  fuzz('JSON in turns, damaged', damaged(table), async (bytes) => {
    const read = await takenInTurns(() => parseJson(bytes, new Turns()));
    if (read !== undefined) expect(read).toEqual(JSON.parse(bytes.toString()));
  });

  const maker = new LayoutMaker();
  maker.tag(maker.image(['one', 'two']), 'quay.io/app:v1');
  const archive = await tar([
    ...maker.parts(),
    { name: 'a/link', type: 'symlink', linkname: '../b' },
    { name: 'long', pax: { path: 'x/'.repeat(100), size: '0' } },
  ]);
  fuzz('archives', damaged(archive), expectContained);

  const field = textLike('../../etc/passwd', '/etc/passwd', 'blobs/sha256/x');
  const header = fc.record({
    name: field.map((text) => Buffer.from(text).subarray(0, 100)),
    size: fc.oneof(
      fc.constantFrom('00000000000\0', '77777777777\0', '-0000000001\0'),
      fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    ),
    type: fc.constantFrom(...('0123456789xgLKSVDMN\0'.match(/[^]/g) ?? [])),
    linkname: field.map((text) => text.slice(0, 50)),
  });
  fuzz('headers of archives', fc.array(header, { maxLength: 5 }), (headers) =>
    expectContained(Buffer.concat([...headers.map(rawHeader), Buffer.alloc(2048)])),
  );

  async function expectContained(bytes: Buffer): Promise<void> {
    try {
      for await (const entry of readArchive(Readable.from([bytes]), { name: 'x' })) {
        expect(entry.name).not.toMatch(/^\/|\0|(?:^|\/)\.\.(?:\/|$)/);
        expect(entry.linked ?? '').not.toMatch(/^\/|\0|(?:^|\/)\.\.(?:\/|$)/);
        let length = 0;
        for await (const chunk of entry.bytes) length += chunk.length;
        expect(length).toBe(entry.size);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ArchiveError);
    }
  }
});
