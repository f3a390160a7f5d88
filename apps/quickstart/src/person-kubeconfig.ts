import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientKubeconfig } from '@app/targets';
import { stringify } from 'yaml';
import { cloneFolder } from './command-line.js';
import { clusterPrefix, kubeconfigFile, kubernetesUrl } from './described-start.js';
import type { StartedParts } from './described-start.js';
import { people } from './people.js';
import { writePrivate } from './secrets.js';

const cli = join(cloneFolder, 'dist', 'apps', 'cli', 'src', 'main.js');

/** Writes a kubeconfig for everyone whom the development issuer knows; tokens come from `sallyport credential kubernetes`. */
export function writeKubeconfigs({ kubeGateway, issuerKeys, config, home, ca }: StartedParts): void {
  if (kubeGateway === null || issuerKeys === null) return;
  const authority = readFileSync(ca, 'utf8');
  const contexts = config.targets
    .filter(({ kind }) => kind === 'kubernetes')
    .map(({ name }) => ({
      name,
      server: `${kubernetesUrl(config)}${clusterPrefix}${name}`,
      ca: authority,
      namespace: null,
    }));
  for (const person of people) {
    const agent = person.agent === null ? [] : ['--agent', person.agent];
    const args = [cli, 'credential', 'kubernetes', '--home', home.folder, '--as', person.name, ...agent];
    const kubeconfig = clientKubeconfig(contexts, person.user, { command: process.execPath, args });
    writePrivate(kubeconfigFile(home, person), stringify(kubeconfig));
  }
}
