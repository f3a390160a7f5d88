import type { Command } from '../command.js';
import { checkCommand } from './check.command.js';
import { credentialKubernetesCommand } from './credential-kubernetes.command.js';
import { docsConfigurationCommand } from './docs-configuration.command.js';
import { kubeconfigCommand } from './kubeconfig.command.js';
import { migrateCommand } from './migrate.command.js';
import { operationsCommand } from './operations.command.js';
import { replayCommand } from './replay.command.js';
import { sessionsCommand } from './sessions.command.js';
import { targetsCommand } from './targets.command.js';
import { terminateCommand } from './terminate.command.js';
import { tokenCommand } from './token.command.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  tokenCommand,
  operationsCommand,
  sessionsCommand,
  replayCommand,
  terminateCommand,
  targetsCommand,
  kubeconfigCommand,
  credentialKubernetesCommand,
  checkCommand,
  migrateCommand,
  docsConfigurationCommand,
];
