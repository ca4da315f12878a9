// A Node server for the admin API, within bounds of its own.
import type { Server } from 'node:http';
import { createListener } from '../http/listener.ts';
import type { Fetch } from '../http/listener.ts';

/** Far more than all who administer need. */
const MAX_CONNECTIONS = 100;

/** Does not listen yet. What is sent may take as long as it takes: an archive of ten gigabytes is a request, too. */
export function createAdminListener(fetch: Fetch): Server {
  const server = createListener(fetch, { requestMs: 0 });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}
