import type { Command } from '../command.js';
import { accessRequestCommand } from './access-request.command.js';
import { approvalsApproveCommand, approvalsDenyCommand } from './approvals-decide.command.js';
import { approvalsListCommand } from './approvals-list.command.js';
import { approvalsRevokeCommand } from './approvals-revoke.command.js';
import { approvalsShowCommand } from './approvals-show.command.js';
import { approvalsWatchCommand } from './approvals-watch.command.js';
import { breakGlassOpenCommand, breakGlassReviewCommand } from './break-glass.command.js';
import { checkCommand } from './check.command.js';
import { credentialKubernetesCommand } from './credential-kubernetes.command.js';
import { credentialPostgresCommand } from './credential-postgres.command.js';
import { credentialsListCommand, credentialsRevokeCommand } from './credentials.command.js';
import { docsConfigurationCommand } from './docs-configuration.command.js';
import { grantsCommand } from './grants.command.js';
import { kubeconfigCommand } from './kubeconfig.command.js';
import { loginCommand } from './login.command.js';
import { logoutCommand } from './logout.command.js';
import { migrateCommand } from './migrate.command.js';
import { operationsCommand } from './operations.command.js';
import { policyCheckCommand } from './policy-check.command.js';
import { policyDiffCommand, policyShowCommand, policyVersionsCommand } from './policy.command.js';
import { protectSuggestCommand } from './protect-suggest.command.js';
import { replayCommand } from './replay.command.js';
import { sessionsCommand } from './sessions.command.js';
import { targetsCheckCommand } from './targets-check.command.js';
import { targetsFindingsCommand } from './targets-findings.command.js';
import { targetsCommand } from './targets.command.js';
import { terminateCommand } from './terminate.command.js';
import { tokenCommand } from './token.command.js';
import { whoamiCommand } from './whoami.command.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  loginCommand,
  logoutCommand,
  whoamiCommand,
  tokenCommand,
  credentialPostgresCommand,
  credentialsListCommand,
  credentialsRevokeCommand,
  operationsCommand,
  sessionsCommand,
  replayCommand,
  terminateCommand,
  approvalsListCommand,
  approvalsShowCommand,
  approvalsApproveCommand,
  approvalsDenyCommand,
  approvalsRevokeCommand,
  approvalsWatchCommand,
  accessRequestCommand,
  grantsCommand,
  breakGlassOpenCommand,
  breakGlassReviewCommand,
  policyShowCommand,
  policyVersionsCommand,
  policyDiffCommand,
  policyCheckCommand,
  // before the list: its first word is the same
  targetsCheckCommand,
  targetsFindingsCommand,
  protectSuggestCommand,
  targetsCommand,
  kubeconfigCommand,
  credentialKubernetesCommand,
  checkCommand,
  migrateCommand,
  docsConfigurationCommand,
];
