// One process at a time installs or builds in a clone; the others wait. Plain Node: it runs before there are packages.
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './freshness.mjs';

const file = join(root, '.cache', 'ensure.pid');
let held = false;

// work that ends by process.exit skips the finally below
process.on('exit', () => {
  if (held) rmSync(file, { force: true });
});

/** Runs `work` while no other process installs or builds; `waiting` is told once whom we wait for. */
export function locked(work, waiting) {
  if (held) return work();
  mkdirSync(join(root, '.cache'), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (let told = false, cleared = false; ;) {
      try {
        // linking a complete file is atomic: nobody ever reads half a lock
        linkSync(draft, file);
        // whoever cleared a dead lock at the same moment may have cleared ours
        if (cleared) sleep(100);
        if (!cleared || holderPid() === process.pid) break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = holderPid();
      if (holder === null || !isAlive(holder)) {
        rmSync(file, { force: true });
        cleared = true;
        continue;
      }
      if (!told) waiting(holder);
      told = true;
      sleep(100);
    }
  } finally {
    unlinkSync(draft);
  }
  held = true;
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
    held = false;
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function holderPid() {
  try {
    return Number(readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
