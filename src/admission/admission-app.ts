// What the API server asks: whether a resource may run its images, and whether anybody is there.
import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { admissionRoutes } from '../../api/admission-routes.gen.ts';
import { bind } from '../../api/bind.ts';
import type { Handlers } from '../../api/bind.ts';
import type { RequestBody } from '../../api/contract.ts';
import { createSmallApp } from '../http/small-app.ts';
import type { Log } from '../log/log.ts';
import { BodyBudget } from './body-budget.ts';
import { verdict } from './response.ts';
import { objections } from './verdict.ts';
import type { Obstacles, Policy } from './verdict.ts';

export interface AdmissionParts {
  /** Those that hold now. */
  readonly policy: () => Policy;
  readonly obstacles: Obstacles;
  readonly log: Log;
}

interface AdmissionEnvironment {
  Bindings: HttpBindings;
}

/** Of reviews that are under way, all together. */
const MAX_HELD = 64 * 1024 * 1024;

export function createAdmissionApp(parts: AdmissionParts): Hono<AdmissionEnvironment> {
  const app = createSmallApp<AdmissionEnvironment>(parts.log);
  const budget = new BodyBudget(MAX_HELD);
  const handlers: Handlers<undefined, string, typeof admissionRoutes> = {
    healthzGet: () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'ok\n' }),
    imagesValidate: async ({ body: { request } }) => {
      const answer = await judged(request, parts);
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) };
    },
  };
  bind<AdmissionEnvironment, undefined, string, typeof admissionRoutes>(app, admissionRoutes, handlers, {
    request: () => undefined,
    body: ({ env: { incoming, outgoing } }) => {
      const ended = new AbortController();
      outgoing.once('close', () => ended.abort());
      return {
        contentType: incoming.headers['content-type'],
        bytes: budget.metered(incoming, ended.signal),
      };
    },
    respond: (_, { status, headers, body }) => new Response(body ?? null, { status, headers }),
  });
  return app;
}

async function judged(
  request: RequestBody<'imagesValidate'>['request'],
  { policy, obstacles, log }: AdmissionParts,
): Promise<ReturnType<typeof verdict>> {
  const rules = policy();
  const against = await objections(request, rules, obstacles);
  const { mode } = rules.validation;
  if (against.length > 0) {
    const { operation, namespace = '', name = '' } = request;
    log.info(mode === 'warn' ? 'admitted with a warning' : 'denied', {
      ...{ operation, namespace, name },
      because: against.slice(0, MAX_LOGGED).join('; '),
    });
  }
  return verdict(request.uid, against, mode);
}

const MAX_LOGGED = 5;
