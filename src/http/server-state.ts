// Whether clients should be sent to this server now, and if not, why.

/** Ready unless somebody says otherwise. */
export class ServerState {
  readonly #reasons = new Set<symbol>();

  /** Why it is not ready; undefined when it is. */
  get unready(): string | undefined {
    const [first] = this.#reasons;
    return first?.description;
  }

  /** It is not ready, until what is returned is called. */
  notReady(reason: string): () => void {
    const own = Symbol(reason);
    this.#reasons.add(own);
    return () => void this.#reasons.delete(own);
  }
}
