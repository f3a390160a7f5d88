/** A configuration with every section, as the generated reference shows it; a spec loads it. */
export const exampleConfiguration = `identity:
  issuers:
    - url: https://login.example.com/realms/prod
      audience: sallyport
      claims: { user: email, groups: groups, purpose: purpose } # \`act\` and \`azp\` name the agent
roles: # who may do what in the control API; everyone sees what is theirs
  reviewer: { groups: [privacy] }
  auditor: { groups: [audit] }
  administrator: { groups: [platform] }
  breakGlass: { groups: [oncall] }
targets:
  - name: crm # what clients give as database name
    postgres: { host: db.internal, port: 5432, database: crm, tls: verify-full, ca: file:db-ca.pem }
    credential: { user: sallyport_crm, password: env:CRM_PASSWORD }
    release: durable
    record: { first: 50 }
  - name: prod # https://HOST:6443/k8s/prod
    kubernetes: { kubeconfig: file:prod.kubeconfig, identity: impersonate, hosts: [prod.k8s.example.com] }
protect:
  - class: email
    columns: [crm.public.users.email, 'crm.public.{customers,leads}.*mail']
    mask: { keep: domain }
  - class: national-id
    columns: [crm.public.customers.national_id]
  - class: secret
    kubernetes: [secrets.data, secrets.stringData, pods.env, 'configmaps.data.*password*']
    patterns: ['builtin:jwt', 'builtin:private-key', 'license key: (?<value>[A-Z0-9-]{10,40})']
detect: # copies of personal data and keys in places that no entry above names
  - { name: second net, targets: crm, detectors: standard, action: mask, except: [crm.public.offices.email] }
  - { name: phone numbers, targets: crm, detectors: [phone], action: alert }
rules:
  - name: analysts read the CRM
    who: { groups: [analysts] }
    on: { target: crm, does: [read, session] }
    effect: allow
  - name: tickets are written in working hours
    who: { groups: [analysts] }
    on:
      target: crm
      does: [write]
      objects: [crm.public.tickets]
      between: { from: 08:00, to: 18:00, timezone: Europe/Paris, days: [mon, tue, wed, thu, fri] }
    effect: allow
  - name: bulk export of e-mail addresses # past 100 rows nothing leaves before somebody says yes
    on: { target: crm, reads: { class: email, rows: { over: 100 } } }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 60s, expires: 15m, remind: 5m }
    message: Say in the ticket what the addresses are for.
    owner: privacy@example.com
  - name: changes of everything
    on: { target: crm, does: [write], missing: [where] }
    effect: hold
    approval: { reviewers: { groups: [platform] }, quorum: 2, stepUp: { acr: [mfa], within: 5m } }
  - name: no destructive statements
    on: { target: crm, does: [schema], statements: [drop, truncate] }
    effect: deny
    message: Destructive statements go through the migration pipeline.
    owner: platform@example.com
  - name: team A looks at its pods
    who: { groups: [team-a] }
    on: { target: prod, does: [read, session] }
    effect: allow
  - name: team A may open a shell in its web pods
    who: { groups: [team-a] }
    on:
      target: prod
      does: [connect]
      capabilities: [exec, attach]
      kubernetes: { namespaces: team-a, labels: { app: web }, program: [sh, bash, ls] }
    effect: allow
audit:
  journal: { dir: /var/lib/sallyport/journal }
  database: { gateway: env:AUDIT_GATEWAY_URL, control: env:AUDIT_CONTROL_URL, migrations: env:AUDIT_OWNER_URL }
queue: { redis: env:REDIS_URL } # left out: the audit database
notifications:
  webhooks:
    - { name: chat, url: 'https://chat.example.com/hooks/sallyport', secret: env:CHAT_SECRET }
listen:
  postgres: { port: 6432, workers: cores }
  kubernetes: { port: 6443, workers: cores }
  control: { port: 8080 }
tls: { certificate: file:tls/certificate.pem, key: file:tls/key.pem }
keys: { dir: /var/lib/sallyport/keys }
limits:
  idle: 30m
  sessions: { perPerson: 20 }
`;
