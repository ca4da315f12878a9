import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { busy, mostInTurn, piecesInTurns } from '../thread/turn-samples.ts';
import { closeListener, createListener, listen, portOf } from './listener.ts';
import type { Fetch } from './listener.ts';

const paths = Array.from({ length: 40 }, (_, at) => `/${at}`);
const pathOf = (request: Request): string => new URL(request.url).pathname;

/** Asks for all of them on one connection, all at once; what is answered. */
async function askAtOnce(fetch: Fetch): Promise<string> {
  const server = createListener(fetch);
  await listen(server, { port: 0, host: '127.0.0.1' });
  onTestFinished(() => closeListener(server));
  const socket = connect({ port: portOf(server), host: '127.0.0.1' });
  const requests = paths.map((path) => {
    const end = path === paths.at(-1) ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\nHost: x\r\n${end}\r\n`;
  });
  socket.write(requests.join(''));
  return text(socket);
}

test('requests that come together are begun as they came, a few in each turn of the event loop', async () => {
  const begun: string[] = [];
  let answers = '';
  const pieces = await piecesInTurns(async (note) => {
    answers = await askAtOnce((request) => {
      busy(1);
      begun.push(pathOf(request));
      note();
      return new Response(`<${pathOf(request)}>`);
    });
  });
  expect(begun).toEqual(paths);
  expect(answers.match(/<[^>]+>/g)).toEqual(paths.map((path) => `<${path}>`));
  expect(Math.max(...pieces)).toBeLessThanOrEqual(mostInTurn);
});

test('who has gone before his turn is not answered', async () => {
  const begun: string[] = [];
  const answers = await askAtOnce((request, env) => {
    busy(1);
    begun.push(pathOf(request));
    if ('incoming' in env) env.incoming.socket.destroy();
    return new Response();
  });
  expect(answers).toBe('');
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.length).toBeLessThanOrEqual(mostInTurn);
});
