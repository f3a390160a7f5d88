// Builds every app and lib with one compiler run (the project "sallyport" of nest-cli.json) beside the last build, and
// takes its place when it is complete: a build that fails changes nothing, and a running Sallyport never sees half a one.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markBuilt, root, sourcesHash } from './freshness.mjs';
import { locked } from './lock.mjs';

/** @returns the compiler's exit status */
export function build() {
  const hash = sourcesHash();
  const cache = join(root, '.cache');
  const draft = join(cache, 'dist');
  const project = join(cache, 'tsconfig.build.json');
  mkdirSync(cache, { recursive: true });
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(project, JSON.stringify({ extends: '../tsconfig.build.json', compilerOptions: { outDir: './dist' } }));
  const nest = fileURLToPath(import.meta.resolve('@nestjs/cli/bin/nest.js'));
  const args = [nest, 'build', 'sallyport', '--path', '.cache/tsconfig.build.json'];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) return status ?? 1;
  markBuilt(draft, hash);
  const dist = join(root, 'dist');
  const old = join(cache, 'dist.old');
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(draft, dist);
  rmSync(old, { recursive: true, force: true });
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const waiting = (pid) => process.stderr.write(`Waiting for process ${pid}, which installs or builds …\n`);
  process.exitCode = locked(build, waiting);
}
