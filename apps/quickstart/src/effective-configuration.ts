import { join } from 'node:path';
import { isSeq } from 'yaml';
import type { GivenCluster } from './given-cluster.js';
import { complete } from './own-configuration.js';
import type { OwnConfiguration } from './own-configuration.js';
import type { Certificates } from './certificates.js';
import type { Home } from './home.js';
import { audience } from './issuer-keys.js';
import { QuickstartError } from './quickstart.error.js';
import {
  clusterProtection,
  clusterRules,
  clusterTarget,
  sampleProtection,
  sampleRoles,
  sampleRules,
  sampleTarget,
} from './sample-configuration.js';
import { writePrivate } from './secrets.js';

/** What the embedded parts turned out to be; null where the file brings its own. */
export interface EmbeddedParts {
  readonly issuerUrl: string | null;
  readonly certificates: Certificates | null;
  readonly ports: { readonly postgres: number; readonly kubernetes: number | null; readonly control: number };
  readonly audit: { readonly gateway: string; readonly control: string; readonly migrations: string } | null;
  readonly sample: { readonly port: number; readonly user: string; readonly passwordFile: string } | null;
  readonly cluster: GivenCluster | null;
  /** absolute path of the authority's certificate, for the issuer */
  readonly ca: string | null;
}

const header = (file: string | null) => ` Written by npm start, anew at every start: changes made here are lost.
 ${file === null ? 'Bring your own with npm start -- --config FILE.' : `It is ${file}, completed with the embedded parts.`}`;

/** Writes `<home>/sallyport.yaml`: the person's configuration, completed. Secrets go into files beside it. */
export function writeEffectiveConfiguration(home: Home, own: OwnConfiguration, parts: EmbeddedParts): void {
  const { document } = own;
  if (parts.issuerUrl !== null)
    complete(
      document,
      ['identity', 'issuers'],
      [{ url: parts.issuerUrl, audience, ...(parts.ca === null ? {} : { ca: `file:${parts.ca}` }) }],
    );
  complete(document, ['roles'], sampleRoles);
  // before anything is completed: what the file has decides
  const protection = embeddedProtection(own, parts.cluster);
  const rules = embeddedRules(own, parts.cluster);
  if (parts.sample !== null) {
    const { port, user, passwordFile } = parts.sample;
    complete(document, ['targets'], [sampleTarget(port, user, passwordFile)]);
  }
  if (parts.cluster !== null) addCluster(home, own, parts.cluster);
  complete(document, ['protect'], protection);
  complete(document, ['rules'], rules);
  if (parts.audit !== null) {
    const database: Record<string, string> = {};
    for (const [role, url] of Object.entries(parts.audit)) {
      const file = join(home.secrets, `audit-${role}.url`);
      writePrivate(file, `${url}\n`);
      database[role] = `file:${file}`;
    }
    // a laptop need not set a quarter of a gigabyte aside for each process
    complete(document, ['audit'], { journal: { dir: home.journal, reserve: '32MiB' }, database });
  }
  complete(document, ['keys'], { dir: home.keys });
  complete(document, ['listen', 'postgres', 'host'], '127.0.0.1');
  complete(document, ['listen', 'postgres', 'port'], parts.ports.postgres);
  if (parts.ports.kubernetes !== null) {
    complete(document, ['listen', 'kubernetes', 'host'], '127.0.0.1');
    complete(document, ['listen', 'kubernetes', 'port'], parts.ports.kubernetes);
  }
  complete(document, ['listen', 'control', 'host'], '127.0.0.1');
  complete(document, ['listen', 'control', 'port'], parts.ports.control);
  if (parts.certificates !== null) {
    const { certificate, key } = parts.certificates;
    complete(document, ['tls'], { certificate: `file:${certificate}`, key: `file:${key}` });
  }
  document.commentBefore = header(own.file) + (document.commentBefore ? `\n\n${document.commentBefore}` : '');
  writePrivate(home.config, document.toString({ lineWidth: 120 }));
}

/** The rules that count where the file has none: of the sample, as long as it is there, and of the given cluster. */
export function embeddedRules(own: Pick<OwnConfiguration, 'has'>, cluster: Pick<GivenCluster, 'name'> | null) {
  return [...(own.has('targets') ? [] : sampleRules), ...(cluster === null ? [] : clusterRules(cluster.name))];
}

function embeddedProtection(own: OwnConfiguration, cluster: GivenCluster | null) {
  return [...(own.has('targets') ? [] : sampleProtection), ...(cluster === null ? [] : clusterProtection)];
}

/** Adds the given cluster to the targets; its kubeconfig lies among the secrets. @throws QuickstartError for a name that is taken */
function addCluster(home: Home, { document }: OwnConfiguration, { name, kubeconfig, identity }: GivenCluster): void {
  const { targets } = document.toJS() as { targets?: readonly { readonly name?: unknown }[] };
  if (targets?.some((target) => target.name === name))
    throw new QuickstartError(`there is a target named "${name}" already; give the cluster another --kube-target`, 2);
  const file = join(home.secrets, `${name.replaceAll(/[^\w-]/g, '_')}.kubeconfig`);
  writePrivate(file, kubeconfig);
  if (!isSeq(document.getIn(['targets'], true))) document.setIn(['targets'], document.createNode([]));
  document.addIn(['targets'], document.createNode(clusterTarget(name, file, identity)));
}
