// Builds every app and lib with one compiler run (the "sallyport" project of nest-cli.json) and stamps the result.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStamp, sourceHash } from './ensure.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const hash = sourceHash();
for (const folder of ['apps', 'libs', 'migrations']) rmSync(join(root, 'dist', folder), { recursive: true, force: true });
const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
const result = spawnSync(process.execPath, [nest, 'build', 'sallyport'], { cwd: root, stdio: ['ignore', 2, 2] });
if (result.status === 0) writeFileSync(buildStamp, hash);
process.exit(result.status ?? 1);
