// Makes the types and the route tables from the contract: `make generate`; with --check it only tells whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { parse } from 'yaml';

const contract = new URL('../ociregistry.yaml', import.meta.url);
const methods = ['get', 'head', 'post'] as const;

/** One table for each place that listens: which file has the operations of which tags. */
const tables: Readonly<Record<string, { readonly name: string; readonly tags: readonly string[] }>> = {
  'routes.gen.ts': { name: 'routes', tags: ['pull', 'discovery'] },
  'admin-routes.gen.ts': { name: 'adminRoutes', tags: ['admin'] },
  'metrics-routes.gen.ts': { name: 'metricsRoutes', tags: ['metrics', 'health'] },
  'health-routes.gen.ts': { name: 'healthRoutes', tags: ['health'] },
  'admission-routes.gen.ts': { name: 'admissionRoutes', tags: ['admission'] },
};

/** The branded type of each format, and the module of src/oci that makes it. */
const brands: Record<string, { type: string; module: string }> = {
  digest: { type: 'Digest', module: '../src/oci/digest.ts' },
  reference: { type: 'Reference', module: '../src/oci/reference.ts' },
  'registry-host': { type: 'RegistryHost', module: '../src/oci/registry-host.ts' },
  'repository-name': { type: 'RepositoryName', module: '../src/oci/repository.ts' },
  tag: { type: 'Tag', module: '../src/oci/reference.ts' },
};

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maxLength?: number;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly 'x-max-bytes'?: number }>>;
  };
}

type PathItem = Readonly<Partial<Record<(typeof methods)[number], Operation>>> & {
  readonly parameters?: readonly Parameter[];
};

interface Contract {
  readonly paths: Readonly<Record<string, PathItem>>;
}

/** Of a body of JSON, where `x-max-bytes` allows no more. */
const MAX_BODY_BYTES = 1024 * 1024;

const banner = '// Generated from ociregistry.yaml by `make generate`. Do not edit.\n';

async function types(): Promise<string> {
  const ast = await openapiTS(contract, {
    alphabetize: false,
    immutable: true,
    inject: Object.values(brands)
      .map(({ type, module }) => `import type { ${type} } from '${module}';`)
      .join('\n'),
    transform(schema) {
      const brand = schema.format === undefined ? undefined : brands[schema.format];
      return brand && ts.factory.createTypeReferenceNode(brand.type);
    },
  });
  return banner + astToString(ast);
}

function resolve<T extends { readonly $ref?: string }>(document: unknown, node: T): T {
  if (node.$ref === undefined) return node;
  const steps = node.$ref.replace(/^#\//, '').split('/');
  const target = steps.reduce((at, step) => (at as Record<string, unknown>)[step], document);
  return resolve(document, target as T);
}

/** A schema with all that it refers to in it, so that it can be checked by itself. */
function whole(document: unknown, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => whole(document, item));
  if (typeof node !== 'object' || node === null) return node;
  const found = resolve(document, node);
  return Object.fromEntries(
    Object.entries(found)
      .filter(([key]) => key !== 'description')
      .map(([key, value]) => [key, whole(document, value)]),
  );
}

/** What an operation reads: the one media type of its body, and of JSON its schema and how long it may be. */
function bodyOf(document: Contract, { requestBody }: Operation): unknown {
  const [found] = Object.entries(requestBody?.content ?? {});
  if (found === undefined) return undefined;
  const [contentType, { schema, 'x-max-bytes': maxBytes }] = found;
  if (contentType !== 'application/json') return { contentType };
  return { contentType, maxBytes: maxBytes ?? MAX_BODY_BYTES, schema: whole(document, schema) };
}

/** One row an operation: how to reach it and what each parameter must satisfy. */
function routes(document: Contract, { name, tags }: (typeof tables)[string]): string {
  const table: Record<string, unknown> = {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined || !operation.tags.some((tag) => tags.includes(tag))) continue;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((reference) => {
        const parameter = resolve(document, reference);
        const {
          type,
          format,
          pattern,
          enum: choices,
          minimum,
          maxLength,
        } = resolve(document, parameter.schema);
        return {
          name: parameter.name,
          in: parameter.in,
          required: parameter.required ?? false,
          schema: {
            type,
            format,
            pattern: format === 'repository-path' ? pattern : undefined,
            choices,
            minimum,
            maxLength,
          },
        };
      });
      table[operation.operationId] = {
        method: method.toUpperCase(),
        path,
        honoPath: honoPath(path),
        parameters,
        body: bodyOf(document, operation),
      };
    }
  }
  return `${banner}export const ${name} = ${JSON.stringify(table, null, 2)} as const;\n`;
}

/** A repository name spans slashes, so its parameter takes them too; every other parameter is one segment. */
function honoPath(path: string): string {
  return path.replace('{name}', ':name{.+}').replace(/\{(\w+)\}/g, ':$1');
}

const source = await readFile(contract, 'utf8');
const files: Record<string, string> = { 'types.gen.ts': await types() };
for (const [file, table] of Object.entries(tables)) files[file] = routes(parse(source) as Contract, table);
const stale: string[] = [];
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, import.meta.url);
  const current = await readFile(file, 'utf8').catch(() => '');
  if (current === text) continue;
  stale.push(name);
  if (!process.argv.includes('--check')) await writeFile(file, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`api/${stale.join(', api/')} not up to date with ociregistry.yaml: run \`make generate\``);
  process.exitCode = 1;
}
