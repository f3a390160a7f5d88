import { readFileSync, rmSync, unwatchFile, watchFile } from 'node:fs';
import type { Stats } from 'node:fs';
import { loadConfig } from '@app/platform';
import { parseDocument } from 'yaml';
import type { Narrator } from './narrator.js';
import { embeddedRules } from './effective-configuration.js';
import type { GivenCluster } from './given-cluster.js';
import { readOwnConfiguration } from './own-configuration.js';
import { writePrivate } from './secrets.js';

const watchMs = 1_000;

/**
 * Puts the rules of the person's file into the running configuration, which the gateway reads again when it changes; nothing else
 * of the file is taken over.
 * @throws ConfigError when either cannot be used; the running configuration is then as it was
 */
export function carryRules(
  file: string,
  running: string,
  environment: NodeJS.ProcessEnv,
  cluster: Pick<GivenCluster, 'name'> | null = null,
): void {
  const own = readOwnConfiguration(file, environment);
  const document = parseDocument(readFileSync(running, 'utf8'));
  const { rules } = own.document.toJS() as { rules?: unknown };
  document.set('rules', document.createNode(rules ?? embeddedRules(own, cluster)));
  const text = document.toString({ lineWidth: 120 });
  // in the same folder, since paths are relative to it
  const draft = `${running}.draft`;
  writePrivate(draft, text);
  try {
    loadConfig(draft, environment);
  } finally {
    rmSync(draft, { force: true });
  }
  writePrivate(running, text);
}

/** Carries the rules over whenever the person's file changes. @returns ends it */
export function followRules(
  file: string,
  running: string,
  environment: NodeJS.ProcessEnv,
  narrator: Narrator,
  cluster: Pick<GivenCluster, 'name'> | null,
): () => void {
  const changed = (now: Stats, before: Stats): void => {
    // an editor may empty or remove the file before it writes it
    if (now.mtimeMs === before.mtimeMs || now.size === 0) return;
    try {
      carryRules(file, running, environment, cluster);
      narrator.note(`${file} changed: its rules count within seconds, all else at the next start`);
    } catch (error) {
      narrator.warn(`${file} changed, but cannot be used; the rules stay as they were:\n${(error as Error).message}`);
    }
  };
  watchFile(file, { interval: watchMs, persistent: false }, changed);
  return () => unwatchFile(file, changed);
}
