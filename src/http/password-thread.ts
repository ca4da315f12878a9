// Compares passwords beside the event loop, in a thread that is started when there is the first to compare.
import type { Worker } from 'node:worker_threads';
import { startThread } from '../thread/start.ts';

export interface PasswordQuestion {
  readonly password: string;
  /** What bcrypt made of the right one. */
  readonly hashed: string;
}

export class PasswordThread implements Disposable {
  #worker: Worker | undefined;
  /** One at a time: guessing must not get more than the one core. */
  #last: Promise<unknown> = Promise.resolve();

  /** @throws {Error} when there is no thread to be had, or it ends; the next one who asks gets another */
  async compare(password: string, hashed: string): Promise<boolean> {
    const turn = this.#last.then(() => this.#ask({ password, hashed }));
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  [Symbol.dispose](): void {
    void this.#worker?.terminate();
  }

  async #ask(question: PasswordQuestion): Promise<boolean> {
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const ended = (code: number): void => reject(new Error(`the password thread ended with code ${code}`));
    worker.once('message', resolve).once('error', reject).once('exit', ended);
    // It keeps the process alive while somebody waits for it, and no longer.
    worker.ref();
    worker.postMessage(question);
    try {
      return await promise;
    } finally {
      worker.off('message', resolve).off('error', reject).off('exit', ended);
      worker.unref();
    }
  }

  #start(): Worker {
    const worker = startThread('password-worker', import.meta.url);
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    // An error that nobody listens for would end the process.
    worker.on('error', forget).on('exit', forget);
    return worker;
  }
}
