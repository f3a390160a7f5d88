import { approvalWarnings, oracleWarnings, untakenClaims } from './approval-checks.js';
import { detectWarnings } from './detect-checks.js';
import type { Finding, Parsed } from './findings.js';
import { loginContradictions } from './login-checks.js';
import { POWERS, VERBS } from './rules.section.js';
import { splitColumn } from './targets.section.js';

/** Contradictions between sections: each is an error. */
export function contradictions(config: Parsed): Finding[] {
  const issuers = config.identity?.issuers ?? [];
  return [
    ...duplicates(config.targets, 'targets', 'target'),
    ...duplicates(config.rules, 'rules', 'rule'),
    ...duplicates(config.detect, 'detect', 'entry of detect'),
    ...duplicates(config.notifications.webhooks, 'notifications.webhooks', 'webhook'),
    ...untakenClaims(config),
    ...sharedHosts(config),
    ...protectedLargeObjects(config),
    ...loginContradictions(config),
    ...issuers.flatMap((issuer, index): Finding[] =>
      issuers.length > 1 && issuer.users === undefined
        ? [
            {
              path: ['identity', 'issuers', index, 'users'],
              message: 'is required with several issuers; write a glob such as *@example.com',
            },
          ]
        : [],
    ),
    ...issuers.flatMap((issuer, index): Finding[] =>
      issuers.findIndex((other) => other.url === issuer.url) < index
        ? [{ path: ['identity', 'issuers', index, 'url'], message: 'the same issuer stands twice; keep one' }]
        : [],
    ),
  ];
}

function duplicates(entries: readonly { readonly name: string }[], section: string, word: string): Finding[] {
  return entries.flatMap((entry, index): Finding[] => {
    const first = entries.findIndex((other) => other.name === entry.name);
    if (first === index) return [];
    return [
      {
        path: [...section.split('.'), index, 'name'],
        message: `another ${word} is named "${entry.name}" too (${section}[${first}]); names are unique`,
      },
    ];
  });
}

/** What a large object holds nobody can mask. */
function protectedLargeObjects(config: Parsed): Finding[] {
  const guarded = config.protect.flatMap(({ columns }) => columns.map((column) => splitColumn(column)[0] ?? ''));
  const isGuarded = (name: string): boolean => guarded.some((glob) => glob === '*' || glob === name);
  return config.targets.flatMap((target, index): Finding[] =>
    target.kind === 'postgres' && target.postgres.largeObjects && isGuarded(target.name)
      ? [
          {
            path: ['targets', index, 'postgres', 'largeObjects'],
            message: `is true, but protect names columns of "${target.name}", and a large object can hold a copy of any; leave it out`,
          },
        ]
      : [],
  );
}

/** A host name that leads to two clusters leads nowhere. */
function sharedHosts(config: Parsed): Finding[] {
  const owners = new Map<string, string>();
  return config.targets.flatMap((target, index): Finding[] =>
    (target.kind === 'kubernetes' ? target.kubernetes.hosts : []).flatMap((host): Finding[] => {
      const name = host.toLowerCase();
      const owner = owners.get(name);
      owners.set(name, owner ?? target.name);
      if (owner === undefined) return [];
      return [
        { path: ['targets', index, 'kubernetes', 'hosts'], message: `"${host}" leads to target "${owner}" already` },
      ];
    }),
  );
}

/** A rule that denies by a misspelt word denies nothing. */
function unknownWords(words: readonly string[], known: readonly string[]): string[] {
  return words.filter((word) => !isGlob(word) && !known.includes(word));
}

/** What is legal and should still be looked at. */
export function warningsOf(config: Parsed): Finding[] {
  const names = config.targets.map((target) => target.name);
  const leadsNowhere = (pattern: string) => !isGlob(pattern) && !names.includes(pattern);
  const classes = config.protect.map((entry) => entry.class);
  const protectsNothing = (pattern: string) => !isGlob(pattern) && !classes.includes(pattern);
  return [
    ...config.targets.flatMap((target, index): Finding[] => {
      if (target.kind !== 'postgres') return [];
      const path = ['targets', index, 'postgres', 'tls'];
      if (target.postgres.tls === 'disable')
        return [
          { path, message: `target "${target.name}" is reached without TLS: credential and data travel in the clear` },
        ];
      if (target.postgres.tls === 'require')
        return [
          {
            path,
            message: `the server of target "${target.name}" is not checked (tls: require): anyone in between can read along`,
          },
        ];
      return [];
    }),
    ...config.rules.flatMap((rule, index): Finding[] =>
      rule.on.target.filter(leadsNowhere).map((target) => ({
        path: ['rules', index, 'on', 'target'],
        message: `rule "${rule.name}" names the target "${target}", which does not exist: it matches nothing there`,
      })),
    ),
    ...config.rules.flatMap((rule, index) =>
      (['reads', 'writes', 'filters', 'oracles'] as const).flatMap((does): Finding[] =>
        (rule.on[does]?.class ?? []).filter(protectsNothing).map((name) => ({
          path: ['rules', index, 'on', does, 'class'],
          message: `rule "${rule.name}" names the class "${name}", which no entry of protect has: it matches nothing there`,
        })),
      ),
    ),
    ...config.rules.flatMap((rule, index): Finding[] => [
      ...unknownWords(rule.on.capabilities ?? [], POWERS).map((name) => ({
        path: ['rules', index, 'on', 'capabilities'],
        message: `rule "${rule.name}" names the power "${name}", which nothing has: it matches nothing there`,
      })),
      ...unknownWords(rule.on.attributes?.['verb'] ?? [], VERBS).map((name) => ({
        path: ['rules', index, 'on', 'kubernetes', 'verbs'],
        message: `rule "${rule.name}" names the verb "${name}", which does not exist: it matches nothing there`,
      })),
    ]),
    ...approvalWarnings(config),
    ...oracleWarnings(config),
    ...detectWarnings(config),
    ...unboundClusters(config),
    ...config.protect.flatMap((entry, index): Finding[] =>
      entry.columns.flatMap((column, position): Finding[] => {
        const target = splitColumn(column)[0] ?? '';
        if (!leadsNowhere(target)) return [];
        return [
          {
            path: ['protect', index, 'columns', position],
            message: `"${column}" names the target "${target}", which does not exist: it protects nothing`,
          },
        ];
      }),
    ),
    ...oneUrlForAll(config),
  ];
}

/** Limits are about statements and results: a request to a cluster has neither. */
function unboundClusters({ rules, targets }: Parsed): Finding[] {
  const clusters = new Set(targets.flatMap(({ kind, name }) => (kind === 'kubernetes' ? [name] : [])));
  return rules.flatMap(({ name, on, limits }, index): Finding[] =>
    limits === undefined
      ? []
      : on.target
          .filter((target) => clusters.has(target))
          .map((target) => ({
            path: ['rules', index, 'limits'],
            message: `rule "${name}" limits statements and results, and "${target}" is a cluster, which has neither: they bind nothing there`,
          })),
  );
}

function oneUrlForAll(config: Parsed): Finding[] {
  const database = config.audit?.database;
  if (database === undefined || database.gateway !== database.control) return [];
  return [
    {
      path: ['audit', 'database'],
      message:
        'one URL for gateway, control and migrations: whoever holds it can change the record; for development only',
    },
  ];
}

function isGlob(pattern: string): boolean {
  return /[*{]/u.test(pattern);
}
