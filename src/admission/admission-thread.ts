// The admission thread as the server sees it: started, told what changes, asked by, and started again when it ends.
import type { Worker } from 'node:worker_threads';
import type { Log } from '../log/log.ts';
import { startThread } from '../thread/start.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-messages.ts';
import type { Obstacles } from './verdict.ts';

/** Memory of its own: whoever makes it fail has not made the server fail. */
const HEAP_MB = 512;
const RESTART_MS = 1000;
/** For connections that are not even open yet, which nobody else can end. */
const LAST_MS = 1000;

export class AdmissionThread {
  readonly #obstacles: Obstacles;
  readonly #log: Log;
  readonly #heapMb: number;
  #start: ThreadStart;
  #worker: Worker;
  #restarting: NodeJS.Timeout | undefined;
  #closing = false;
  #url = '';

  private constructor(start: ThreadStart, obstacles: Obstacles, log: Log, heapMb: number) {
    this.#start = start;
    this.#heapMb = heapMb;
    this.#worker = newWorker(start, heapMb);
    this.#obstacles = obstacles;
    this.#log = log;
  }

  /** @throws {Error} with `code` EADDRINUSE or the like when it cannot listen */
  static async start(
    start: ThreadStart,
    obstacles: Obstacles,
    log: Log,
    heapMb = HEAP_MB,
  ): Promise<AdmissionThread> {
    const thread = new AdmissionThread(start, obstacles, log, heapMb);
    await thread.#run();
    return thread;
  }

  get url(): string {
    return this.#url;
  }

  /** What it goes by from now on, also after it has been started again. */
  change(changed: Pick<ThreadStart, 'certificate'> | Pick<ThreadStart, 'policy'>): void {
    this.#start = { ...this.#start, ...changed };
    this.#tell('policy' in changed ? { kind: 'policy', ...changed } : { kind: 'certificate', ...changed });
  }

  /** Lets what is being answered end, for so many milliseconds. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.#restarting !== undefined) {
      clearTimeout(this.#restarting);
      return;
    }
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#tell({ kind: 'close', graceMs });
    const late = setTimeout(() => void this.#worker.terminate(), graceMs + LAST_MS);
    await ended;
    clearTimeout(late);
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when it listens. */
  async #run(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = this.#worker;
    let listens = false;
    worker.on('message', (message: FromThread) => {
      switch (message.kind) {
        case 'listening':
          listens = true;
          this.#url = message.url;
          // Where any port was good, from now on it is this one.
          this.#start = { ...this.#start, port: message.port };
          resolve();
          break;
        case 'failed':
          reject(Object.assign(new Error(message.error.message), message.error));
          break;
        case 'question':
          void this.#answer(worker, message);
          break;
        case 'log':
          this.#log[message.level](message.message, message.fields);
      }
    });
    worker.once('error', (error) => {
      this.#log.error('the admission thread has failed', { error });
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    worker.once('exit', () => {
      reject(new Error('the admission thread has ended'));
      if (listens) this.#restart();
    });
    await promise;
  }

  #restart(): void {
    if (this.#closing) return;
    this.#log.warn('the admission thread is started again');
    this.#restarting = setTimeout(() => {
      this.#restarting = undefined;
      this.#worker = newWorker(this.#start, this.#heapMb);
      this.#run().catch((error: unknown) => {
        this.#log.error('the admission thread could not be started again', { error });
        this.#restart();
      });
    }, RESTART_MS);
  }

  async #answer(
    worker: Worker,
    { question, images }: FromThread & { readonly kind: 'question' },
  ): Promise<void> {
    let obstacles: readonly (string | undefined)[] | undefined;
    try {
      obstacles = await this.#obstacles(images);
    } catch (error) {
      this.#log.error('what is cached could not be told to the admission thread', { error });
    }
    worker.postMessage({ kind: 'obstacles', question, obstacles } satisfies ToThread);
  }
}

function newWorker(start: ThreadStart, heapMb: number): Worker {
  return startThread('admission-worker', import.meta.url, {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
}
