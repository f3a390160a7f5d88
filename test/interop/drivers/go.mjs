import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGo } from '../../kube-server/binaries.mjs';
import { root, succeed } from '../programs.mjs';

const folder = join(root, 'test', 'interop', 'go');

/** The check of pgx, built once per version of it; null where there is no Go, and why. */
export async function goProgram() {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go', 'masked_types.go']) hash.update(readFileSync(join(folder, name)));
  const program = join(root, '.cache', `pgx-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(program)) return { program, why: null };
  const { go } = findGo();
  if (go === null) return { program: null, why: 'pgx is not built and there is no Go: install Go 1.25 or later' };
  mkdirSync(join(root, '.cache'), { recursive: true });
  await succeed(go, ['build', '-o', program, '.'], { GOFLAGS: '-mod=readonly' }, folder);
  return { program, why: null };
}
