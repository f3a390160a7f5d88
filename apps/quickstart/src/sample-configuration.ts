/** The policy of the sample, in the words of the configuration file. */
export const sampleRoles = {
  reviewer: { groups: ['privacy'] },
  auditor: { groups: ['audit'] },
  administrator: { groups: ['platform'] },
  breakGlass: { groups: ['platform'] },
};

export const sampleProtection = [
  {
    class: 'email',
    columns: ['crm.public.customers.email', 'crm.public.customer_overview.email'],
    mask: { keep: 'domain' },
  },
  {
    class: 'name',
    columns: ['crm.public.customers.full_name', 'crm.public.customer_overview.full_name'],
    mask: { keep: 'initials' },
  },
  { class: 'phone', columns: ['crm.public.customers.phone'], mask: { keep: 'last4' } },
  { class: 'national-id', columns: ['crm.public.customers.national_id'] },
  { class: 'date-of-birth', columns: ['crm.public.customers.date_of_birth'], mask: { keep: 'year' } },
  { class: 'bank-account', columns: ['crm.public.payments.iban'], mask: { keep: 'last4' } },
  { class: 'free-text', columns: ['crm.public.tickets.body'] },
];

export const sampleRules = [
  {
    name: 'analysts read the CRM',
    who: { groups: ['analysts'] },
    on: { target: 'crm', does: ['read', 'session'] },
    effect: 'allow',
  },
  {
    name: 'analysts keep orders and tickets',
    who: { groups: ['analysts'] },
    on: { target: 'crm', does: ['write'], objects: ['crm.public.orders', 'crm.public.tickets'] },
    effect: 'allow',
  },
  {
    name: 'bulk export of e-mail addresses',
    on: { target: 'crm', reads: { class: 'email', rows: { over: 100 } } },
    effect: 'hold',
    approval: { reviewers: { groups: ['privacy'] }, quorum: 1, hold: '60s', expires: '15m' },
  },
  {
    name: 'no destructive statements',
    on: { target: 'crm', does: ['schema'], statements: ['drop', 'truncate'] },
    effect: 'deny',
    message: 'Destructive statements go through the migration pipeline.',
  },
];

/** The sample as a target: loopback without TLS, since the embedded server has none. */
export function sampleTarget(port: number, user: string, passwordFile: string) {
  return {
    name: 'crm',
    postgres: { host: '127.0.0.1', port, database: 'crm', tls: 'disable' },
    credential: { user, password: `file:${passwordFile}` },
  };
}

/** What is protected in a cluster that is tried out, beside the values of Secrets, which always are. */
export const clusterProtection = [
  {
    class: 'secret',
    kubernetes: ['secrets.data', 'secrets.stringData'],
    patterns: ['builtin:private-key', 'builtin:jwt'],
  },
];

/** Rules to try a cluster out: everyone looks, alice works in two namespaces and asks before she deletes, the platform keeps it. */
export function clusterRules(target: string) {
  return [
    { name: `everyone looks at ${target}`, on: { target, does: ['read', 'session'] }, effect: 'allow' },
    {
      name: `alice works in two namespaces of ${target}`,
      who: { users: ['alice@example.com'] },
      on: { target, does: ['write'], kubernetes: { namespaces: ['default', 'team-a'] } },
      effect: 'allow',
    },
    {
      name: `what alice deletes in default of ${target}`,
      who: { users: ['alice@example.com'] },
      on: { target, kubernetes: { namespaces: ['default'], verbs: ['delete', 'deletecollection'] } },
      effect: 'hold',
      approval: { reviewers: { groups: ['privacy'] }, quorum: 1, hold: '60s', expires: '15m' },
    },
    {
      name: `alice runs commands in two namespaces of ${target}`,
      who: { users: ['alice@example.com'] },
      on: {
        target,
        does: ['connect'],
        capabilities: ['exec', 'attach'],
        kubernetes: { namespaces: ['default', 'team-a'] },
      },
      effect: 'allow',
    },
    {
      name: `the platform keeps ${target}`,
      who: { groups: ['platform'] },
      on: { target, does: ['write', 'schema', 'admin'] },
      effect: 'allow',
    },
    {
      // a rule that names powers is about operations that have some
      name: `the platform has powers in ${target}`,
      who: { groups: ['platform'] },
      on: {
        target,
        does: ['write', 'schema', 'admin', 'connect'],
        capabilities: ['exec', 'attach', 'port-forward', 'debug', 'change-rbac', 'use-secret', 'use-service-account'],
      },
      effect: 'allow',
    },
  ];
}

/** A cluster as a target. */
export function clusterTarget(name: string, kubeconfigFile: string, identity: string) {
  return { name, kubernetes: { kubeconfig: `file:${kubeconfigFile}`, identity } };
}
