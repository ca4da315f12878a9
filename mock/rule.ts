// A rule of the script: which requests it is for, how often, and what goes wrong with them.
import type { ErrorCode } from '../src/oci/errors.ts';
import type { Fault, Stop } from './fault.ts';
import { noFault } from './fault.ts';
import { Gate } from './gate.ts';
import type { Reply } from './reply.ts';
import { bytesBody, jsonAnswer } from './reply.ts';
import type { LoggedRequest, Match } from './request-log.ts';
import { matches } from './request-log.ts';

export interface StatusOptions {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** the body; without one, an error of the specification with `code` */
  readonly body?: string | Uint8Array;
  readonly code?: ErrorCode;
}

/** Reads as a sentence: `mock.on({ digest }).once().resetAt(65536)`. Misdeeds of one rule add up. */
export class Rule {
  readonly #match: Match;
  #fault: Fault = noFault;
  #skip = 0;
  #limit = Infinity;
  #matched = 0;
  #uses = 0;

  constructor(match: Match) {
    this.#match = match;
  }

  /** How many answers it has spoiled. */
  get uses(): number {
    return this.#uses;
  }

  get limited(): boolean {
    return this.#limit !== Infinity;
  }

  // How often.

  once(): this {
    return this.times(1);
  }

  times(count: number): this {
    this.#limit = count;
    return this;
  }

  always(): this {
    return this.times(Infinity);
  }

  /** Only the nth matching request, from 1. */
  nth(n: number): this {
    return this.skip(n - 1).once();
  }

  /** Leaves the first so many matching requests alone. */
  skip(count: number): this {
    this.#skip = count;
    return this;
  }

  /** From now on leaves every request alone. */
  stop(): void {
    this.#limit = 0;
  }

  // Before the answer.

  /** @param ms milliseconds; a gate (`hold`) is better, since it does not depend on the machine's speed */
  delay(ms: number): this {
    return this.#add({ waits: [...this.#fault.waits, ms] });
  }

  /** Holds the answer back, headers and all, until the gate is released. */
  hold(gate = new Gate()): Gate {
    this.#add({ waits: [...this.#fault.waits, gate] });
    return gate;
  }

  /** Never answers. */
  blackHole(): this {
    return this.#add({ refusal: 'silence' });
  }

  /** Resets the connection instead of answering. */
  reset(): this {
    return this.#add({ refusal: 'reset' });
  }

  /** Closes the connection in good order instead of answering. */
  hangUp(): this {
    return this.#add({ refusal: 'close' });
  }

  // Another answer.

  status(status: number, options: StatusOptions = {}): this {
    const { headers = {}, body, code = 'UNKNOWN' } = options;
    const plain: Reply =
      body === undefined
        ? jsonAnswer(status, { errors: [{ code, message: `scripted ${status}` }] })
        : { status, headers: {}, body: bytesBody(body) };
    return this.reply(() => ({ ...plain, headers: { ...plain.headers, ...headers } }));
  }

  /** @param retryAfter seconds, or a date as HTTP writes it */
  tooManyRequests(retryAfter?: number | string): this {
    return this.status(429, {
      code: 'TOOMANYREQUESTS',
      headers: retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) },
    });
  }

  /** A page for people, as captive portals and proxies send it. */
  html(status = 200): this {
    return this.status(status, {
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>Welcome</title><p>Please accept the terms of use.',
    });
  }

  redirectTo(url: string | ((request: LoggedRequest) => string), status = 307): this {
    return this.reply((request) => ({
      status,
      headers: { Location: typeof url === 'string' ? url : url(request) },
    }));
  }

  /** Redirects every request to itself. */
  redirectLoop(): this {
    return this.redirectTo((request) => request.origin + request.url);
  }

  reply(make: (request: LoggedRequest) => Reply): this {
    return this.#add({ reply: make });
  }

  // Headers.

  /** @param value null takes the header away */
  header(name: string, value: string | readonly string[] | null): this {
    return this.#add({ headers: { ...this.#fault.headers, [name]: value } });
  }

  dropDigest(): this {
    return this.header('Docker-Content-Digest', null);
  }

  wrongDigest(digest = `sha256:${'0'.repeat(64)}`): this {
    return this.header('Docker-Content-Digest', digest);
  }

  contentType(mediaType: string): this {
    return this.header('Content-Type', mediaType);
  }

  /** Whatever the range that was sent. */
  contentRange(text: string): this {
    return this.header('Content-Range', text);
  }

  warning(...texts: readonly string[]): this {
    return this.header(
      'Warning',
      texts.map((text) => `299 - "${text}"`),
    );
  }

  /** As Docker Hub tells it. */
  rateLimit(limit: number, remaining: number): this {
    return this.header('RateLimit-Limit', `${limit};w=21600`).header(
      'RateLimit-Remaining',
      `${remaining};w=21600`,
    );
  }

  /** Declares so many bytes more, or fewer, than are sent. */
  contentLengthOff(by: number): this {
    return this.#add({ lengthError: by });
  }

  noContentLength(how: 'chunked' | 'close' = 'chunked'): this {
    return this.#add({ unknownLength: how });
  }

  // The body. Offsets count in the whole content, whatever the range; below zero from its end.

  /** Sends the bytes before `offset`, then closes the connection in good order, short of the Content-Length. */
  truncateAt(offset: number): this {
    return this.#stop({ at: offset, what: 'close' });
  }

  /** A body that is too short, with the Content-Length that goes with it: nothing but the digest tells. */
  shortenTo(size: number): this {
    return this.#add({ shortenTo: size });
  }

  /** Sends the bytes before `offset`, then a TCP reset. */
  resetAt(offset: number): this {
    return this.#stop({ at: offset, what: 'reset' });
  }

  /** Resets every response when it has got so many bytes, unless it ends before. */
  resetEvery(size: number): this {
    return this.#add({ resetEvery: size });
  }

  /** Sends the bytes before `offset` and holds back the rest until the gate is released, if ever. */
  holdAt(offset: number, gate = new Gate()): Gate {
    this.#stop({ at: offset, what: gate });
    return gate;
  }

  flipAt(offset: number): this {
    return this.#add({ flips: [...this.#fault.flips, offset] });
  }

  throttle(bytesPerSecond: number): this {
    return this.#add({ bytesPerSecond });
  }

  /** Answers 200 with everything. */
  ignoreRange(): this {
    return this.#add({ ignoreRange: true });
  }

  /** Encodes the body although nobody asked. */
  gzip(): this {
    return this.#add({ gzip: true });
  }

  /** Other bytes under the same headers. */
  bytes(bytes: string | Uint8Array): this {
    return this.#add({ bytes: Buffer.from(bytes) });
  }

  /** What the script calls: counts the request, and says whether the rule wants it. */
  wants(request: LoggedRequest): boolean {
    // What authentication refuses is left alone unless the rule asks for it, or the first 401 would use up once().
    if (!matches({ denied: false, ...this.#match }, request)) return false;
    this.#matched++;
    return this.#matched > this.#skip && this.#uses < this.#limit;
  }

  use(): Fault {
    this.#uses++;
    return this.#fault;
  }

  #stop(stop: Stop): this {
    return this.#add({ stops: [...this.#fault.stops, stop] });
  }

  #add(fault: Partial<Fault>): this {
    this.#fault = { ...this.#fault, ...fault };
    return this;
  }
}
