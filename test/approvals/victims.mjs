import { readFileSync } from 'node:fs';
import { gatewayProcesses, sleep, until } from '../support/sallyport.mjs';

const DOWN_MS = 300;

/** What can be killed: each with `kill()`, which resolves when it is gone, and `back()`, which resolves when its successor works. */
export function victimsOf({ sallyport, audit, redis }) {
  const { file } = sallyport;
  const again = (server) => ({
    kill: () => server.kill(),
    back: async () => {
      await sleep(DOWN_MS);
      await server.start();
    },
  });
  return {
    'gateway worker': gatewayWorkers(file),
    'control API': controlApi(file),
    'PostgreSQL of the record': again(audit),
    ...(redis === null ? {} : { Redis: again(redis) }),
  };
}

/** All of them: whichever has the client. */
function gatewayWorkers(file) {
  let killed = [];
  const count = gatewayProcesses(file).workers.length;
  return {
    kill: () => {
      killed = gatewayProcesses(file).workers;
      killed.forEach(killNow);
    },
    back: () =>
      until(
        () => {
          const { workers } = gatewayProcesses(file);
          return workers.length === count && !workers.some((pid) => killed.includes(pid));
        },
        60_000,
        'that other workers take the place of killed ones',
      ),
  };
}

function controlApi(file) {
  const find = () => childrenOf(file.pid).find((pid) => commandOf(pid).includes('/control-api/src/main.js')) ?? null;
  let killed = null;
  return {
    kill: () => {
      killed = find();
      if (killed !== null) killNow(killed);
    },
    // whoever asks it asks again until it answers
    back: () => until(() => ![null, killed].includes(find()), 120_000, 'that another control API is started'),
  };
}

function killNow(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is gone already
  }
}

function childrenOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
