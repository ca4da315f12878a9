// `version`: which version of this program, on which runtime.
import { version } from '../config/version.ts';

export function versionLine(): string {
  return `ociregistry ${version} (node ${process.versions.node})`;
}
