import { expect, test } from 'vitest';
import { defaultConfig } from '../config/config.ts';
import { startProblem } from './start-problem.ts';

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: no such luck, ${syscall}`), { code, syscall });
}

test.each([
  {
    name: 'a used port',
    error: systemError('EADDRINUSE', 'listen'),
    text: 'port 8080 is in use; stop the program that has it or choose another with --port',
  },
  {
    name: 'a port of the system',
    error: systemError('EACCES', 'listen'),
    text: 'this user may not listen on port 8080; choose one above 1023 with --port',
  },
  {
    name: 'an address of another machine',
    error: systemError('EADDRNOTAVAIL', 'listen'),
    text: 'a.test is no address of this machine; choose another with --host',
  },
  {
    name: 'a name that is none',
    error: systemError('ENOTFOUND', 'getaddrinfo'),
    text: 'a.test is no address of this machine; choose another with --host',
  },
  {
    name: 'one of several addresses',
    error: Object.assign(systemError('EADDRNOTAVAIL', 'listen'), { address: '192.0.2.1', port: 8080 }),
    text: '192.0.2.1 is no address of this machine; choose another with --host',
  },
  {
    name: 'IPv6 where there is none',
    error: Object.assign(systemError('EAFNOSUPPORT', 'listen'), { address: '::1', port: 8080 }),
    text: 'this machine has no IPv6, which ::1 is of; choose another with --host',
  },
  {
    name: 'a directory of another user',
    error: systemError('EACCES', 'mkdir'),
    text: 'image path /var/lib/ociregistry: this user may not write there; choose another with --image-path',
  },
  {
    name: 'a full disk, as the store reports it',
    error: new Error('cannot open the store', { cause: systemError('ENOSPC', 'write') }),
    text: 'image path /var/lib/ociregistry: the disk is full; choose another with --image-path',
  },
  {
    name: 'anything else, with its causes',
    error: Object.assign(new Error('the layout is newer', { cause: new Error('version 7') }), {
      code: 'STORE',
    }),
    text: 'the layout is newer: version 7',
  },
])('$name', ({ error, text }) => {
  expect(startProblem(error, { ...defaultConfig, host: 'a.test' })).toBe(text);
});
