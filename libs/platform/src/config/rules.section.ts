import { z } from 'zod';
import { count, duration, oneOrMany, text } from './scalars.js';

/** All that `rules[].on.capabilities` may name. */
export const POWERS = (
  'exec attach port-forward debug proxy node-proxy node-debug-paths mint-token mint-certificate change-rbac impersonate ' +
  'token-secret use-secret use-service-account host-access'
).split(' ');

/** All that `rules[].on.kubernetes.verbs` may name: those of resources, then those of other paths and of reviews. */
export const VERBS = (
  'get list watch create update patch delete deletecollection connect ' + 'post put head options impersonate'
).split(' ');

const clock = (what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/u, 'must be a time of day such as 09:00')
    .meta({ title: 'time of day' })
    .describe(what);

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function who() {
  return z
    .strictObject({
      groups: oneOrMany(text()).optional().describe('One of these groups.'),
      users: oneOrMany(text()).optional().describe('One of these users; globs allowed.'),
      agents: oneOrMany(text()).optional().describe('Acting through one of these agents; globs allowed.'),
      purposes: oneOrMany(text()).optional().describe('For one of these purposes; globs allowed.'),
    })
    .optional()
    .describe('Who the rule is about; everything given must match. Left out: everyone.');
}

function on() {
  const protectedClass = (what: string) => oneOrMany(text(63)).describe(what);
  return z
    .strictObject({
      target: oneOrMany(text()).describe('Name of a target, or a list; globs allowed.'),
      does: z
        .array(z.enum(['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown']))
        .min(1)
        .optional()
        .describe('Effect classes of the operation.'),
      statements: oneOrMany(
        z.string().regex(/^[a-z]+( [a-z]+)*$/u, 'must be in lower case, such as drop or create table'),
      )
        .optional()
        .describe('Statement kinds in lower case, such as `drop`, `truncate`.'),
      objects: oneOrMany(text(512)).optional().describe('Objects touched: globs over target.schema.table.'),
      reads: z
        .strictObject({
          class: protectedClass('Protected classes.'),
          rows: z
            .strictObject({ over: count(0, 1_000_000_000).describe('More rows than this.') })
            .optional()
            .describe('Only results that are larger.'),
        })
        .optional()
        .describe('Operations that read a protected class.'),
      writes: z
        .strictObject({ class: protectedClass('Protected classes.') })
        .optional()
        .describe('Operations that write a protected class.'),
      capabilities: oneOrMany(text())
        .optional()
        .describe(
          `Operations with a power that reaches further than they look, which a rule that allows must name: ${POWERS.join(', ')}; globs allowed. Such a rule is about no other operations: ordinary writes need a rule without this key.`,
        ),
      kubernetes: kubernetesConditions(),
      between: z
        .strictObject({
          from: clock('Begin.'),
          to: clock('End, not included; earlier than `from`: the next day.'),
          timezone: z
            .string()
            .refine(isTimezone, 'is not a time zone; write an IANA name such as Europe/Paris')
            .prefault('UTC')
            .meta({ title: 'IANA time zone' })
            .describe('Where the clock hangs.'),
          days: z
            .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
            .min(1)
            .optional()
            .describe('Days on which the window begins.'),
        })
        .optional()
        .describe('Only at these times.'),
    })
    .transform(({ kubernetes, ...rest }) => ({
      ...rest,
      attributes: kubernetes === undefined ? undefined : attributesOf(kubernetes),
    }))
    .describe('What the rule is about; everything given must match.');
}

const conditionNames = {
  verbs: 'verb',
  groups: 'group',
  resources: 'resource',
  subresources: 'subresource',
  namespaces: 'namespace',
  names: 'name',
  paths: 'path',
  command: 'command',
  program: 'program',
} as const;

function kubernetesConditions() {
  const condition = (what: string) => oneOrMany(text(1_000)).optional().describe(what);
  return z
    .strictObject({
      verbs: condition(
        'get, list, watch, create, update, patch, delete, deletecollection, connect. A server-side apply, and an update that may create, are `create` too.',
      ),
      groups: condition('API groups; `core` is the one without a name.'),
      resources: condition('Resources as RBAC writes them: pods, pods/log, deployments; globs.'),
      subresources: condition('log, status, scale, exec, …'),
      namespaces: condition('Namespaces (globs). An operation over all of them is allowed only by `*`.'),
      names: condition('Names of objects (globs). A list is allowed only by `*`.'),
      labels: z
        .record(text(317), oneOrMany(text(63)))
        .optional()
        .describe('Labels of the object, before and after a change (globs).'),
      paths: condition('Paths outside the resources: /metrics.'),
      command: condition('The whole command of exec, quoted as a shell would (globs).'),
      program: condition('Its first word (globs).'),
    })
    .optional()
    .describe('What is asked of a cluster; everything given must match.');
}

type Conditions = NonNullable<z.output<ReturnType<typeof kubernetesConditions>>>;

/** The same as the policy knows it: by name of attribute, whatever the protocol. */
function attributesOf({ labels, ...conditions }: Conditions): Readonly<Record<string, readonly string[]>> {
  const attributes: Record<string, readonly string[]> = {};
  for (const [key, name] of Object.entries(conditionNames)) {
    const wanted = conditions[key as keyof typeof conditionNames];
    if (wanted !== undefined) attributes[name] = wanted;
  }
  for (const [label, values] of Object.entries(labels ?? {})) attributes[`label:${label}`] = values;
  return attributes;
}

function approval() {
  return z
    .strictObject({
      reviewers: z
        .strictObject({
          groups: oneOrMany(text()).optional().describe('Members of these groups.'),
          users: oneOrMany(text()).optional().describe('These users.'),
        })
        .refine((value) => value.groups !== undefined || value.users !== undefined, 'must name groups or users')
        .describe('Who may approve.'),
      quorum: count(1, 10).prefault(1).describe('How many distinct people must approve.'),
      hold: duration({ min: '1s', max: '1h' }).prefault('60s').describe('How long a client waits for the answer.'),
      expires: duration({ min: '1s', max: '30d' }).prefault('15m').describe('How long an approval stays good.'),
    })
    .optional()
    .describe('Only with effect `hold`. Approvals are not built into this version: such a rule denies and says so.');
}

/** What is allowed, denied or held. */
export function rulesSection() {
  const rule = z
    .strictObject({
      name: text(120).describe('Said in refusals and kept in the record; unique.'),
      who: who(),
      on: on(),
      effect: z
        .enum(['allow', 'deny', 'hold'])
        .describe('Any deny wins, then hold, then allow; nothing matched is a deny.'),
      message: text(1_000).optional().describe('What a refused person or agent is told.'),
      owner: text().optional().describe('Whom to ask about the rule.'),
      approval: approval(),
    })
    .refine((value) => value.effect === 'hold' || value.approval === undefined, {
      path: ['approval'],
      error: 'belongs to a rule of effect hold; remove it or change the effect',
    })
    .refine((value) => value.effect !== 'allow' || value.on.reads?.rows === undefined, {
      path: ['on', 'reads', 'rows'],
      error: 'limits nothing in a rule of effect allow; write it in a rule of effect hold or deny',
    });
  return z.array(rule).prefault([]).describe('The policy: what is allowed, denied or held.');
}
