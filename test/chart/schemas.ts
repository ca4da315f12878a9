// Writes schemas for kubeconform out of Kubernetes' own OpenAPI document and the CRDs of others: schemas.ts OUT SWAGGER CRD…
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

type Schema = Readonly<Record<string, unknown>>;

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Swagger {
  readonly definitions: Readonly<Record<string, Schema & { 'x-kubernetes-group-version-kind'?: Kind[] }>>;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { openAPIV3Schema: Schema } }[];
  };
}

const [, , out = '', swaggerPath = '', ...crdPaths] = process.argv;
const definitionsFile = 'definitions.json';

/** A field that nobody knows is a mistake, and a number may stand where a percentage may. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { format, type, $ref, ...rest } = schema as Schema;
  if (format === 'int-or-string') return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, strict(value)]));
  // A property may be called `properties`, `type` or `format`, but then it is an object or has none beside it.
  const closed =
    typeof rest['properties'] === 'object' &&
    type === 'object' &&
    !('additionalProperties' in rest) &&
    rest['x-kubernetes-preserve-unknown-fields'] !== true;
  return {
    ...inner,
    ...(type !== undefined && { type: typeof type === 'string' ? type : strict(type) }),
    ...(typeof format === 'object' && { format: strict(format) }),
    ...($ref !== undefined && {
      $ref: typeof $ref === 'string' ? $ref.replace(/^#/, `${definitionsFile}#`) : strict($ref),
    }),
    ...(closed && { additionalProperties: false }),
  };
}

/** Named as kubeconform asks for them: by the first word of the group, which the core has none of. */
async function write({ group, version, kind }: Kind, schema: unknown): Promise<void> {
  const words = [kind.toLowerCase(), group.split('.', 1)[0], version].filter((word) => word !== '');
  await writeFile(join(out, `${words.join('-')}.json`), JSON.stringify(schema));
}

await mkdir(out, { recursive: true });
const { definitions } = JSON.parse(await readFile(swaggerPath, 'utf8')) as Swagger;
await writeFile(
  join(out, definitionsFile),
  JSON.stringify({ definitions: strict(definitions) }).replaceAll(`${definitionsFile}#`, '#'),
);
for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(definitions)) {
  const [kind, ...others] = kinds;
  if (kind === undefined || others.length > 0) continue;
  await write(kind, { $ref: `${definitionsFile}#/definitions/${name}` });
}
for (const path of crdPaths) {
  for (const document of parseAllDocuments(await readFile(path, 'utf8'))) {
    const { group, names, versions } = (document.toJS() as Definition).spec;
    for (const { name: version, schema } of versions) {
      await write({ group, version, kind: names.kind }, strict(schema.openAPIV3Schema));
    }
  }
}
