// RESULTS.md: what a whole run has found.
import type { Outcome } from './contest.ts';
import type { Machine } from './machine.ts';
import { rowText, verdictsText } from './report.ts';

/** Of peers that a run did not have; measured on such a machine by hand, once. */
const elsewhere = `| warm, 64 connections        | manifest GET/s | blob of 1 KiB, GET/s | blob of 64 MiB, 8 clients, MB/s |
| --------------------------- | -------------- | -------------------- | ------------------------------- |
| docker-registry 2.8         | 1,260          | 940                  | 1,890                           |
| distribution 3.1            | 4,560          | 690                  | 1,300                           |
| ociregistry (Go) 1.17       | 4,130          | 10,590               | 2,140                           |
| nginx                       | 79,000         | 71,700               | 8,100 to 9,500                  |`;

export function resultsText(machine: Machine, outcomes: readonly Outcome[], minutes: number): string {
  return `# Results

Written by \`make bench\`, which took ${minutes} minutes. Figures are of this run on this machine; ratios say more than they do.

${Object.entries(machine)
  .map(([what, value]) => `- ${what}: ${value}`)
  .join('\n')}

Server and clients have a core each, in a network namespace of their own; upstreams share the clients' core. All files are in
memory. The contestants take turns, ${Object.values(outcomes[0]?.found ?? {})[0]?.length ?? 0} each. A cell is the median, half the distance from the least to the greatest, and in
brackets ours divided by it: the median of the rounds' ratios. CPU and memory are the server's, of a turn: RSS is the peak of all that is
resident, own what of it is not the pages of its executable, which go when they are in the way (bin/server has 80 MB of them).

## Goals

${verdictsText(outcomes)}

What was not measured needs a peer that Debian does not have: \`make bench PEERS=distribution\` builds distribution 3 with Go,
and the Go program of our name is not offered. For context, from another day on such a machine and **not measured in this run**:

${elsewhere}

## Rows

${outcomes.map(rowText).join('\n')}`;
}
