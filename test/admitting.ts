// What tests of admission share: a server that has it, its certificates, and reviews as an API server writes them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect } from 'vitest';
import { issue, makeCa } from '../mock/certificates.ts';
import type { Ca } from '../mock/certificates.ts';
import { defaultConfig } from '../src/config/config.ts';
import type { CertificateFiles, Config, ImageValidation } from '../src/config/config.ts';
import { parseImageRule } from '../src/oci/image-rule.ts';
import { openFrontDoor, temporaryDirectory } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

interface Verdict {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: { readonly message: string };
    readonly warnings?: readonly string[];
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An authority, and the files of the certificates that it issues. */
export interface Pki extends AsyncDisposable {
  readonly ca: Ca;
  certificate(name: string): Promise<CertificateFiles>;
}

export async function openPki(): Promise<Pki> {
  const ca = await makeCa();
  const directory = await temporaryDirectory();
  return {
    ca,
    async certificate(name) {
      const made = await issue(ca, { names: ['127.0.0.1'] });
      const paths = { cert: join(directory.path, `${name}.pem`), key: join(directory.path, `${name}.key`) };
      await writeFile(paths.cert, made.cert);
      await writeFile(paths.key, made.key);
      return paths;
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

type Rules = Partial<Omit<ImageValidation, 'allow' | 'deny'>> & {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
};

export function validation({ allow = [], deny = [], ...others }: Rules): ImageValidation {
  return {
    ...defaultConfig.imageValidation,
    ...others,
    allow: allow.map(parseImageRule),
    deny: deny.map(parseImageRule),
  };
}

export interface OpenAdmission extends AsyncDisposable {
  readonly ca: Ca;
  readonly door: FrontDoor;
  readonly ask: (body: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

/** A server with admission, and a client as the API server is one. */
export async function openAdmission(rules: Rules, config: Partial<Config> = {}): Promise<OpenAdmission> {
  const pki = await openPki();
  const { ca } = pki;
  const door = await openFrontDoor({
    config: {
      admissionHost: '127.0.0.1',
      admissionPort: 0,
      admissionTls: await pki.certificate('server'),
      imageValidation: validation(rules),
      ...config,
    },
  });
  const agent = new Agent({ connect: { ca: ca.cert }, connections: 50 });
  async function ask(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { statusCode, body: answer } = await request(`${door.admissionUrl}/validate-image`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    return { status: statusCode, body: await answer.text() };
  }
  return {
    ca,
    door,
    ask,
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      await door[Symbol.asyncDispose]();
      await pki[Symbol.asyncDispose]();
    },
  };
}

export function verdictOf({ status, body }: Answer): Verdict['response'] {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (JSON.parse(body) as Verdict).response;
}

/** As an API server writes it. */
export function review(object: unknown, more: object = {}): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
      name: 'web',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'admin', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      ...more,
    },
  };
}

export function pod(...images: readonly string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
  };
}

export function deployment(image: string): object {
  const { spec } = pod(image) as { spec: object };
  return { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 3, template: { spec } } };
}
