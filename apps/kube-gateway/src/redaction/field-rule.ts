import type { PathStep } from '@app/masking';

/** One step of a rule's path; `deep` is any number of keys, also none. */
export type RuleStep = PathStep | 'deep';

/** Values of one place that are always masked. */
export interface FieldRule {
  /** protected class */
  readonly class: string;
  /** the place as the configuration names it: `secrets.data`, `pods.env`, `widgets.example.com/spec.token` */
  readonly name: string;
  readonly field: PodField | ResourceField;
}

/** A part of every pod template, whatever holds it. */
export interface PodField {
  readonly in: 'pods';
  readonly part: 'env' | 'command' | 'args';
}

/** A path in the objects of one resource. */
export interface ResourceField {
  readonly in: 'resource';
  /** '' for the legacy group */
  readonly group: string;
  readonly resource: string;
  readonly path: readonly RuleStep[];
  /** values are base64, and so are their masks */
  readonly base64: boolean;
  /** the path is the configuration's own: what shows such values elsewhere (columns of tables) is not known */
  readonly custom: boolean;
}
