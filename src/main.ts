// The entry: runs the command line and ends the process with its status.
import { run } from './commands/program.ts';

for (const stream of [process.stdout, process.stderr]) {
  // Whoever read our output has gone (`| head`); that is no reason to stop serving.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void run(process.argv).then((status) => {
  // What is still on its way to a slow reader would be lost with the process.
  process.stdout.write('', () => process.exit(status));
});
