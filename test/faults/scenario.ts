// A scenario: a server, an upstream, clients and a fault; afterwards the invariants. Each of SEEDS fresh seeds, or SEED.
import { randomInt } from 'node:crypto';
import { test } from 'vitest';
import { seededRandom } from '../../src/oci/seeded-random.ts';
import { FaultSite } from './fault-site.ts';
import type { SiteOptions } from './fault-site.ts';
import { expectSound } from './invariants.ts';
import { allows } from './means.ts';
import type { Means } from './means.ts';

export interface ScenarioOptions extends SiteOptions {
  readonly needs?: readonly Means[];
}

/** How often everything is played, each time with other random choices. */
const rounds = Number(process.env['SEEDS'] ?? 1);
const given = process.env['SEED'];
const seeds =
  given === undefined ? Array.from({ length: rounds }, () => randomInt(2 ** 32)) : [Number(given)];

/** @param play causes the fault and takes it away again; then the server must be well by itself */
export function scenario(
  name: string,
  { needs = [], ...options }: ScenarioOptions,
  play: (site: FaultSite) => Promise<void>,
): void {
  for (const seed of seeds) {
    test(`${name} [SEED=${seed}]`, async (context) => {
      const missing = needs.filter((means) => !allows(means));
      if (missing.length > 0) context.skip(`this machine does not have: ${missing.join(', ')}`);
      const site = await FaultSite.open(context, seededRandom(seed), options);
      await play(site);
      await expectSound(site);
    });
  }
}
