// The entry: runs the command line and ends the process with its status.
import { run } from './commands/program.ts';

for (const stream of [process.stdout, process.stderr]) {
  // Whoever read our output has gone (`| head`); that is no reason to stop serving.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void run(process.argv).then((status) => process.exit(status));
