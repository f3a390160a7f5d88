import { z } from 'zod';
import { ORACLES } from './oracles.section.js';
import { count, duration, network, oneOrMany, size, text } from './scalars.js';

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

function strength(what: string) {
  return z
    .strictObject({
      acr: oneOrMany(text()).optional().describe('One of these values of the claim `acr`.'),
      within: duration({ min: '1s', max: '30d' })
        .optional()
        .describe('At most this long ago, by the claim `auth_time`.'),
    })
    .refine((value) => value.acr !== undefined || value.within !== undefined, 'must name acr or within')
    .describe(what);
}

function who() {
  return z
    .strictObject({
      groups: oneOrMany(text()).optional().describe('One of these groups.'),
      users: oneOrMany(text()).optional().describe('One of these users; globs allowed.'),
      agents: oneOrMany(text()).optional().describe('Acting through one of these agents; globs allowed.'),
      purposes: oneOrMany(text()).optional().describe('For one of these purposes; globs allowed.'),
      claims: z
        .record(text(), oneOrMany(text()))
        .optional()
        .describe('Claims of the token that `identity.issuers[].claims.also` takes; globs allowed; each must match.'),
      strength: strength(
        'How the person must have signed in. In a rule that denies or holds it also means those of whom the issuer does not say.',
      ).optional(),
      networks: oneOrMany(network())
        .optional()
        .describe('From one of these networks, as the gateway sees the client: `10.0.0.0/8`, `2001:db8::/32`.'),
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
        .describe(
          'Effect classes of the operation: `read`; `write`, NOTIFY, locks and functions that may write included; `schema`; `admin` (roles, the server, its files); `session` (SET, BEGIN, LISTEN, …; discovery in a cluster); `connect` (exec, attach and other streams in a cluster); `unknown` (what cannot be read beforehand: DO, CALL).',
        ),
      statements: oneOrMany(
        z.string().regex(/^[a-z]+( [a-z]+)*$/u, 'must be in lower case, such as drop or create table'),
      )
        .optional()
        .describe('Statement kinds in lower case, such as `drop`, `truncate`.'),
      objects: oneOrMany(text(512))
        .optional()
        .describe(
          'Objects touched: globs over target.schema.table. Of a write (`UPDATE … FROM`, `INSERT … SELECT`, subqueries) rules for it are asked about what it writes, and rules for reading (`does: [read]`, `statements: [select]`) about what it only reads; the strictest answer holds.',
        ),
      reads: z
        .strictObject({
          class: protectedClass('Protected classes. With `rows` it may be left out: results of anything.').optional(),
          rows: z
            .strictObject({ over: count(0, 1_000_000_000).describe('More rows than this.') })
            .optional()
            .describe(
              'Only results that are larger. Such a rule lets that many rows pass, and nothing by itself; with effect `hold` also what the planner expects to be larger waits before it runs.',
            ),
        })
        .refine((value) => value.class !== undefined || value.rows !== undefined, 'must name class or rows')
        .optional()
        .describe('Operations that read a protected class, or whose result is large.'),
      writes: z
        .strictObject({ class: protectedClass('Protected classes.') })
        .optional()
        .describe('Operations that write a protected class.'),
      filters: z
        .strictObject({ class: protectedClass('Protected classes.') })
        .optional()
        .describe('Operations in which a protected class decides which rows are touched: conditions, joins, orders.'),
      oracles: z
        .strictObject({
          class: protectedClass('Protected classes.').optional(),
          kind: oneOrMany(z.enum(ORACLES))
            .optional()
            .describe(`How: ${ORACLES.join(', ')}.`),
        })
        .refine((value) => value.class !== undefined || value.kind !== undefined, 'must name class or kind')
        .optional()
        .describe(
          'Operations that let their author learn of a protected class without being shown it, as `protect[].oracles` says them. A rule can deny or hold what that lets pass; it lets nothing pass that is refused there.',
        ),
      missing: oneOrMany(z.enum(['where', 'limit']))
        .optional()
        .describe('Statements that could have one of these clauses and have not: `where`, `limit`.'),
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
        .prefault({})
        .describe('Who may approve. Left out: whoever has the role `reviewer`.'),
      quorum: count(1, 10).prefault(1).describe('How many distinct people must approve.'),
      hold: duration({ min: '100ms', max: '1h' }).prefault('60s').describe('How long a client waits for the answer.'),
      expires: duration({ min: '1s', max: '30d' })
        .prefault('15m')
        .describe('How long an approval may be decided, and then used.'),
      stepUp: strength('How reviewers must have signed in.').optional(),
      inTransaction: z
        .enum(['fresh', 'any'])
        .prefault('fresh')
        .describe(
          'Whether a client waits inside a transaction block: only while it did nothing but begin, or always, with the locks it holds.',
        ),
      remind: duration({ min: '1s', max: '30d' })
        .optional()
        .describe('After how long reviewers who have not answered are reminded. Left out: never.'),
    })
    .optional()
    .describe('Who decides and how long that may take. Only with effect `hold`.');
}

function limits() {
  return z
    .strictObject({
      rows: count(0, 1_000_000_000).optional().describe('Rows of a result; past them the rest is refused.'),
      bytes: size({ min: '1KiB', max: '1024GiB' }).optional().describe('Bytes of a result, as the client gets them.'),
      statementTimeout: duration({ min: '1ms', max: '30d' })
        .optional()
        .describe('How long the target may work on a statement.'),
      readOnly: z.boolean().optional().describe('Whether the transaction is made read-only.'),
    })
    .optional()
    .describe(
      'What a statement and its result are bound to that the rule lets pass; of several rules the smallest. Binds databases only, and not with effect `deny`.',
    );
}

function record() {
  return z
    .union([z.enum(['none', 'all']), z.strictObject({ first: count(1, 100_000).describe('Rows per result.') })], {
      error: 'must be none, all or { first: NUMBER }',
    })
    .optional()
    .meta({ title: '`none`, `all` or `{ first: number }`' })
    .describe(
      'How many masked rows of a result the record keeps; the most of the rules and of the target. Not with effect `deny`.',
    );
}

function boundsProblem(effect: string, aboutRows: boolean): string | null {
  if (effect === 'deny') return 'binds nothing in a rule of effect deny; remove it';
  return aboutRows ? 'binds nothing in a rule about the number of rows; write it in the rule that allows' : null;
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
      limits: limits(),
      record: record(),
    })
    .superRefine((value, context) => {
      for (const key of ['limits', 'record'] as const) {
        const problem = boundsProblem(value.effect, value.on.reads?.rows !== undefined);
        if (value[key] !== undefined && problem !== null)
          context.addIssue({ code: 'custom', path: [key], message: problem });
      }
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
