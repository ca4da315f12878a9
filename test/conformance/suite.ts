// The specification's own conformance suite: where its source comes from, building it, and what a run of it says.
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const release = 'v1.1.1';
const repository = 'https://github.com/opencontainers/distribution-spec';

export type SpecState = 'passed' | 'failed' | 'skipped';

export interface Spec {
  /** The workflow first: `Pull Setup Populate registry with test blob`. */
  readonly name: string;
  readonly state: SpecState;
  /** Of one that failed. */
  readonly message: string;
}

export interface Suite {
  /** Which suite this is, in a sentence for the report. */
  readonly origin: string;
  /**
   * @param skip of specs that cannot pass in this run, a part of the name
   * @throws {Error} with its output, when it ended without a report
   */
  run(environment: Readonly<Record<string, string>>, skip?: string): Promise<readonly Spec[]>;
}

/** How ginkgo reports a spec, of what is read here. */
interface ReportedSpec {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  readonly Failure?: { readonly Message: string };
}

/**
 * Builds the suite.
 * @param directory for what is fetched and made
 * @param source a directory with the suite, instead of fetching the release
 * @throws {Error} that says what is missing on this machine
 */
export async function buildSuite(directory: string, source?: string): Promise<Suite> {
  await needed('go', ['version'], 'Go: https://go.dev/dl/');
  await mkdir(directory, { recursive: true });
  const fetched = source === undefined;
  const from = fetched ? await fetchRelease(directory) : resolve(source);
  await access(join(from, 'go.mod')).catch((cause: unknown) => {
    throw new Error(
      `${from} has no go.mod: CONFORMANCE_SRC=DIR is the folder conformance/ of the specification`,
      { cause },
    );
  });
  const program = join(directory, 'suite');
  await run('go', ['test', '-c', '-o', program, '.'], { cwd: from }).catch((cause: unknown) => {
    throw new Error(`the suite in ${from} does not build; its modules come through Go's GOPROXY`, { cause });
  });
  return {
    origin: fetched
      ? `[${release}](${repository}/tree/${release}/conformance) of the specification`
      : await stated(from),
    run: (environment, skip) => runOnce(program, join(directory, 'report.json'), environment, skip),
  };
}

async function fetchRelease(directory: string): Promise<string> {
  await needed(
    'git',
    ['--version'],
    'git, or CONFORMANCE_SRC=DIR, the folder conformance/ of the specification',
  );
  const clone = join(directory, release);
  const suite = join(clone, 'conformance');
  const present = await access(clone).then(
    () => true,
    () => false,
  );
  if (present) return suite;
  // A clone that was broken off never has the name of a whole one.
  const unfinished = `${clone}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await run('git', ['clone', '--quiet', '--depth', '1', '--branch', release, repository, unfinished]).catch(
    (cause: unknown) => {
      const otherwise = 'CONFORMANCE_SRC=DIR takes its folder conformance/ from where it is';
      throw new Error(`${repository} could not be fetched; ${otherwise}`, { cause });
    },
  );
  await rename(unfinished, clone);
  return suite;
}

/** What nobody fetched from the specification's own repository may be anything. */
async function stated(source: string): Promise<string> {
  const files = (await readdir(source)).filter((name) => /^\d.*_test\.go$/.test(name)).toSorted();
  const names = files.map((name) => `\`${name}\``).join(', ');
  return (
    `a copy, by \`CONFORMANCE_SRC\`, with ${names}. It was not fetched from the specification's repository and may be ` +
    `abridged or changed; \`make conformance\` without \`CONFORMANCE_SRC\` takes the release's own`
  );
}

async function needed(program: string, args: readonly string[], what: string): Promise<void> {
  await run(program, args).catch((cause: unknown) => {
    throw new Error(`make conformance needs ${what}`, { cause });
  });
}

async function runOnce(
  program: string,
  report: string,
  environment: Readonly<Record<string, string>>,
  skip?: string,
): Promise<readonly Spec[]> {
  await rm(report, { force: true });
  const args = [`--ginkgo.json-report=${report}`, '--ginkgo.timeout=5m'];
  if (skip !== undefined) args.push(`--ginkgo.skip=${skip}`);
  // Nothing else of the environment: a proxy, or what another suite was told.
  const env = { OCI_REPORT_DIR: 'none', ...environment };
  // Its status says only that something failed, and the report says what.
  const options = { env, cwd: dirname(program), maxBuffer: 64 * 1024 * 1024 };
  const output = await run(program, args, options).catch((error: unknown) => error);
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error('the suite ended without a report', { cause: output });
  });
  const [suite] = JSON.parse(text) as [{ readonly SpecReports: readonly ReportedSpec[] }];
  return suite.SpecReports.filter(({ LeafNodeType }) => LeafNodeType === 'It').map((spec) => ({
    name: [...(spec.ContainerHierarchyTexts ?? []).slice(1), spec.LeafNodeText].join(' '),
    state: stateOf(spec.State),
    message: spec.Failure?.Message ?? '',
  }));
}

/** What is neither passed nor skipped has failed: it panicked, was interrupted, or never ran. */
function stateOf(state: string): SpecState {
  return state === 'passed' || state === 'skipped' ? state : 'failed';
}
