// Certificates in files, as a server is given them, and what its clients believe and show.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issue, makeCa } from '../mock/certificates.ts';
import type { Ca, IssuedCertificate, IssueOptions } from '../mock/certificates.ts';
import { temporaryDirectory } from './front-door.ts';

const names = ['127.0.0.1', 'localhost', '::1'];

export interface CertificateFiles extends AsyncDisposable {
  readonly ca: Ca;
  readonly directory: string;
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Puts another pair into the files. */
  rotate(options?: Partial<IssueOptions>): Promise<void>;
  client(name: string): Promise<IssuedCertificate>;
}

export async function certificateFiles(options: Partial<IssueOptions> = {}): Promise<CertificateFiles> {
  const directory = await temporaryDirectory();
  const ca = await makeCa();
  const [cert, key, authority] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => join(directory.path, name));
  const tls = { cert: cert ?? '', key: key ?? '', ca: authority ?? '' };
  const rotate = async (changes: Partial<IssueOptions> = {}): Promise<void> => {
    const pair = await issue(ca, { names, ...changes });
    await writeFile(tls.cert, pair.cert);
    await writeFile(tls.key, pair.key);
  };
  await writeFile(tls.ca, ca.cert);
  await rotate(options);
  return {
    ...{ ca, directory: directory.path, tls, rotate },
    client: (name) => issue(ca, { names: [name], client: true }),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
