import { z } from 'zod';
import { auditSection, keysSection } from './audit.section.js';
import { credentialsSection } from './credentials.section.js';
import { detectSection } from './detect.section.js';
import { identitySection, rolesSection } from './identity.section.js';
import { notificationsSection, queueSection } from './notifications.section.js';
import { limitsSection, listenSection, tlsSection } from './listen.section.js';
import { references, type ReferenceSources } from './references.js';
import { rulesSection } from './rules.section.js';
import { protectSection, targetsSection } from './targets.section.js';

/** The one schema of the configuration file; the sources decide what references lead to. */
export function configSchema(sources: ReferenceSources) {
  const refs = references(sources);
  return z
    .strictObject({
      identity: identitySection(refs),
      roles: rolesSection(),
      credentials: credentialsSection(),
      targets: targetsSection(refs),
      protect: protectSection(),
      detect: detectSection(),
      rules: rulesSection(),
      audit: auditSection(refs),
      queue: queueSection(refs).optional(),
      notifications: notificationsSection(refs),
      listen: listenSection(refs, sources.cores),
      tls: tlsSection(refs).optional(),
      keys: keysSection(refs),
      limits: limitsSection(),
    })
    .describe('Configuration of Sallyport');
}

/** The same file with the sections absent that an embedding program adds itself. */
export function partialConfigSchema(sources: ReferenceSources) {
  return configSchema(sources)
    .extend({ identity: identitySection(references(sources)).partial({ issuers: true }) })
    .partial({ identity: true, audit: true, keys: true, roles: true, listen: true });
}
