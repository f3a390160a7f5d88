// The floor: a relay of Node's that ends TLS, answers SSLRequest and looks at nothing else, on as many processes as the gateway.
// node relay.mjs CERTIFICATE KEY TARGET_PORT WORKERS prints its port
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

const [, , certificate, key, targetPort, workers] = process.argv;

if (cluster.isPrimary) {
  for (let i = 0; i < Number(workers); i++) cluster.fork();
  let listening = 0;
  cluster.on('listening', (_worker, { port }) => {
    listening += 1;
    if (listening === Number(workers)) process.stdout.write(`${port}\n`);
  });
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
} else {
  const secureContext = createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) });
  createServer((plain) => {
    plain.setNoDelay(true);
    plain.on('error', () => plain.destroy());
    plain.once('data', () => {
      const client = new TLSSocket(plain, { isServer: true, secureContext });
      plain.write('S');
      const target = connect(Number(targetPort), '127.0.0.1');
      target.setNoDelay(true);
      client.pipe(target).pipe(client);
      client.on('error', () => target.destroy());
      target.on('error', () => client.destroy());
    });
  }).listen(0, '127.0.0.1');
}
