// Runs a mock registry for a person: `node mock/main.ts --port 5001 --images 3` prints the references it serves.
import { Command, InvalidArgumentError } from 'commander';
import type { MockOptions } from './mock-registry.ts';
import { startMock } from './mock-registry.ts';
import { Random } from './random.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly images: number;
  readonly layers: number;
  readonly layerSize: number;
  readonly platforms: readonly string[];
  readonly repository: string;
  readonly seed?: number;
  readonly user?: string;
  readonly bearer: boolean;
  readonly cdn: boolean;
  readonly throttle?: number;
}

const program = new Command('mock')
  .description('A fake upstream registry with images made on the spot, which runtimes can unpack')
  .option('--port <number>', 'port to listen on; 0 is any that is free', number, 5001)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--images <count>', 'how many images', number, 1)
  .option('--layers <count>', 'layers of each image', number, 2)
  .option('--layer-size <bytes>', 'size of each layer', number, 65_536)
  .option('--platforms <list>', 'platforms, each an image under an index', list, [
    'linux/amd64',
    'linux/arm64',
  ])
  .option('--repository <name>', 'what the repositories are called, followed by their number', 'library/app')
  .option('--seed <number>', 'seed of the random content', number)
  .option('--user <name:password>', 'ask for Basic authentication')
  .option('--bearer', 'hand out bearer tokens, to --user only if there is one', false)
  .option('--cdn', 'redirect blobs to signed URLs on a second port', false)
  .option('--throttle <bytes>', 'send so much of each blob in a second', number);

await run(program.parse().opts<Flags>());

async function run(flags: Flags): Promise<void> {
  const { port, host, images, layers, layerSize, platforms, repository, seed, cdn, throttle } = flags;
  const mock = await startMock({
    port,
    host,
    ...(seed !== undefined && { seed }),
    ...(cdn && { cdn: true }),
    ...authOf(flags),
  });
  if (throttle !== undefined) mock.on({ operation: 'blobGet' }).always().throttle(throttle);
  const random = new Random(mock.seed);
  for (let i = 1; i <= images; i++) {
    const made = mock.addImage(`${repository}-${i}`, 'latest', {
      platforms,
      layers: Array.from({ length: layers }, (_, layer) => ({
        files: { [`layer-${layer}.bin`]: random.bytes(layerSize) },
      })),
    });
    console.info(mock.nameOf(made), made.digest);
  }
  process.once('SIGINT', () => void mock.stop());
  process.once('SIGTERM', () => void mock.stop());
}

function authOf({ user, bearer }: Flags): Pick<MockOptions, 'auth'> {
  const [username, password = ''] = user?.split(/:(.*)/s) ?? [];
  if (bearer) {
    return { auth: { scheme: 'bearer', ...(username !== undefined && { users: { [username]: password } }) } };
  }
  return username === undefined ? {} : { auth: { scheme: 'basic', username, password } };
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function list(text: string): readonly string[] {
  return text.split(',').filter((item) => item !== '');
}
