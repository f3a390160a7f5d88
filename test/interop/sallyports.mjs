import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import pg from 'pg';
import { startDriverWorld } from './drivers/world.mjs';
import { root } from './programs.mjs';

/** Loads a module of test/support, which is TypeScript, into plain Node. */
export async function loadSupport(name) {
  const { module } = await runnerImport(join(root, 'test', 'support', `${name}.ts`), {
    configFile: false,
    logLevel: 'error',
  });
  return module;
}

/** Starts Sallyport when a check first asks for it, one for all clients, and stops whatever was started. */
export class Sallyports {
  #home;
  #shared;
  #drivers;
  #running = new Set();

  /** @param home of a Sallyport that runs already; without it one is started */
  constructor(home) {
    this.#home = home;
  }

  /** The one that all clients share, with the sample `crm`. */
  shared() {
    this.#shared ??= this.#home === undefined ? this.start({}) : Promise.resolve(readRunning(this.#home));
    return this.#shared;
  }

  /** The one that the checks of PostgreSQL drivers share, with its own servers; the other shared one ends. */
  drivers() {
    this.#drivers ??= this.stopShared().then(() => startDriverWorld(this, loadSupport));
    return this.#drivers;
  }

  /** Two of them at once are too much for a small machine. */
  async stopShared() {
    const both = [this.#shared, this.#drivers];
    this.#shared = this.#drivers = undefined;
    const running = await Promise.all(both.map((one) => one?.catch(() => undefined)));
    await Promise.all(running.map((one) => one?.stop()));
  }

  /** One of its own, with the configuration of `options.config`; anything with a `stop` is stopped at the end. */
  async start(options) {
    const { startSallyport } = await loadSupport('quickstart');
    const { file, stop } = this.ending(await startSallyport(options));
    return { ...described(file), stop };
  }

  /** Sees to it that `stop` is called at the end, once. */
  ending(started) {
    let stopped;
    const stop = () => {
      this.#running.delete(stop);
      return (stopped ??= started.stop());
    };
    this.#running.add(stop);
    return { ...started, stop };
  }

  async stopAll() {
    await Promise.allSettled([this.#shared]);
    await this.stopRunning();
  }

  /** Without waiting for one that is starting: it ends when this process does. */
  async stopRunning() {
    await Promise.allSettled([...this.#running].map((stop) => stop()));
  }
}

function readRunning(home) {
  const file = JSON.parse(readFileSync(join(home, 'quickstart.json'), 'utf8'));
  return { ...described(file), stop: () => Promise.resolve() };
}

function described(file) {
  const [target] = file.targets;
  const person = (name, agent = null) => {
    const found = file.people.find((someone) => someone.name === name && someone.agent === agent);
    if (found === undefined) throw new Error(`quickstart.json has no ${name}`);
    return found;
  };
  /** Runs one text past the gateway, as the target's superuser: the truth that masks are compared with. */
  const atTarget = async (text, values) => {
    const client = new pg.Client({ connectionString: target.direct.superuserUrl });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  return { file, target, person, atTarget };
}
