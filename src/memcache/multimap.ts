// Several values of one key, where most keys have one: a Set of one takes ten times the memory of what is in it.

const none: ReadonlySet<never> = new Set();

export class Multimap<K, V extends string> {
  readonly #values = new Map<K, V | Set<V>>();

  keys(): IterableIterator<K> {
    return this.#values.keys();
  }

  hasKey(key: K): boolean {
    return this.#values.has(key);
  }

  has(key: K, value: V): boolean {
    const values = this.#values.get(key);
    return values instanceof Set ? values.has(value) : values === value;
  }

  get(key: K): ReadonlySet<V> {
    const values = this.#values.get(key);
    if (values === undefined) return none;
    return values instanceof Set ? values : new Set([values]);
  }

  add(key: K, value: V): void {
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, value);
    else if (values instanceof Set) values.add(value);
    else if (values !== value) this.#values.set(key, new Set([values, value]));
  }

  delete(key: K, value: V): void {
    if (!this.has(key, value)) return;
    const values = this.#values.get(key);
    if (values instanceof Set && values.size > 1) values.delete(value);
    else this.#values.delete(key);
  }

  deleteKey(key: K): void {
    this.#values.delete(key);
  }
}
