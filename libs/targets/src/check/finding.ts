/** `error`: a promise of the gateway does not hold at this target; `warning`: more than it needs; `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing that the check of a target found. Has no secret in it. */
export interface Finding {
  /** what kind of thing, for programs: `superuser`, `protected-table-owner`, … */
  readonly code: string;
  readonly severity: Severity;
  /** what was found, by name */
  readonly what: string;
  readonly why: string;
  /** statements for an administrator of the server to run, in order; empty: SQL does not help */
  readonly sql: readonly string[];
  /** what to change in the configuration of Sallyport, or elsewhere; null: the statements are all */
  readonly setting: string | null;
}

/** What one check of one target found. */
export interface TargetReport {
  readonly target: string;
  readonly protocol: 'postgres' | 'kubernetes';
  /** ISO 8601, UTC */
  readonly at: string;
  /** what answered, as it names itself: `PostgreSQL 18.1 at db.internal:5432 (10.0.0.7)`; null: nothing did */
  readonly server: string | null;
  /** worst first */
  readonly findings: readonly Finding[];
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** Findings, worst first, otherwise in their order. */
export function sorted(findings: readonly Finding[]): readonly Finding[] {
  return ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

/** What helps against a finding, in one line. */
export function remedyOf({ sql, setting }: Finding): string {
  return [...sql, ...(setting === null ? [] : [setting])].join(' ');
}
