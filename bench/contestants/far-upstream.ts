// Starts the upstream that is far away: 50 MB/s on each connection and 20 ms before each answer, unless said otherwise.
import { Program } from '../program.ts';
import type { Bench } from '../row.ts';
import { ports } from './contestant.ts';
import type { Upstream } from './nginx.ts';

/** Milliseconds before each answer. */
const LATENCY = 20;

/** @param rate bytes a second, of each connection */
export async function startFarUpstream(bench: Bench, root: string, rate = 50e6): Promise<Upstream> {
  const port = ports.farUpstream;
  const command = [
    process.execPath,
    'bench/far-upstream.ts',
    String(port),
    root,
    String(rate),
    String(LATENCY),
  ];
  const program = new Program(1, command);
  bench.stack.use(program);
  await program.listening(port);
  return { blobGets: async () => Number(await (await fetch(`http://127.0.0.1:${port}/gets`)).text()) };
}
