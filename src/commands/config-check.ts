// `config check`: every mistake of a file, also of the files that it names.
import { noCertificate } from '../admission/admission.ts';
import { readConfigFile } from '../config/file.ts';
import { ConfigError } from '../config/mistake.ts';
import { referencedFileMistakes, serverFileMistakes } from '../config/referenced-files.ts';
import { parseHtpasswd } from '../http/htpasswd.ts';
import { parseDockerConfig } from '../upstream/docker-config.ts';

/** @throws {ConfigError} with a place for each mistake */
export function configCheck(file: string): void {
  const { settings, entries, mistakes, mistake } = readConfigFile(file);
  const check = { now: new Date(), parseDockerConfig, parseHtpasswd };
  const { server_tls: serverTls, admission_tls: admissionTls, htpasswd_file: htpasswdFile } = settings;
  const ofServer = serverFileMistakes({ serverTls, admissionTls, htpasswdFile }, check).map(
    ({ path, message }) => mistake(path, message),
  );
  // A port may come from elsewhere, a certificate only from the file.
  const ofAdmission =
    settings.admission_port === undefined || admissionTls !== undefined
      ? []
      : [mistake(['admission_port'], noCertificate)];
  const inFiles = [...entries].flatMap(([index, entry]) =>
    referencedFileMistakes(entry, check).map(({ path, message }) =>
      mistake(['registries', index, ...path], message),
    ),
  );
  const all = [...mistakes, ...ofServer, ...ofAdmission, ...inFiles];
  if (all.length > 0) throw new ConfigError(all);
  const count = settings.registries?.length ?? 0;
  process.stdout.write(`${file}: ${count === 1 ? '1 registry' : `${count} registries`}, no mistakes\n`);
}
