// Two networks of their own with a link between them that can lose every packet: a near one for the server and its
// clients, a far one for the upstream. They end with the processes that hold them.
import type { Place } from './place.ts';

const near = '192.0.2.1';
/** From the block that is kept for documentation, so that it means nothing to anybody else. */
export const farAddress = '192.0.2.2';

export type Side = 'near' | 'far';

export class FarNetwork {
  readonly #place: Place;
  readonly #holders: Readonly<Record<Side, string>>;

  private constructor(place: Place, holders: Readonly<Record<Side, string>>) {
    this.#place = place;
    this.#holders = holders;
  }

  /** Undefined where this process may not make networks. */
  static async open(place: Place): Promise<FarNetwork | undefined> {
    const { status } = await place.run('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], {
      mayFail: true,
    });
    if (status !== 0) return undefined;
    const network = new FarNetwork(place, { near: await hold(place), far: await hold(place) });
    const far = network.#holders.far;
    for (const side of ['near', 'far'] as const) await network.#ip(side, 'link', 'set', 'lo', 'up');
    await network.#ip('near', 'link', 'add', 'link0', 'type', 'veth', 'peer', 'name', 'link0', 'netns', far);
    for (const [side, address] of [['near', near] as const, ['far', farAddress] as const]) {
      await network.#ip(side, 'address', 'add', `${address}/30`, 'dev', 'link0');
      await network.#ip(side, 'link', 'set', 'link0', 'up');
    }
    return network;
  }

  /** The program and arguments that run another program on one side. */
  on(side: Side, program: string, ...args: readonly string[]): readonly [string, readonly string[]] {
    return ['nsenter', [`--net=/proc/${this.#holders[side]}/ns/net`, program, ...args]];
  }

  /** From now on nothing that the far side sends arrives, neither answers nor refusals. */
  async drop(): Promise<void> {
    await this.#ip('far', 'route', 'add', 'blackhole', `${near}/32`);
  }

  async restore(): Promise<void> {
    await this.#ip('far', 'route', 'delete', 'blackhole', `${near}/32`);
  }

  async #ip(side: Side, ...args: readonly string[]): Promise<void> {
    await this.#place.run(...this.on(side, 'ip', ...args));
  }
}

/** Starts what holds a new network; its process id. */
async function hold(place: Place): Promise<string> {
  const holder = place.daemon('unshare', ['--net', 'sh', '-c', 'echo "held by $$;"; exec sleep infinity']);
  await holder.says(';');
  return /held by (\d+);/.exec(holder.output)?.[1] ?? '';
}
