// The thread that compares passwords: bcrypt is made to take long, and what is served must not wait for it.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { PasswordQuestion } from './password-thread.ts';

parentPort?.on('message', ({ password, hashed }: PasswordQuestion) =>
  parentPort?.postMessage(compareSync(password, hashed)),
);
