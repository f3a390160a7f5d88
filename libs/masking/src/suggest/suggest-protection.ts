import { nameEvidence, wordsOf } from './name-evidence.js';
import { PERSONAL_CLASSES, type PersonalClass, type TypeKind } from './personal-classes.js';

/** What is known of one column, without any value of it. */
export interface ColumnEvidence {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** type as the server prints it: `character varying(200)` */
  readonly type: string;
  readonly kind: TypeKind;
  /** comment on the column; null: none */
  readonly comment: string | null;
  /** values looked at that were not NULL; 0: none was */
  readonly sampled: number;
  /** of these, how many each detector recognised */
  readonly hits: Readonly<Record<string, number>>;
  /** part of all values that are different from each other, 0 to 1, as the server's statistics say; null: not known */
  readonly distinct: number | null;
  /** class that a rule gives it already; null: none */
  readonly protectedAs: string | null;
}

/** A column that may have to be protected. */
export interface ColumnSuggestion {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** class it would belong to */
  readonly class: string;
  /** 0 to 1 */
  readonly confidence: number;
  /** whole words for people, strongest first; no value stands in them */
  readonly reasons: readonly string[];
  readonly protectedAs: string | null;
}

/** What was found in a target. No value of it stands here. */
export interface TargetSuggestions {
  readonly target: string;
  readonly tables: number;
  readonly columns: number;
  /** every column that anything speaks for, protected ones too */
  readonly suggestions: readonly ColumnSuggestion[];
  /** tables whose rows could not be looked at; names, types and comments of their columns were */
  readonly unread: readonly { readonly table: string; readonly why: string }[];
}

const NAME = { strong: 0.7, weak: 0.25 } as const;
const COMMENT = 0.3;
/** A type that holds nothing else: an internet address, a date beside the word birth. */
const TYPE = 0.2;
/** Few different values are rather a list of choices than something of a person. */
const FEW_DISTINCT = 0.01;
const FEW_DISTINCT_FACTOR = 0.5;
/** Values below this number prove little. */
const FEW_VALUES = 5;
const FEW_VALUES_FACTOR = 0.6;

/** Weight of the part of values that a detector recognised, from the highest. */
const RATES: readonly (readonly [rate: number, weight: number])[] = [
  [0.9, 0.95],
  [0.5, 0.85],
  [0.1, 0.65],
  [0, 0.4],
];

interface Weighed {
  readonly weight: number;
  readonly reason: string;
}

const either = (weights: readonly number[]): number => 1 - weights.reduce((left, weight) => left * (1 - weight), 1);

function hitsOf({ hits, sampled }: ColumnEvidence, personal: PersonalClass): Weighed[] {
  const count = Math.max(0, ...personal.detectors.map((name) => hits[name] ?? 0));
  return count === 0 ? [] : [weighHits(count, sampled, personal.noun)];
}

function weighHits(count: number, sampled: number, noun: string): Weighed {
  const rate = Math.min(1, count / Math.max(1, sampled));
  const weight = RATES.find(([least]) => rate >= least)?.[1] ?? 0;
  return {
    weight: sampled < FEW_VALUES ? weight * FEW_VALUES_FACTOR : weight,
    reason: `${count} of ${sampled} sampled values look like or hold ${noun}`,
  };
}

function commentOf({ comment }: ColumnEvidence, personal: PersonalClass): Weighed[] {
  if (comment === null) return [];
  const joined = `_${wordsOf(comment).join('_')}_`;
  const word = personal.strong.find((each) => joined.includes(`_${each}_`));
  return word === undefined ? [] : [{ weight: COMMENT, reason: `its comment says "${word.replaceAll('_', ' ')}"` }];
}

function typeOf({ kind, type }: ColumnEvidence, personal: PersonalClass): Weighed[] {
  const telling =
    (personal.name === 'network-address' && kind === 'network') ||
    (personal.name === 'location' && kind === 'place') ||
    (personal.name === 'birth-date' && kind === 'date');
  return telling ? [{ weight: TYPE, reason: `its type is ${type}` }] : [];
}

function forClass(evidence: ColumnEvidence, personal: PersonalClass): ColumnSuggestion | null {
  const { schema, table, column, kind, protectedAs } = evidence;
  const name = nameEvidence(table, column, kind)
    .filter((each) => each.personal === personal)
    .map(({ strength, word }): Weighed => ({
      weight: NAME[strength],
      reason: `its name says "${word.replaceAll('_', ' ')}"`,
    }));
  const hits = hitsOf(evidence, personal);
  const comment = commentOf(evidence, personal);
  if (name.length + hits.length + comment.length === 0) return null;
  const all = [...hits, ...name, ...comment, ...typeOf(evidence, personal)];
  const few = hits.length === 0 && evidence.distinct !== null && evidence.distinct < FEW_DISTINCT;
  const confidence = either(all.map(({ weight }) => weight)) * (few ? FEW_DISTINCT_FACTOR : 1);
  return {
    schema,
    table,
    column,
    class: personal.name,
    confidence: Math.round(confidence * 100) / 100,
    reasons: [...all.map(({ reason }) => reason), ...(few ? ['but its values are few and repeat'] : [])],
    protectedAs,
  };
}

/** Detectors whose hits belong to no class of their own: secrets of many kinds. */
function otherHits(evidence: ColumnEvidence): ColumnSuggestion | null {
  const known = new Set<string>(PERSONAL_CLASSES.flatMap(({ detectors }) => detectors));
  const others = Object.entries(evidence.hits).filter(([name, count]) => count > 0 && !known.has(name));
  const [most] = others.sort((a, b) => b[1] - a[1]);
  if (!most) return null;
  const { weight, reason } = weighHits(most[1], evidence.sampled, `what the detector ${most[0]} knows`);
  const { schema, table, column, protectedAs } = evidence;
  return {
    schema,
    table,
    column,
    class: 'secret',
    confidence: Math.round(weight * 100) / 100,
    reasons: [reason],
    protectedAs,
  };
}

/**
 * What a column probably holds, from its name, type, comment, statistics and what detectors recognised in a sample. Each kind of evidence
 * has a weight w (name 0.70 or 0.25, comment 0.30, telling type 0.20, detectors 0.40 to 0.95 by the part of values, less for fewer than
 * five values); together they are 1 - Π(1 - w), and half of it where the values are few and repeat. Pure; it sees no value.
 * @returns the class with the highest confidence; null: nothing speaks for any
 */
export function suggestProtection(evidence: ColumnEvidence): ColumnSuggestion | null {
  const candidates = [...PERSONAL_CLASSES.map((personal) => forClass(evidence, personal)), otherHits(evidence)].filter(
    (candidate) => candidate !== null,
  );
  return candidates.reduce<ColumnSuggestion | null>(
    (best, candidate) => (best === null || candidate.confidence > best.confidence ? candidate : best),
    null,
  );
}
