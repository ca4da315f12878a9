// A mock registry: a real one on a port of its own, that misbehaves as its script says.
import { randomInt } from 'node:crypto';
import type { Authenticate, BasicAuthOptions } from './auth.ts';
import { basicAuth, bearerAuth } from './auth.ts';
import { Cdn } from './cdn.ts';
import type { CdnOptions } from './cdn.ts';
import type { Connections } from './connections.ts';
import { makeDispatch } from './dispatch.ts';
import type { Presentation } from './handlers.ts';
import { makeHandlers } from './handlers.ts';
import type { ArtifactOptions, BlobOptions, ImageOptions, ManifestOptions } from './image-maker.ts';
import { ImageMaker } from './image-maker.ts';
import type { ListenerOptions } from './listener.ts';
import { Listener } from './listener.ts';
import type { MadeBlob, MadeManifest } from './made.ts';
import type { PagingOptions } from './paging.ts';
import { Random } from './random.ts';
import type { RateLimitOptions } from './rate-limit.ts';
import { RateLimit } from './rate-limit.ts';
import type { Reply } from './reply.ts';
import type { LoggedRequest, Match } from './request-log.ts';
import { RequestLog } from './request-log.ts';
import type { Rule } from './rule.ts';
import { Script } from './script.ts';
import { ContentStore } from './store.ts';
import type { BearerAuthOptions } from './token-service.ts';
import { TokenService } from './token-service.ts';

export interface MockOptions extends ListenerOptions {
  readonly auth?: BasicAuthOptions | BearerAuthOptions;
  /** true: blobs are redirected to a second port */
  readonly cdn?: CdnOptions | true;
  readonly rateLimit?: RateLimitOptions;
  readonly paging?: PagingOptions;
  /** default true; false: 404, as registries did before the API */
  readonly referrersApi?: boolean;
  /** of all random content; default a random one, which is logged */
  readonly seed?: number;
  /** milliseconds since 1970, for tokens, signatures and windows */
  readonly clock?: () => number;
  readonly log?: (line: string) => void;
}

/** Starts a mock registry; `await using` stops it. */
export async function startMock(options: MockOptions = {}): Promise<MockRegistry> {
  const mock = new MockRegistry(options);
  await mock.start();
  return mock;
}

export class MockRegistry implements AsyncDisposable {
  readonly seed: number;
  readonly store = new ContentStore();
  readonly log = new RequestLog();
  /** how lists are presented; may be changed at any time */
  readonly presentation: Presentation;
  /** present with bearer authentication */
  readonly tokens?: TokenService;
  /** present with `cdn` */
  readonly cdn?: Cdn;
  /** the registry's own port */
  readonly listener: Listener;
  /** where blobs are redirected to; the registry's own without a CDN apart */
  readonly cdnListener: Listener;
  /** where tokens are to be had; the registry's own without a token service apart */
  readonly tokenListener: Listener;
  readonly #script = new Script();
  readonly #images: ImageMaker;
  readonly #authenticate: Authenticate;
  readonly #rateLimit: RateLimit | undefined;

  constructor(options: MockOptions = {}) {
    const { auth, cdn, rateLimit, paging = {}, referrersApi = true, clock = Date.now } = options;
    const { log = console.info } = options;
    this.seed = options.seed ?? randomInt(2 ** 32);
    if (options.seed === undefined) log(`mock registry: seed ${this.seed}`);
    this.presentation = { paging, referrersApi };
    this.#images = new ImageMaker(this.store, new Random(this.seed));
    this.#rateLimit = rateLimit && new RateLimit(rateLimit, clock);

    const dispatch = makeDispatch(makeHandlers(this.store, this.presentation), {
      log: this.log,
      script: this.#script,
      serves: (listener, via) => listener === this.#listenerOf(via),
      authenticate: (request) => this.#authenticate(request),
      intercept: (request) => this.#intercept(request),
      headers: (request) => this.#rateLimit?.headers(request) ?? {},
    });
    const { host = '127.0.0.1', tls } = options;
    const listen = (own: ListenerOptions) => new Listener({ host, ...(tls && { tls }), ...own }, dispatch);
    this.listener = listen(options);
    this.cdnListener = this.listener;
    this.tokenListener = this.listener;

    // Signatures and tokens have a stream of their own, so that they do not change what images are made of.
    const secrets = new Random(this.seed ^ 0x5eed);
    if (cdn !== undefined) {
      const cdnOptions = cdn === true ? {} : cdn;
      this.cdn = new Cdn(cdnOptions, this.store, secrets, clock);
      if (cdnOptions.listener !== 'same') this.cdnListener = listen(cdnOptions.listener ?? {});
    }
    if (auth?.scheme === 'bearer') {
      const tokens = new TokenService(auth, secrets, clock);
      this.tokens = tokens;
      if (auth.listener !== undefined) this.tokenListener = listen(auth.listener);
      const realm = () => auth.realm ?? `${this.tokenListener.origin}/token`;
      this.#authenticate = bearerAuth(tokens, realm, auth.service ?? 'mock-registry', auth.spelling);
    } else {
      this.#authenticate = auth === undefined ? () => undefined : basicAuth(auth);
    }
  }

  /** `127.0.0.1:PORT`, as it stands in the name of an image. */
  get host(): string {
    return this.listener.host;
  }

  get url(): string {
    return this.listener.origin;
  }

  get port(): number {
    return this.listener.port;
  }

  get connections(): Connections {
    return this.listener.connections;
  }

  get requests(): readonly LoggedRequest[] {
    return this.log.entries;
  }

  /** Starts, also again on the same ports after `stop`. */
  async start(): Promise<void> {
    for (const listener of this.#listeners()) await listener.start();
  }

  /** Breaks every connection; from then on they are refused. Content, script and log stay. */
  async stop(): Promise<void> {
    for (const listener of this.#listeners()) await listener.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Begins a rule of the script: what happens to such requests. */
  on(match: Match = {}): Rule {
    return this.#script.on(match);
  }

  /** Ends all misbehaviour. */
  behave(): void {
    this.#script.clear();
    for (const { connections } of this.#listeners()) connections.weather = 'serve';
  }

  count(match: Match = {}): number {
    return this.log.count(match);
  }

  bytesSent(match: Match = {}): number {
    return this.log.bytesSent(match);
  }

  /** Resolves with the nth such request as soon as it has arrived. */
  seen(match: Match = {}, nth = 1): Promise<LoggedRequest> {
    return this.log.seen(match, nth);
  }

  /** Starts counting anew; content and script stay. */
  reset(): void {
    this.log.reset();
    for (const { connections } of this.#listeners()) connections.reset();
  }

  /** An image, or with `platforms` an index of images. */
  addImage(repository: string, tag?: string, options: ImageOptions = {}): MadeManifest {
    return this.#images.image(repository, tag, options);
  }

  /** An index of what was made before, indexes included. */
  addIndex(
    repository: string,
    tag: string | undefined,
    manifests: readonly MadeManifest[],
    options: ManifestOptions = {},
  ): MadeManifest {
    return this.#images.index(repository, tag, manifests, options);
  }

  addArtifact(repository: string, options: ArtifactOptions = {}): MadeManifest {
    return this.#images.artifact(repository, options);
  }

  /** Any bytes as a manifest of any media type. */
  addManifest(
    repository: string,
    tag: string | undefined,
    bytes: string | Uint8Array,
    mediaType: string,
    algorithm?: 'sha256' | 'sha512',
  ): MadeManifest {
    return this.#images.raw(repository, tag, bytes, mediaType, algorithm);
  }

  addBlob(repository: string, options: BlobOptions = {}): MadeBlob {
    return this.#images.blob(repository, options);
  }

  /** The full name of what was made, as a client is told: `127.0.0.1:PORT/library/app:v1`. */
  nameOf(made: MadeManifest): string {
    return `${this.host}/${made.name}`;
  }

  #listeners(): ReadonlySet<Listener> {
    return new Set([this.listener, this.cdnListener, this.tokenListener]);
  }

  #listenerOf(via: LoggedRequest['via']): Listener | undefined {
    if (via === 'token') return this.tokens && this.tokenListener;
    if (via === 'cdn') return this.cdn && this.cdnListener;
    return this.listener;
  }

  #intercept(request: LoggedRequest): Reply | undefined {
    if (request.via === 'token') return this.tokens?.answer(request);
    if (request.via === 'cdn') return this.cdn?.answer(request);
    return this.#rateLimit?.check(request) ?? this.cdn?.redirect(request, this.cdnListener.origin);
  }
}
