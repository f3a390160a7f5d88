import type { Target } from '../target.js';
import { warnings } from '../warnings.js';
import type { Finding } from './finding.js';

/** What the configuration alone says against a target. */
export function configurationFindings(target: Target): readonly Finding[] {
  return [
    ...warningFindings(target),
    ...(target.kind === 'postgres' && target.postgres.strict === true ? [STRICT] : []),
  ];
}

const STRICT: Finding = {
  code: 'strict',
  severity: 'note',
  what: 'postgres.strict is on: the server is asked for its own reading of each statement before it runs',
  why: 'each statement that was not asked about before costs one exchange more, in a transaction block three; several in one message, those behind others of a pipeline, and EXPLAIN, DECLARE, COPY and CREATE TABLE AS over relations are refused; the server writes each tree, literals included, into its log unless the role may set log_min_messages',
  sql: [],
  setting: 'To spare the log: GRANT SET ON PARAMETER log_min_messages to the role of the target, by an administrator.',
};

function warningFindings(target: Target): Finding[] {
  const before = `target ${target.name}: `;
  return warnings(target).map((text) => {
    const [what = text, ...rest] = text.slice(before.length).split(/; (?=use |give )/u);
    const [found = what, ...why] = what.split(': ');
    return {
      code: 'configuration',
      severity: 'warning',
      what: found,
      why: why.join(': '),
      sql: [],
      setting: rest.length === 0 ? null : `${rest.join('; ').replace(/^./u, (first) => first.toUpperCase())}.`,
    };
  });
}

/** Nothing could be asked of a target. @param code `unreachable`, `tls`, `login`, … @param why as the log says it */
export function notReached(code: string, why: string): Finding {
  const setting: Readonly<Record<string, string>> = {
    unreachable: 'Check the address in the configuration, and that the network lets the gateway through.',
    timeout: 'Check the address in the configuration, and that the network lets the gateway through.',
    tls: 'Check the certificate of the server, and ca and tls in the configuration.',
    login: 'Check credential in the configuration, and pg_hba.conf of the server.',
    unfit: 'Check targetSession, and which of the servers is the primary.',
  };
  return {
    code,
    severity: 'error',
    what: why,
    why: 'sessions are refused until it can be used',
    sql: [],
    setting: setting[code] ?? 'The log of the gateway tells more.',
  };
}
