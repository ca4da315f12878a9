// Everything that was asked of a mock, to be counted, searched and waited for.
import type { OperationId } from '../api/contract.ts';
import { basicCredentials } from './basic-credentials.ts';

/** Which of a mock's servers was asked. */
export type Via = 'registry' | 'token' | 'cdn';

/** An operation of the contract, or what only a mock has. */
export type MockOperation = OperationId | 'token' | 'cdn' | 'unknown';

/** `cut` by the script, `left` by the client, or `complete`. */
export type Outcome = 'pending' | 'complete' | 'cut' | 'left';

export interface LoggedRequest {
  readonly method: string;
  /** the request target as it came: path and query */
  readonly url: string;
  /** where it came to: `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly via: Via;
  readonly operation: MockOperation;
  readonly repository?: string;
  /** tag or digest */
  readonly reference?: string;
  readonly range?: string;
  readonly authorization?: string;
  readonly userAgent?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** the form of a POST to the token service */
  readonly form?: string;
  /** common name of the client's certificate */
  readonly clientName?: string;
  /** whether authentication refused it */
  readonly denied: boolean;
  /** absent while nothing was answered */
  readonly status?: number;
  /** bytes of the body that were handed to the socket */
  readonly bytesSent: number;
  readonly outcome: Outcome;
}

/** Which requests are meant; every field that is given must agree. */
export interface Match {
  readonly method?: string;
  readonly operation?: MockOperation | readonly MockOperation[];
  readonly repository?: string;
  /** tag or digest */
  readonly reference?: string;
  readonly digest?: string;
  /** against path and query */
  readonly path?: RegExp;
  readonly via?: Via;
  /** the Range header, or whether there is one */
  readonly range?: string | boolean;
  readonly status?: number;
  readonly denied?: boolean;
  readonly where?: (request: LoggedRequest) => boolean;
}

export function matches(match: Match, request: LoggedRequest): boolean {
  const { operation, range } = match;
  return (
    same(match.method, request.method) &&
    (operation === undefined || [operation].flat().includes(request.operation)) &&
    same(match.repository, request.repository) &&
    same(match.reference, request.reference) &&
    same(match.digest, request.reference) &&
    // search() and not test(), which remembers its place in a /g expression.
    (match.path === undefined || request.url.search(match.path) >= 0) &&
    same(match.via, request.via) &&
    (typeof range === 'boolean' ? range === (request.range !== undefined) : same(range, request.range)) &&
    same(match.status, request.status) &&
    same(match.denied, request.denied) &&
    (match.where === undefined || match.where(request))
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** The log's own view of an entry, for those who answer it. */
export type RequestEntry = Mutable<LoggedRequest>;

export class RequestLog {
  #entries: RequestEntry[] = [];
  readonly #inFlight = new Set<RequestEntry>();
  #waiters: { done: () => boolean; resolve: () => void }[] = [];

  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  add(entry: RequestEntry): void {
    this.#entries.push(entry);
    this.#inFlight.add(entry);
    this.#changed();
  }

  finish(entry: RequestEntry, outcome: Outcome): void {
    entry.outcome = outcome;
    this.#inFlight.delete(entry);
    this.#changed();
  }

  #changed(): void {
    for (const waiter of this.#waiters) if (waiter.done()) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => !waiter.done());
  }

  find(match: Match = {}): readonly LoggedRequest[] {
    return this.#entries.filter((entry) => matches(match, entry));
  }

  count(match: Match = {}): number {
    return this.find(match).length;
  }

  /** Bytes of bodies, headers not counted. */
  bytesSent(match: Match = {}): number {
    return this.find(match).reduce((sum, entry) => sum + entry.bytesSent, 0);
  }

  /** Resolves with the nth such request once it has been logged; it need not have been answered. */
  async seen(match: Match = {}, nth = 1): Promise<LoggedRequest> {
    await this.#until(() => this.count(match) >= nth);
    return this.find(match)[nth - 1] as LoggedRequest;
  }

  /** Resolves when no request is in flight. */
  idle(): Promise<void> {
    return this.#until(() => this.#inFlight.size === 0);
  }

  /** Every Authorization header that was received, by the origin that received it. */
  authorizations(): ReadonlyMap<string, readonly string[]> {
    const byOrigin = new Map<string, string[]>();
    for (const { origin, authorization } of this.#entries) {
      if (authorization !== undefined) byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), authorization]);
    }
    return byOrigin;
  }

  /** The requests that carried a secret: in the target, a header or a form, plain, URL-encoded or inside Basic. */
  mentioning(secret: string): readonly LoggedRequest[] {
    return this.#entries.filter(({ url, headers, form = '' }) => {
      const parts = [url, form, ...Object.values(headers).flat()].filter((part) => part !== undefined);
      return [...parts, ...parts.map(decoded)].some((part) => part.includes(secret));
    });
  }

  /** Forgets everything; what is in flight ends uncounted. */
  reset(): void {
    this.#entries = [];
  }

  async #until(done: () => boolean): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve) => this.#waiters.push({ done, resolve }));
  }
}

function same<T>(wanted: T | undefined, actual: T | undefined): boolean {
  return wanted === undefined || wanted === actual;
}

function decoded(text: string): string {
  const basic = basicCredentials(text);
  if (basic !== undefined) return `${basic.username}:${basic.password}`;
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? '';
}
