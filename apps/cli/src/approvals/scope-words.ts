import { CliError } from '../cli.error.js';
import { listOf, needed } from './word-list.js';

/** Options that say what somebody asks to be let do ahead of time. */
export const scopeNames = ['target', 'does', 'object', 'reads', 'unmask', 'duration', 'reason'] as const;

export const scopeHelp = `  --target NAMES   on these targets, globs allowed
  --does EFFECTS   read, write, schema, admin, session, connect; several with commas
  --object NAMES   crm.public.customers, prod.team-a/pods/web; globs allowed
  --reads CLASSES  protected classes that may be read
  --unmask CLASSES these classes leave unmasked; the record stays masked
  --duration TIME  30m, 2h
  --reason TEXT    what for`;

/** What the control API is asked. @throws CliError with exit code 2 naming the option that is missing */
export function readScope(
  values: { readonly [name in (typeof scopeNames)[number]]?: string },
  command: string,
): Readonly<Record<string, unknown>> {
  const targets = listOf(needed(values.target, 'target', command));
  const duration = needed(values.duration, 'duration', command);
  if (!/^\d+(?:s|m|h|d)$/.test(duration)) throw new CliError(`--duration is like 30m or 2h, not "${duration}"`, 2);
  const unmask = listOf(values.unmask);
  return {
    scope: {
      targets,
      ...given('does', listOf(values.does)),
      ...given('objects', listOf(values.object)),
      ...given('reads', listOf(values.reads)),
    },
    duration,
    reason: needed(values.reason, 'reason', command),
    ...given('unmask', unmask),
  };
}

function given(name: string, value: readonly string[] | undefined): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: value };
}
