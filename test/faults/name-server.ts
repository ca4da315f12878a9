// The DNS server of a network: `node test/faults/name-server.ts ADDRESS ANSWER` says that every name is at ANSWER.
import { startNameServer } from '../name-server.ts';

const [host = '', answer = ''] = process.argv.slice(2);
await startNameServer([[answer]], { host, port: 53 });
console.info(`every name is at ${answer}`);
