// Whether packages and build are those of the sources. Plain Node: it runs before there are packages.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const installStamp = join(root, 'node_modules', '.sallyport-installed');
const buildStamp = '.sallyport-built';
const dist = join(root, 'dist');

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function sourcesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.(ts|json)$/.test(entry.name) && !entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}

/** What the packages depend on. */
export const packagesHash = () => hashOf(['package.json', 'package-lock.json']);

/** What the build depends on. */
export const sourcesHash = () =>
  hashOf([
    ...['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'tools/build.mjs'],
    ...['apps', 'libs', 'migrations'].flatMap(sourcesIn).sort((a, b) => (a < b ? -1 : 1)),
  ]);

/** Also true, and noted, when somebody else installed exactly what the lock file says. */
export function isInstalled() {
  const hash = packagesHash();
  if (read(installStamp) === hash) return true;
  if (!matchesLock()) return false;
  markInstalled(hash);
  return true;
}

export const markInstalled = (hash) => writeFileSync(installStamp, hash);

export const isBuilt = () => read(join(dist, buildStamp)) === sourcesHash();

/** Marks a complete build that lies in `folder`. */
export const markBuilt = (folder, hash) => writeFileSync(join(folder, buildStamp), hash);

/** Compares what npm says it has installed with the lock file; packages for other systems may be absent. */
function matchesLock() {
  try {
    const wanted = JSON.parse(read(join(root, 'package-lock.json'))).packages;
    const present = JSON.parse(read(join(root, 'node_modules', '.package-lock.json'))).packages;
    const same = (path) =>
      present[path].version === wanted[path]?.version && present[path].integrity === wanted[path]?.integrity;
    return (
      Object.keys(present).every((path) => same(path) && existsSync(join(root, path, 'package.json'))) &&
      Object.entries(wanted).every(([path, { optional }]) => path === '' || optional || path in present)
    );
  } catch {
    return false;
  }
}
