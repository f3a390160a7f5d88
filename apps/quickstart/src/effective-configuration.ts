import { join } from 'node:path';
import { complete } from './own-configuration.js';
import type { OwnConfiguration } from './own-configuration.js';
import type { Certificates } from './certificates.js';
import type { Home } from './home.js';
import { audience } from './issuer-keys.js';
import { sampleProtection, sampleRoles, sampleRules, sampleTarget } from './sample-configuration.js';
import { writePrivate } from './secrets.js';

/** What the embedded parts turned out to be; null where the file brings its own. */
export interface EmbeddedParts {
  readonly issuerUrl: string | null;
  readonly certificates: Certificates | null;
  readonly ports: { readonly postgres: number; readonly control: number };
  readonly audit: { readonly gateway: string; readonly control: string; readonly migrations: string } | null;
  readonly sample: { readonly port: number; readonly user: string; readonly passwordFile: string } | null;
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
  if (parts.sample !== null) {
    const { port, user, passwordFile } = parts.sample;
    complete(document, ['targets'], [sampleTarget(port, user, passwordFile)]);
    complete(document, ['protect'], sampleProtection);
    complete(document, ['rules'], sampleRules);
  }
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
  complete(document, ['listen', 'control', 'host'], '127.0.0.1');
  complete(document, ['listen', 'control', 'port'], parts.ports.control);
  if (parts.certificates !== null) {
    const { certificate, key } = parts.certificates;
    complete(document, ['tls'], { certificate: `file:${certificate}`, key: `file:${key}` });
  }
  document.commentBefore = header(own.file) + (document.commentBefore ? `\n\n${document.commentBefore}` : '');
  writePrivate(home.config, document.toString({ lineWidth: 120 }));
}
