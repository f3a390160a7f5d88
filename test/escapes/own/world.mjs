// The database that is attacked, one per lane: several cases are tried at a time, and none sees what another left behind.
import { SEED } from '../run.mjs';
import { Wire, errorFields } from './wire.mjs';

const template = 'own_template';

/** Targets and rules for so many lanes: whatever stops a leak has to be masking. Classes with masks that keep something can be mixed up. */
export function configurationOf(lanes, port) {
  const targets = lanes.flatMap((lane) =>
    [
      { name: lane, user: 'app' },
      { name: `${lane}-admin`, user: 'postgres' },
    ].map(
      ({ name, user }) =>
        `  - { name: ${name}, postgres: { host: 127.0.0.1, port: ${port}, database: ${lane}, tls: disable }, credential: { user: ${user} } }`,
    ),
  );
  return `
targets:
${targets.join('\n')}
protect:
  - { class: email, columns: ['own*.public.users.email'], mask: { keep: domain } }
  - { class: name, columns: ['own*.public.users.full_name'], mask: { keep: initials } }
  - { class: phone, columns: ['own*.public.users.phone'], mask: { keep: last4 } }
  - { class: birth, columns: ['own*.public.users.dob'], mask: { keep: year } }
  - { class: personal, columns: ['own*.public.users.{ssn,card,notes,salary}'] }
rules:
  - { name: everything, who: { groups: [analysts] }, on: { target: [${lanes.flatMap((lane) => [lane, `${lane}-admin`]).join(', ')}] }, effect: allow }
`;
}

const schema = [
  'CREATE TABLE users(id int PRIMARY KEY, email text UNIQUE, ssn text, full_name text, phone text, card text, notes text, dob date, salary numeric(12,2))',
  'CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text, amount numeric, placed date)',
  "INSERT INTO orders VALUES (1,1,'blue lamp',10,'2025-01-05'),(2,2,'red chair',20,'2025-02-06'),(3,3,'desk',30,'2025-03-07')",
  'CREATE TABLE audit_log(id serial, msg text)',
];
const values = (row) => ['email', 'ssn', 'full_name', 'phone', 'card', 'notes', 'dob'].map((name) => `'${row[name]}'`);

/** The server of the lanes, past the gateway. */
export class World {
  constructor(host, port) {
    this.at = { host, port, user: 'postgres' };
  }

  async sql(database, ...texts) {
    const wire = await Wire.open({ ...this.at, database });
    try {
      for (const text of texts) {
        wire.heard = [];
        await wire.query(text);
        const [message] = errorFields(wire.heard, 'M');
        if (message !== undefined) throw new Error(`${text.slice(0, 120)}: ${message}`);
      }
      return wire.heard;
    } finally {
      wire.end();
    }
  }

  /** No extension is in it: each brings operators and functions of its own, and what those hide would go unnoticed. */
  async prepare(lanes) {
    await this.sql('postgres', ...lanes.map((lane) => `DROP DATABASE IF EXISTS ${lane} WITH (FORCE)`));
    await this.sql('postgres', `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await this.sql('postgres', 'DO $$BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$');
    await this.sql('postgres', `CREATE DATABASE ${template}`, `GRANT ALL ON DATABASE ${template} TO app`);
    const rows = SEED.map((row) => `INSERT INTO users VALUES (${row.id},${values(row).join(',')},${row.salary})`);
    await this.sql(template, 'GRANT ALL ON SCHEMA public TO app', 'SET ROLE app', ...schema, ...rows);
  }

  async fresh(lane) {
    await this.sql(
      'postgres',
      `DROP DATABASE IF EXISTS ${lane} WITH (FORCE)`,
      `CREATE DATABASE ${lane} TEMPLATE ${template}`,
      `GRANT ALL ON DATABASE ${lane} TO app`,
    );
  }

  async setUp(lane, statements) {
    if (statements.length === 0) return;
    await this.sql(lane, ...statements, 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO app');
  }
}
