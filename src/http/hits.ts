// Hits ahead of the router: what is in memory is answered at once to a request that the router has understood before.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Answer } from '../../api/contract.ts';
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Target } from '../pullrequest/target.ts';
import type { Outcome } from '../registry/answers.ts';
import type { Registry } from '../registry/registry.ts';
import { endAccess, newAccessRecord } from './access-record.ts';
import type { Measure } from './access-record.ts';
import { blobAnswer, blobHeadAnswer, manifestAnswer } from './content-answer.ts';
import { sendAtOnce } from './send-at-once.ts';

/** What a request asks for, as the router's way has parsed and checked it. */
export type Meaning =
  | { readonly kind: 'manifest'; readonly target: Target; readonly reference: Reference }
  | { readonly kind: 'blob'; readonly target: Target; readonly digest: Digest };

interface Hit {
  readonly upstream: RegistryHost;
  readonly answer: Answer<Buffer>;
  readonly outcome: Outcome;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** Of one meaning besides its key, about. */
const ENTRY_BYTES = 500;

/**
 * Nothing is decided here. What a request means was decided when the router had the same request; whether it is a
 * hit, and what the answer is, by the functions that the router's handlers begin with.
 */
export class Hits {
  readonly #registry: Pick<Registry, 'hits' | 'rules'>;
  readonly #log: Log;
  readonly #measure: Measure;
  readonly #meanings = new LRUCache<string, Meaning>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_, key) => key.length + ENTRY_BYTES,
  });
  #rules: object;

  constructor(registry: Pick<Registry, 'hits' | 'rules'>, log: Log, measure: Measure = () => undefined) {
    this.#registry = registry;
    this.#log = log;
    this.#measure = measure;
    this.#rules = registry.rules;
  }

  /** Notes what a request means; to be called before the rules can have changed since that was found out. */
  learn(incoming: IncomingMessage, meaning: Meaning): void {
    const key = keyOf(incoming);
    if (key !== undefined) this.#known().set(key, meaning);
  }

  /** @returns false, with nothing done, where the router has to look at the request */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const { method, url } = incoming;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const key = keyOf(incoming);
    const meaning = key === undefined ? undefined : this.#known().get(key);
    const hit = meaning && this.#hit(meaning, incoming);
    if (meaning === undefined || hit === undefined) return false;
    const record = newAccessRecord(method, url ?? '');
    record.upstream = hit.upstream;
    record.kind = meaning.kind;
    record.outcome = hit.outcome;
    sendAtOnce({ incoming, outgoing, record, log: this.#log }, hit.answer);
    endAccess(record, this.#log, this.#measure);
    return true;
  }

  #known(): LRUCache<string, Meaning> {
    const { rules } = this.#registry;
    if (rules !== this.#rules) {
      this.#meanings.clear();
      this.#rules = rules;
    }
    return this.#meanings;
  }

  #hit(meaning: Meaning, incoming: IncomingMessage): Hit | undefined {
    const { target } = meaning;
    const upstream = target.registry;
    const { hits } = this.#registry;
    if (meaning.kind === 'manifest') {
      const found = hits.manifest(target, meaning.reference);
      return found && { upstream, outcome: found.outcome, answer: manifestAnswer(found, target) };
    }
    if (incoming.headers.range !== undefined) return undefined;
    const { digest } = meaning;
    if (incoming.method === 'HEAD') {
      const found = hits.blobHead(target, digest);
      return found && { upstream, outcome: found.outcome, answer: blobHeadAnswer(found, digest, target) };
    }
    const bytes = hits.blob(target, digest);
    return bytes && { upstream, outcome: 'hit', answer: blobAnswer(bytes, digest, target) };
  }
}

/** All of a request that its meaning depends on; undefined where the answer depends on still more of it. */
function keyOf({ url = '', headers }: IncomingMessage): string | undefined {
  if (headers.via !== undefined || headers['if-none-match'] !== undefined) return undefined;
  const deciding = [url, headers.host, headers['oci-namespace'], headers['x-registry']];
  // An empty one and an absent one mean different things, but would look the same.
  return deciding.includes('') ? undefined : deciding.join('\n');
}
