// What a request carries through Hono: Node's own messages, and what the access log will say.
import type { HttpBindings } from '@hono/node-server';
import type { AccessRecord } from './access-record.ts';

export interface Environment {
  Bindings: HttpBindings;
  Variables: { record: AccessRecord };
}
