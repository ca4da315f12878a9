// Hashing beside the event loop: one thread, started when it is first needed, for all the files of a store.
import type { Worker } from 'node:worker_threads';
import type { Log } from '../log/log.ts';
import type { DigestAlgorithm } from '../oci/digest.ts';
import { startThread } from '../thread/start.ts';

export type HashOrder =
  | {
      readonly kind: 'follow';
      readonly id: number;
      readonly fd: number;
      readonly algorithm: DigestAlgorithm;
      /** So many bytes are there to be hashed; more may come. */
      readonly size: number;
    }
  | { readonly kind: 'digest' | 'forget'; readonly id: number; readonly request: number };

/** One for each `digest` and each `forget`. */
export interface HashAnswer {
  readonly request: number;
  readonly hex?: string;
  readonly error?: unknown;
}

/** There is no thread to hash in: whoever needs the digest hashes the file itself. */
export class NoHashThread extends Error {
  override readonly name = 'NoHashThread';
}

export class HashThread {
  readonly #log: Log;
  readonly #requests = new Map<number, PromiseWithResolvers<string | undefined>>();
  #worker: Worker | undefined;
  #gone = false;
  #lastId = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A name for one file. */
  newId(): number {
    return (this.#lastId += 1);
  }

  /** Hashes what a file has, up to a size, without being waited for. */
  follow(id: number, fd: number, algorithm: DigestAlgorithm, size: number): void {
    this.#order({ kind: 'follow', id, fd, algorithm, size });
  }

  /**
   * The digest of the bytes up to the size that was given last.
   * @throws {NoHashThread}
   */
  async hex(id: number): Promise<string> {
    const hex = await this.#request('digest', id);
    if (hex === undefined) throw new TypeError('an answer without its digest');
    return hex;
  }

  /** Waits until the file is no longer read. */
  async forget(id: number): Promise<void> {
    try {
      await this.#request('forget', id);
    } catch (error) {
      if (!(error instanceof NoHashThread)) throw error;
    }
  }

  async close(): Promise<void> {
    this.#gone = true;
    await this.#worker?.terminate();
  }

  async #request(kind: 'digest' | 'forget', id: number): Promise<string | undefined> {
    const request = this.newId();
    const answered = Promise.withResolvers<string | undefined>();
    this.#requests.set(request, answered);
    this.#order({ kind, id, request });
    // It keeps the process alive while somebody waits for it, and no longer.
    this.#worker?.ref();
    return answered.promise;
  }

  #order(order: HashOrder): void {
    if (!this.#gone) this.#worker ??= this.#start();
    if (this.#gone) this.#fail(new NoHashThread('the thread is gone'));
    else this.#worker?.postMessage(order);
  }

  #start(): Worker | undefined {
    const lost = (cause: unknown): void => {
      if (!this.#gone) this.#log.warn('there is no thread to hash in; going on without', { error: cause });
      this.#gone = true;
      this.#fail(new NoHashThread('the thread is gone', { cause }));
    };
    try {
      const worker = startThread('hash-worker', import.meta.url);
      worker.on('message', (answer: HashAnswer) => this.#answered(answer));
      worker.on('error', lost);
      worker.on('exit', (code) => lost(new Error(`it ended with code ${code}`)));
      worker.unref();
      return worker;
    } catch (error) {
      lost(error);
      return undefined;
    }
  }

  #answered({ request, hex, error }: HashAnswer): void {
    const waiting = this.#requests.get(request);
    this.#requests.delete(request);
    if (this.#requests.size === 0) this.#worker?.unref();
    if (error === undefined) waiting?.resolve(hex);
    else waiting?.reject(error);
  }

  #fail(error: NoHashThread): void {
    for (const waiting of this.#requests.values()) waiting.reject(error);
    this.#requests.clear();
  }
}
