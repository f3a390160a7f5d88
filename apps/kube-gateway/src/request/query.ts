import { BadRequest } from './bad-request.js';
import { decodeComponent, encodeComponent } from './percent.js';
import { wordList } from './word-list.js';

/** Decoded values by name, in the order sent. */
export type Query = ReadonlyMap<string, readonly string[]>;

/**
 * Parses a query as Go's `url.ParseQuery` does (`+` is a space, `a` is `a=`), but refuses what Go drops in silence:
 * a pair with `;` in it, a bad percent encoding. Order is kept.
 * @param raw what follows `?`
 * @returns `search` serialised again, with its `?`; '' for none
 * @throws BadRequest 400
 */
export function parseQuery(raw: string): { query: Query; search: string } {
  if (raw.includes(';')) throw new BadRequest('parameters are separated by &, a ; has to be percent-encoded');
  const query = new Map<string, string[]>();
  const pairs: string[] = [];
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
    pairs.push(`${encodeComponent(name)}=${encodeComponent(value)}`);
  }
  return { query, search: pairs.length === 0 ? '' : `?${pairs.join('&')}` };
}

function decoded(raw: string): string {
  return decodeComponent(raw.replaceAll('+', ' '), 'query');
}

/** The server takes the first value of a repeated parameter, others take the last: said twice, it is refused. */
const controls = wordList(`
  watch follow dryRun stdin stdout stderr tty container fieldSelector labelSelector limit continue
  resourceVersion resourceVersionMatch timeoutSeconds timeout sendInitialEvents allowWatchBookmarks
  fieldManager fieldValidation force gracePeriodSeconds propagationPolicy orphanDependents
  includeObject pretty previous sinceSeconds sinceTime timestamps stream tailLines limitBytes
  insecureSkipTLSVerifyBackend path
`);

/** @throws BadRequest when a parameter that says what a request does stands in it more than once */
export function refuseRepeatedControls(query: Query): void {
  for (const name of controls) {
    if ((query.get(name)?.length ?? 0) > 1) throw new BadRequest(`the parameter ${name} is given more than once`);
  }
}

/** A boolean option: absent, `0` and `false` in any case are false, all else is true, the empty string too. */
export function booleanOption(query: Query, name: string): boolean {
  const value = query.get(name)?.[0];
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/**
 * Checks an integer option: the server reads a list whose options it cannot decode as one without names or selectors.
 * @throws BadRequest when it is said and no 64-bit integer
 */
export function checkIntegerOption(query: Query, name: string): void {
  const value = query.get(name)?.[0];
  if (value === undefined) return;
  const fits = /^[+-]?\d{1,20}$/.test(value) && inRange(BigInt(value.replace('+', '')));
  if (!fits) throw new BadRequest(`the parameter ${name} is not an integer`);
}

function inRange(value: bigint): boolean {
  return value >= int64.least && value <= int64.most;
}
