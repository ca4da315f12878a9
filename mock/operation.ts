// Which operation a request is, told from its path before anything parses it strictly.
import type { MockOperation, Via } from './request-log.ts';

export interface Identity {
  readonly via: Via;
  readonly operation: MockOperation;
  readonly repository?: string;
  readonly reference?: string;
}

const content = /^\/(v2|cdn)\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/;
const tags = /^\/v2\/(.+)\/tags\/list$/;

export function identify(method: string, path: string): Identity {
  const [, root, repository = '', kind, reference = ''] = content.exec(path) ?? [];
  const head = method === 'HEAD';
  if (path === '/token') return { via: 'token', operation: 'token' };
  if (root === 'cdn') return { via: 'cdn', operation: 'cdn', repository, reference };
  switch (kind) {
    case 'manifests':
      return { via: 'registry', operation: head ? 'manifestHead' : 'manifestGet', repository, reference };
    case 'blobs':
      return { via: 'registry', operation: head ? 'blobHead' : 'blobGet', repository, reference };
    case 'referrers':
      return { via: 'registry', operation: 'referrersList', repository, reference };
  }
  const [, tagged] = tags.exec(path) ?? [];
  if (tagged !== undefined) return { via: 'registry', operation: 'tagsList', repository: tagged };
  if (path === '/v2/_catalog') return { via: 'registry', operation: 'catalogList' };
  return { via: 'registry', operation: path === '/v2/' ? 'versionCheck' : 'unknown' };
}
