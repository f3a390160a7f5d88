import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

const packages = { pgbench: 'postgresql-contrib', pgbouncer: 'pgbouncer', psql: 'postgresql-client' };
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];

function find(program) {
  for (const folder of folders) {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return `${folder}/${program}`;
    } catch {
      // the next folder
    }
  }
  return null;
}

/** Path of a program of Debian's; installed when it is missing and this process may. @throws Error that says what to install */
export function program(name) {
  const found = find(name);
  if (found !== null) return found;
  const apt = (...args) =>
    execFileSync('apt-get', ['-q', '-y', '-o', 'Dpkg::Use-Pty=0', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // a service that the package starts would listen on a port nobody asked for
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
  try {
    process.stderr.write(`${name} is missing: installing ${packages[name]}\n`);
    apt('update');
    apt('install', packages[name]);
  } catch (error) {
    throw new Error(`${name} is missing and cannot be installed; install ${packages[name]}`, { cause: error });
  }
  const installed = find(name);
  if (installed === null) throw new Error(`${packages[name]} brought no ${name}`);
  return installed;
}

/** Runs a program to its end. @returns its output @throws Error with what it printed */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${file} ended with ${signal ?? code}:\n${output}${errors}`));
    });
  });
}

/** User for programs that refuse to run as root: empty unless this process is root. */
export function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag) =>
        Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // this system has no such user
    }
  }
  throw new Error('as root this needs a user "postgres" or "nobody" to run the servers');
}
