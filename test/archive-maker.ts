// Archives for tests: as the tools write them, and as nobody honest would.
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { digestOf } from '../src/oci/digest.ts';

/** An entry to be written; `raw` stands in the archive as it is, in place of a header and content. */
export interface Part extends Partial<Pick<Header, 'type' | 'linkname'>> {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly pax?: Readonly<Record<string, string>>;
  readonly raw?: Buffer;
}

export interface TestDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const END = Buffer.alloc(1024);

export async function tar(parts: readonly Part[]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const { raw, name, content = '', ...fields } of parts) {
    if (raw !== undefined) {
      pieces.push(raw);
      continue;
    }
    const packer = pack();
    const bytes = Buffer.from(content as Uint8Array);
    packer.entry({ name, ...fields }, bytes);
    packer.finalize();
    const whole = await buffer(packer as AsyncIterable<Uint8Array>);
    pieces.push(whole.subarray(0, whole.length - END.length));
  }
  return Buffer.concat([...pieces, END]);
}

/** A header with fields as the test wants them, and the right checksum unless one is given. */
export function rawHeader(fields: {
  readonly name?: string | Buffer;
  readonly size?: string | Buffer;
  readonly type?: string;
  readonly linkname?: string;
  readonly checksum?: string;
}): Buffer {
  const header = Buffer.alloc(512);
  const put = (text: string | Buffer, at: number): void => void Buffer.from(text as string).copy(header, at);
  put(fields.name ?? 'entry', 0);
  put('0000644\0', 100);
  put(fields.size ?? '00000000000\0', 124);
  put('00000000000\0', 136);
  put('        ', 148);
  put(fields.type ?? '0', 156);
  put(fields.linkname ?? '', 157);
  put('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** An OCI layout in the making. */
export class LayoutMaker {
  readonly blobs = new Map<string, Buffer>();
  readonly top: TestDescriptor[] = [];

  blob(content: Uint8Array | string, mediaType = layerType): TestDescriptor {
    const bytes = Buffer.from(content as Uint8Array);
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  manifest(body: Readonly<Record<string, unknown>>, mediaType = manifestType): TestDescriptor {
    return this.blob(JSON.stringify({ schemaVersion: 2, mediaType, ...body }), mediaType);
  }

  /** An image whose layers are these texts. */
  image(
    layers: readonly (string | Uint8Array)[],
    more: Readonly<Record<string, unknown>> = {},
  ): TestDescriptor {
    const config = this.blob(
      JSON.stringify({ made: layers.map((layer) => digestOf(layer)) }),
      'application/vnd.oci.image.config.v1+json',
    );
    return this.manifest({ config, layers: layers.map((layer) => this.blob(layer)), ...more });
  }

  index(manifests: readonly TestDescriptor[]): TestDescriptor {
    return this.manifest({ manifests }, indexType);
  }

  /** Has index.json name it, with these annotations. */
  name(descriptor: TestDescriptor, annotations?: Readonly<Record<string, string>>): TestDescriptor {
    this.top.push({ ...descriptor, ...(annotations && { annotations }) });
    return descriptor;
  }

  /** The full name, as skopeo and podman write it. */
  tag(descriptor: TestDescriptor, name: string): TestDescriptor {
    return this.name(descriptor, { 'org.opencontainers.image.ref.name': name });
  }

  parts(): readonly Part[] {
    return [
      ...[...this.blobs].map(([digest, content]) => ({ name: `blobs/${digest.replace(':', '/')}`, content })),
      { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests: this.top }) },
      { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ];
  }

  tar(): Promise<Buffer> {
    return tar(this.parts());
  }
}

/** An image as `docker save` wrote it before Docker 25. */
export function dockerParts(
  layers: readonly Part[],
  options: { readonly diffIds: readonly string[]; readonly tags: readonly string[] | null },
): readonly Part[] {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: options.diffIds },
  });
  const name = `${digestOf(config).slice(7)}.json`;
  const saved = [{ Config: name, RepoTags: options.tags, Layers: layers.map((layer) => layer.name) }];
  return [...layers, { name, content: config }, { name: 'manifest.json', content: JSON.stringify(saved) }];
}
