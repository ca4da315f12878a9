// Admission: where a Kubernetes API server asks which images may run, opened, reloaded and closed with the server.
import type { Config, ReloadableConfig } from '../config/config.ts';
import { ConfigError } from '../config/mistake.ts';
import type { WatchTimes } from '../config/watch.ts';
import { openServerCertificate } from '../http/server-certificate.ts';
import type { Log } from '../log/log.ts';
import { AdmissionThread } from './admission-thread.ts';
import type { Obstacles, Policy } from './verdict.ts';

export interface Admission {
  readonly url: string;
  /** Goes by these rules from now on. */
  reload(config: Pick<ReloadableConfig, 'imageValidation'>): void;
  close(graceMs: number): Promise<void>;
}

export type AdmissionSettings = Pick<
  Config,
  'admissionHost' | 'admissionPort' | 'admissionTls' | 'imageValidation' | 'defaultNs'
>;

/** What an `admission_port` says that has none. */
export const noCertificate = 'needs admission_tls, the certificate that the API server is shown';

/**
 * Listens where it is asked for, with TLS, because an API server speaks nothing else.
 * @returns undefined when no port is set
 * @throws {ConfigError} when there is no certificate, or none that can be used
 * @throws {Error} with `code` EADDRINUSE or the like when it cannot listen
 */
export async function openAdmission(
  settings: AdmissionSettings,
  obstacles: Obstacles,
  log: Log,
  watchTimes?: WatchTimes,
): Promise<Admission | undefined> {
  const { admissionHost: host, admissionPort: port, admissionTls: files } = settings;
  if (port === undefined) {
    if (isStrict(settings)) log.warn('image_validation is asked for by nobody: it needs admission_port');
    return undefined;
  }
  if (files === undefined) {
    throw mistake('admission_port', noCertificate);
  }
  using opening = new DisposableStack();
  const certificate = opening.use(openServerCertificate('admission_tls', files, log, watchTimes));
  const policy = policyOf(settings, settings);
  const start = { host, port, certificate: certificate.current, policy, logLevel: log.level };
  const thread = await AdmissionThread.start(start, obstacles, log);
  if (certificate.current !== start.certificate) thread.change({ certificate: certificate.current });
  certificate.follow((changed) => thread.change({ certificate: changed }));
  const watching = opening.move();
  return {
    get url() {
      return thread.url;
    },
    reload: (next) => thread.change({ policy: policyOf(settings, next) }),
    async close(graceMs) {
      watching.dispose();
      await thread.close(graceMs);
    },
  };
}

function isStrict({ imageValidation: { default: standard, deny } }: AdmissionSettings): boolean {
  return standard !== 'allow' || deny.length > 0;
}

function policyOf(
  { defaultNs }: Pick<Config, 'defaultNs'>,
  { imageValidation }: Pick<Config, 'imageValidation'>,
): Policy {
  return { validation: imageValidation, ...(defaultNs !== undefined && { defaultNs }) };
}

function mistake(place: string, message: string): ConfigError {
  return new ConfigError([{ place, message, usage: false }]);
}
