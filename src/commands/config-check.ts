// `config check`: every mistake of a file, also of the files that it names.
import { readCertificate } from '../admission/certificate.ts';
import type { CertificateFiles } from '../config/config.ts';
import { readConfigFile } from '../config/file.ts';
import { ConfigError } from '../config/mistake.ts';
import { referencedFileMistakes } from '../config/referenced-files.ts';
import { parseDockerConfig } from '../upstream/docker-config.ts';

/** @throws {ConfigError} with a place for each mistake */
export function configCheck(file: string): void {
  const { settings, entries, mistakes, mistake } = readConfigFile(file);
  const check = { now: new Date(), parseDockerConfig };
  const inFiles = [...entries].flatMap(([index, entry]) =>
    referencedFileMistakes(entry, check).map(({ path, message }) =>
      mistake(['registries', index, ...path], message),
    ),
  );
  const shown = settings.admission_tls;
  const inCertificate = shown === undefined ? [] : certificateMistakes(shown);
  const all = [
    ...mistakes,
    ...inFiles,
    ...inCertificate.map((message) => mistake(['admission_tls'], message)),
  ];
  if (all.length > 0) throw new ConfigError(all);
  const count = settings.registries?.length ?? 0;
  process.stdout.write(`${file}: ${count === 1 ? '1 registry' : `${count} registries`}, no mistakes\n`);
}

function certificateMistakes(files: CertificateFiles): readonly string[] {
  try {
    readCertificate(files);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
