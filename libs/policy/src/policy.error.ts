/** Thrown for rules that cannot be put in force; the message names the rule and the key. */
export class PolicyError extends Error {
  readonly code = 'bad-rule';

  constructor(
    readonly rule: string,
    readonly key: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`rule ${JSON.stringify(rule)}: ${key} ${problem}`, options);
    this.name = 'PolicyError';
  }
}
