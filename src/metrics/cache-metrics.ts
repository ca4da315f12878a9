// What the cache takes, and what was evicted from it.
import type { Counter, Gauge } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';

export class CacheMetrics {
  readonly #bytes: Gauge;
  readonly #evictedImages: Counter;
  readonly #evictedBytes: Counter;
  #read: Registry['evictions'] = { images: 0, bytes: 0 };

  constructor(gauge: (definition: Definition) => Gauge, counter: (definition: Definition) => Counter) {
    this.#bytes = gauge(definitions.cacheBytes);
    this.#evictedImages = counter(definitions.evictedImages);
    this.#evictedBytes = counter(definitions.evictedBytes);
  }

  update({ blobBytes, evictions }: Pick<Registry, 'blobBytes' | 'evictions'>): void {
    this.#bytes.set(blobBytes);
    this.#evictedImages.inc(evictions.images - this.#read.images);
    this.#evictedBytes.inc(evictions.bytes - this.#read.bytes);
    this.#read = evictions;
  }
}
