// Builds bin/server, one executable with the program and its runtime inside: `make desktop`. With arguments, the same for
// another platform: `bin/build.ts RUNTIME OUTPUT`, by that platform's runtime.
import { execFile } from 'node:child_process';
import { chmod, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const path = (inClone: string): string => fileURLToPath(new URL(`../${inClone}`, import.meta.url));
const bundle = path('build/server.cjs');
/** The threads' programs, which `src/thread/start.ts` asks the executable for by their names. */
const threads = ['serialize/hash-worker', 'admission/admission-worker', 'http/password-worker'];
const nameOf = (program: string): string => program.replace(/.*\//, '');
const configFile = path('build/sea-config.json');
// The runtime that runs this script is the one that goes into the executable, unless another is named.
const [runtime = process.execPath, executable = path('bin/server')] = process.argv.slice(2);
const unfinished = `${executable}.tmp`;

await mkdir(path('build'), { recursive: true });
await build({
  entryPoints: [
    { in: path('src/main.ts'), out: 'server' },
    ...threads.map((program) => ({ in: path(`src/${program}.ts`), out: nameOf(program) })),
  ],
  outdir: path('build'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: `node${process.versions.node}`,
  // CommonJS, because only there the executable starts from V8's code cache.
  format: 'cjs',
  minify: true,
  // Errors and logs show names.
  keepNames: true,
  legalComments: 'eof',
  logLevel: 'warning',
  // Where the source looks for a file beside itself, the executable has an asset.
  logOverride: { 'empty-import-meta': 'silent' },
});
await writeFile(
  configFile,
  JSON.stringify({
    main: bundle,
    output: unfinished,
    executable: runtime,
    disableExperimentalSEAWarning: true,
    // Made by the runtime that runs, and of use to no other.
    useCodeCache: runtime === process.execPath,
    assets: Object.fromEntries(threads.map(nameOf).map((name) => [`${name}.js`, path(`build/${name}.cjs`)])),
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'],
    // NODE_OPTIONS still counts, for --max-old-space-size and the like.
    execArgvExtension: 'env',
  }),
);
await promisify(execFile)(process.execPath, ['--build-sea', configFile]);
await chmod(unfinished, 0o755);
// A server that runs from the old file keeps it.
await rename(unfinished, executable);
const { size } = await stat(executable);
console.log(
  `${relative(path('.'), executable)}: ${Math.round(size / 1e6)} MB, node ${process.versions.node}`,
);
