// The CDN of a mock registry: where blobs are redirected to, by URLs that are signed and do not last.
import { blobAnswer } from './blob-reply.ts';
import type { ListenerOptions } from './listener.ts';
import type { Random } from './random.ts';
import type { Reply } from './reply.ts';
import { bytesBody, errorReply } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';
import type { ContentStore } from './store.ts';

export interface CdnOptions {
  /** requests that a signed URL is good for; default any number */
  readonly uses?: number;
  /** seconds that a signed URL is good for, by the mock's clock; default 300 */
  readonly lifetime?: number;
  /** whether a HEAD is refused with 403, as URLs that were signed for GET do; default false */
  readonly refuseHead?: boolean;
  /** whether the registry redirects a HEAD too; default true */
  readonly redirectHead?: boolean;
  /** redirects from one URL of the CDN to the next before the content; default 0 */
  readonly hops?: number;
  /** default 307 */
  readonly status?: number;
  /** `same`: on the registry's own port; else a port of its own */
  readonly listener?: ListenerOptions | 'same';
}

interface Signature {
  readonly path: string;
  readonly expiresAt: number;
  usesLeft: number;
}

export class Cdn {
  readonly #options: CdnOptions;
  readonly #store: ContentStore;
  readonly #random: Random;
  readonly #clock: () => number;
  readonly #signatures = new Map<string, Signature>();

  constructor(options: CdnOptions, store: ContentStore, random: Random, clock: () => number) {
    this.#options = options;
    this.#store = store;
    this.#random = random;
    this.#clock = clock;
  }

  /** Makes every URL that was signed worthless, as if its time were up. */
  expireAll(): void {
    this.#signatures.clear();
  }

  /** The registry's answer for a blob that it has, or undefined where it answers by itself. */
  redirect(request: LoggedRequest, origin: string): Reply | undefined {
    const { operation, repository = '', reference = '' } = request;
    const { redirectHead = true, status = 307, hops = 0 } = this.#options;
    if (operation !== 'blobGet' && !(operation === 'blobHead' && redirectHead)) return undefined;
    try {
      this.#store.blob(repository, reference);
    } catch (error) {
      return errorReply(error);
    }
    return {
      status,
      headers: { Location: origin + this.#sign(`/cdn/${repository}/blobs/${reference}`, hops) },
    };
  }

  /** The CDN's own answer. */
  answer({
    method,
    url,
    origin,
    repository = '',
    reference = '',
    range,
    authorization,
  }: LoggedRequest): Reply {
    const { pathname, searchParams } = new URL(url, origin);
    if (method === 'HEAD' && this.#options.refuseHead === true) return refused('SignatureDoesNotMatch');
    // As object stores do: a signed URL is one way to authenticate, and a header would be a second.
    if (authorization !== undefined) return refused('InvalidArgument', 400);
    const signature = this.#signatures.get(searchParams.get('signature') ?? '');
    if (signature?.path !== pathname) return refused('SignatureDoesNotMatch');
    if (signature.expiresAt <= this.#clock() || signature.usesLeft <= 0) return refused('AccessDenied');
    signature.usesLeft--;
    const hops = Number(searchParams.get('hops') ?? 0);
    if (hops > 0) {
      return {
        status: this.#options.status ?? 307,
        headers: { Location: origin + this.#sign(pathname, hops - 1) },
      };
    }
    return blobAnswer(this.#store.blob(repository, reference), range, { ETag: `"${reference.slice(-32)}"` });
  }

  #sign(path: string, hops: number): string {
    const { uses = Infinity, lifetime = 300 } = this.#options;
    const signature = this.#random.hex(24);
    this.#signatures.set(signature, { path, expiresAt: this.#clock() + lifetime * 1000, usesLeft: uses });
    return `${path}?${new URLSearchParams({ signature, hops: String(hops) }).toString()}`;
  }
}

function refused(code: string, status = 403): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/xml' },
    body: bytesBody(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`),
  };
}
