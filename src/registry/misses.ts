// What was missed for want of an upstream; in a rehearsal also what one gave that would be missed with it gone.
import type { Log } from '../log/log.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { isDigest } from '../oci/digest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import { missedKinds } from '../serialize/missed-file.ts';
import type { Missed } from '../serialize/missed-file.ts';
import { imageOfBlob } from './image-of-blob.ts';
import type { Ledger } from './ledger.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

type Kind = Missed['kind'];

export interface MissesParts {
  readonly ledger: Ledger;
  readonly memcache: Memcache;
  readonly log: Log;
  readonly rehearsing: boolean;
}

export class Misses {
  readonly #parts: MissesParts;
  /** Manifests that nobody would ask for with the upstream gone, since the tags that lead to them would lead elsewhere. */
  readonly #unasked = new Set<string>();

  constructor(parts: MissesParts) {
    this.#parts = parts;
  }

  /** Somebody asked for it, and it was refused for want of an upstream. */
  refused(kind: Kind, target: Target, reference: Reference): void {
    this.#parts.ledger.note(this.#named(kind, targetId(target), reference));
  }

  /** An upstream has given what the cache did not have. Without a reference it is all of a repository. */
  fetched(kind: Kind, target: Target, reference?: Reference): void {
    const { ledger, log, rehearsing } = this.#parts;
    const id = targetId(target);
    const unasked = (): boolean =>
      reference !== undefined && isDigest(reference) && this.#isUnasked(kind, id, reference);
    if (!rehearsing || unasked()) {
      ledger.settle(kind, nameOf(id, reference));
      return;
    }
    const named = this.#named(kind, id, reference);
    ledger.note({ ...named, rehearsed: true });
    log.warn('rehearsal: with its registry gone this would have been missed', named);
  }

  /** A tag that was cached leads elsewhere now: with the upstream gone its old image would have been served. */
  moved(target: Target, tag: Tag, from: Digest, to: Digest): void {
    const { log, rehearsing } = this.#parts;
    const id = targetId(target);
    // What was cached by the rehearsal alone would not have been served at all.
    if (!rehearsing || this.#wasMissed(id, tag)) return;
    this.#unasked.add(nameOf(id, to));
    log.info('rehearsal: with its registry gone an older image would have been served', {
      tag: nameOf(id, tag),
      older: from,
      served: to,
    });
  }

  /** Says what the rehearsal has come to, also before this start. */
  async conclude(): Promise<void> {
    const { ledger, log, rehearsing } = this.#parts;
    if (!rehearsing) return;
    const noted = (await ledger.read()).filter(({ rehearsed }) => rehearsed === true);
    const kinds = missedKinds.map((kind) => [kind, noted.filter((one) => one.kind === kind).length] as const);
    if (noted.length === 0) log.info('rehearsal: with the registries gone nothing would have been missed');
    else
      log.warn(
        'rehearsal: with the registries gone this would have been missed; see `missed`',
        Object.fromEntries(kinds),
      );
  }

  #named(kind: Kind, id: RepositoryId, reference?: Reference): Pick<Missed, 'reference' | 'kind' | 'image'> {
    const image =
      kind === 'blob' && reference !== undefined && isDigest(reference)
        ? imageOfBlob(this.#parts.memcache.manifests, id, reference)
        : undefined;
    return { reference: nameOf(id, reference), kind, ...(image !== undefined && { image }) };
  }

  /** Whether it was only asked for because the upstream is there. */
  #isUnasked(kind: Kind, id: RepositoryId, digest: Digest): boolean {
    const { manifests } = this.#parts.memcache;
    const subject = manifests.get(digest)?.subject;
    const leading = [...manifests.parents(digest), ...(subject === undefined ? [] : [subject])].filter(
      (parent) => manifests.get(parent)?.references.has(id) === true,
    );
    if ([digest, ...leading].some((one) => this.#unasked.has(nameOf(id, one)))) {
      if (kind === 'manifest') this.#unasked.add(nameOf(id, digest));
      return true;
    }
    // Who brings in the manifest brings in its blobs and its referrers; nobody asks for them without it.
    if (kind === 'blob') return leading.some((parent) => this.#wasMissed(id, parent));
    return kind === 'referrers' && this.#wasMissed(id, digest);
  }

  /** Whether the rehearsal has noted a manifest, by its digest or by a tag that leads to it. */
  #wasMissed(id: RepositoryId, reference: Reference): boolean {
    const { ledger, memcache } = this.#parts;
    const tags = isDigest(reference) ? memcache.manifests.get(reference)?.references.get(id)?.keys() : [];
    return [reference, ...(tags ?? [])].some((one) => ledger.isRehearsed('manifest', nameOf(id, one)));
  }
}

function nameOf(id: RepositoryId, reference?: Reference): string {
  if (reference === undefined) return id;
  return `${id}${isDigest(reference) ? '@' : ':'}${reference}`;
}
