// Runs the specification's conformance suite against a server and writes docs/conformance.md: `make conformance`.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startMock } from '../../mock/index.ts';
import { parseRegistryHost } from '../../src/oci/registry-host.ts';
import { FrontDoor, temporaryDirectory } from '../front-door.ts';
import { pushContent, repository } from './content.ts';
import { openPushDoor } from './push-door.ts';
import { complaints, report } from './report.ts';
import type { Run, SkipReason } from './report.ts';
import { buildSuite } from './suite.ts';
import type { Suite } from './suite.ts';

const workflowsOff: SkipReason = {
  of: /^(Push|Content Management) /,
  why: 'the workflow is off: this server takes and removes nothing',
};
/** The subject whose referrers the suite counts is in the environment, for this spec as for the others. */
const contradiction = 'GET request to missing manifest should yield 200';
const reasonsReading: readonly SkipReason[] = [
  workflowsOff,
  {
    of: /^(Pull|Content Discovery) (Setup|Teardown) /,
    why: 'nothing is pushed: all that is asked for is there before',
  },
  {
    of: new RegExp(`${contradiction}$`),
    why: 'wants one referrer, which the suite makes of random bytes, where the others want five; it is in the run with pushes',
  },
];
const reasonsPushing: readonly SkipReason[] = [
  workflowsOff,
  { of: /Get tag name from environment$|\(no push\)$/, why: 'the suite pushes what it asks for' },
];

/** A server with an empty directory, of which the mock is the upstream for names without a registry. */
async function openDoor(): Promise<FrontDoor> {
  const mock = await startMock({ log: () => undefined });
  const directory = await temporaryDirectory();
  const config = { defaultNs: parseRegistryHost(mock.host) };
  // The suite pushes and lists in one second: lists are not remembered.
  const door = new FrontDoor(mock, directory.path, { config, listMs: 0 }, directory);
  await door.start();
  return door;
}

function environment(url: string): Readonly<Record<string, string>> {
  return {
    OCI_ROOT_URL: url,
    OCI_NAMESPACE: repository,
    OCI_TEST_PULL: '1',
    OCI_TEST_CONTENT_DISCOVERY: '1',
    OCI_TEST_PUSH: '0',
    OCI_TEST_CONTENT_MANAGEMENT: '0',
  };
}

async function readOnly(suite: Suite): Promise<readonly Run[]> {
  await using door = await openDoor();
  const content = pushContent(door.mock);
  const once = async (title: string): Promise<Run> => ({
    title,
    specs: await suite.run({ ...environment(door.url), ...content.environment }, contradiction),
    reasons: reasonsReading,
  });
  const cold = await once('cold, through an upstream');
  const warm = await once('warm');
  for (const path of content.paths) {
    const { status } = await door.raw(`/v2/${repository}/${path}`);
    if (status !== 200) throw new Error(`${path} is answered ${status} before the upstream goes`);
  }
  await door.restart({ airGapped: true });
  await door.mock.stop();
  return [cold, warm, await once('air-gapped, the upstream gone')];
}

async function pushing(suite: Suite): Promise<Run> {
  await using door = await openDoor();
  await using pushDoor = await openPushDoor(door.mock, door.url);
  return {
    title: 'cold, the suite’s pushes going to the upstream',
    specs: await suite.run(environment(pushDoor.url)),
    reasons: reasonsPushing,
  };
}

const page = new URL('../../docs/conformance.md', import.meta.url);
const begin = '<!-- The rest is written by `make conformance`. -->\n';

async function conformance(): Promise<readonly string[]> {
  const build = fileURLToPath(new URL('../../build/conformance', import.meta.url));
  const suite = await buildSuite(build, process.env['CONFORMANCE_SRC']);
  const runs = [...(await readOnly(suite)), await pushing(suite)];
  const wrong = complaints(runs);
  if (wrong.length > 0) return wrong;
  const [before = ''] = (await readFile(page, 'utf8')).split(begin);
  await writeFile(page, `${before}${begin}\n${report(suite.origin, runs)}\n`);
  return [];
}

/** What a person reads of an error that says what is missing, and of the program that said why. */
function told(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : told(error.cause))];
}

const wrong = await conformance().catch(told);
for (const line of wrong) console.error(`conformance: ${line}`);
if (wrong.length > 0) process.exitCode = 1;
else console.log('conformance: passed; docs/conformance.md has the counts and the reason of every skip');
