import { CreateRoles1795354600000 } from './1795354600000-CreateRoles.js';
import { CreateRecord1795354700000 } from './1795354700000-CreateRecord.js';
import { CreateKeysAndPrincipals1795354800000 } from './1795354800000-CreateKeysAndPrincipals.js';
import { CreateRevocation1795354900000 } from './1795354900000-CreateRevocation.js';
import { CreateApprovals1795354950000 } from './1795354950000-CreateApprovals.js';
import { CreateQueue1795356800000 } from './1795356800000-CreateQueue.js';
import { CreateCredentials1795360400000 } from './1795360400000-CreateCredentials.js';
import { CreateTargetChecks1795360600000 } from './1795360600000-CreateTargetChecks.js';

/** Every migration, oldest first. Explicit, since compiled ESM has no folder to glob. */
export const migrations = [
  CreateRoles1795354600000,
  CreateRecord1795354700000,
  CreateKeysAndPrincipals1795354800000,
  CreateRevocation1795354900000,
  CreateApprovals1795354950000,
  CreateQueue1795356800000,
  CreateCredentials1795360400000,
  CreateTargetChecks1795360600000,
];
