// Where a fault happens: the built server as a process, a scripted upstream, and clients that check all they get.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { startMock } from '../../mock/index.ts';
import type { Layer, MadeManifest, MockRegistry } from '../../mock/index.ts';
import type { SeededRandom } from '../../src/oci/seeded-random.ts';
import { askAdmin, samples } from '../admin-client.ts';
import { sha256 } from '../e2e/digest.ts';
import { OurServer } from '../e2e/our-server.ts';
import { openPlace } from '../e2e/place.ts';
import type { Place, Test } from '../e2e/place.ts';
import { openFiles } from './open-files.ts';

export interface SiteOptions {
  /** Makes the directory of the cache; default a new one on the machine's own disk. */
  readonly imagePath?: (place: Place, test: Test) => Promise<string>;
  /** A program and arguments that become the server. */
  readonly under?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A status, or that the body broke off or nothing was answered at all. */
export type Told = number | 'broken';

export interface Answered {
  readonly told: Told;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const folders = ['blobs', 'fat', 'img'];

export class FaultSite {
  readonly place: Place;
  readonly mock: MockRegistry;
  readonly server: OurServer;
  readonly random: SeededRandom;
  /** What every client must be able to pull when the fault is over. */
  readonly images: MadeManifest[] = [];
  /** Answers that ended cleanly and were wrong. */
  readonly wrong: string[] = [];
  /** Sockets of the server when nobody is connected. */
  idleSockets = 0;
  /** A server that was killed has left what only goes in its time. */
  crashed = false;
  readonly #kept = new Set<string>();
  #agent = new Agent({ connections: 2000 });

  private constructor(place: Place, mock: MockRegistry, server: OurServer, random: SeededRandom) {
    this.place = place;
    this.mock = mock;
    this.server = server;
    this.random = random;
  }

  static async open(test: Test, random: SeededRandom, options: SiteOptions): Promise<FaultSite> {
    const place = await openPlace(test);
    const mock = await startMock({ seed: random.seed });
    test.onTestFinished(() => mock.stop());
    const { imagePath, args = [], under = [], env } = options;
    const server = await OurServer.start(place, {
      registries: [mock.host],
      imagePath: (await imagePath?.(place, test)) ?? (await place.directory('images')),
      args: ['--log-level', 'info', '--shutdown-grace', '5s', ...args],
      under,
      ...(env !== undefined && { env: { PATH: process.env['PATH'] ?? '', ...env } }),
    });
    const site = new FaultSite(place, mock, server, random);
    test.onTestFinished(() => site.#agent.destroy());
    site.idleSockets = (await openFiles(server.pid)).sockets;
    return site;
  }

  /** Makes an image that is to be pulled, now or in the end; a tag that was there moves. */
  image(
    repository: string,
    layers: readonly Layer[] = [this.random.below(300_000)],
    tag = 'v1',
  ): MadeManifest {
    const made = this.mock.addImage(repository, tag, { layers });
    const moved = this.images.findIndex((image) => image.name === made.name);
    if (moved >= 0) this.images.splice(moved, 1);
    this.images.push(made);
    return made;
  }

  /** What is at `/v2/PATH`; what says it is whole is compared with its digest. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    const url = `${this.server.url}/v2/${path}?ns=${this.mock.host}`;
    try {
      const answer = await request(url, { headers, dispatcher: this.#agent });
      const body = Buffer.from(await answer.body.arrayBuffer());
      const digest = answer.headers['docker-content-digest'];
      if (answer.statusCode === 200 && (digest !== sha256(body) || !this.#isAsked(path, sha256(body))))
        this.wrong.push(`${path} was answered with ${body.length} bytes of ${sha256(body)}`);
      return { told: answer.statusCode, headers: answer.headers, body };
    } catch {
      return { told: 'broken', headers: {}, body: Buffer.alloc(0) };
    }
  }

  /** Pulls an image as clients do: the manifest by its tag, then all that it names. Every outcome that was not 200. */
  async pull({ repository, tag = '', blobs, digest }: MadeManifest): Promise<readonly Told[]> {
    const paths = [`manifests/${tag}`, `manifests/${digest}`, ...blobs.map((blob) => `blobs/${blob.digest}`)];
    const told: Told[] = [];
    for (const path of paths) told.push((await this.get(`${repository}/${path}`)).told);
    return told.filter((outcome) => outcome !== 200);
  }

  /** Notes what is whole on the disk: none of it may be lost any more. */
  async keep(): Promise<void> {
    for (const name of await this.stored()) this.#kept.add(name);
  }

  get kept(): readonly string[] {
    return [...this.#kept];
  }

  /** What is in place, as `blobs/<hex>`. */
  async stored(): Promise<readonly string[]> {
    const found = folders.map(async (folder) => {
      const names = await readdir(join(this.server.imagePath, folder));
      return names.filter((name) => /^[\da-f]{64}$/.test(name)).map((name) => `${folder}/${name}`);
    });
    return (await Promise.all(found)).flat();
  }

  async metric(name: string): Promise<number> {
    const { text } = await askAdmin(join(this.server.imagePath, 'admin.sock'), '/metrics');
    return samples(text).get(name) ?? 0;
  }

  /** Takes away the locks of a server that was killed: otherwise it takes ten seconds to know that it is dead. */
  async buryTheDead(): Promise<void> {
    this.crashed = true;
    const pulls = join(this.server.imagePath, 'pulls');
    for (const name of await readdir(pulls)) if (/\.(?:lock|lease)$/.test(name)) await rm(join(pulls, name));
  }

  /** Ends every connection of its clients. */
  async disconnect(): Promise<void> {
    await this.#agent.destroy();
    this.#agent = new Agent({ connections: 2000 });
  }

  async restart(args?: readonly string[], under?: readonly string[]): Promise<void> {
    if (this.server.running) await this.server.stop();
    await this.disconnect();
    await this.server.startAgain(args, under);
    this.idleSockets = (await openFiles(this.server.pid)).sockets;
  }

  #isAsked(path: string, digest: string): boolean {
    return !path.includes('sha256:') || path.endsWith(digest);
  }
}
