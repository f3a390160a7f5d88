import { BadRequest } from './bad-request.js';

/** What a selector says for certain of every object it selects: the values a label may have, by key. */
export type SelectedLabels = ReadonlyMap<string, readonly string[]>;

const key = String.raw`(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?`;
// each is for text without white space around it, and none may leave it two ways to read a run of spaces: a selector may
// be as long as a request line
const space = String.raw`[ \t\r\n]*`;
const presence = new RegExp(`^(?:!${space})?${key}$`);
const equality = new RegExp(`^(${key})${space}(==|=|!=)${space}(${value})$`);
const order = new RegExp(`^${key}${space}[<>]${space}-?\\d{1,19}$`);
const set = new RegExp(`^(${key})[ \\t\\r\\n]+(in|notin)${space}\\(([^()]*)\\)$`);
const wholeValue = new RegExp(`^${value}$`);

/** Reading one takes time; no program needs more. */
const selectorBytes = 1 << 16;

/**
 * Parses a label selector and keeps what it proves: `app=web` and `app in (web, api)`. Exclusions and presence prove no
 * value. Two requirements on one key leave the values that both name.
 * @throws BadRequest where the server could not read the selector: it would list without it
 * @see k8s.io/apimachinery pkg/labels/selector.go
 */
export function selectedLabels(selector: string): SelectedLabels {
  const known = new Map<string, readonly string[]>();
  if (selector.length > selectorBytes) throw new BadRequest(`the labelSelector is longer than ${selectorBytes} bytes`);
  if (/[^\x20-\x7e\t\r\n]/.test(selector)) throw new BadRequest('the labelSelector holds what no label can');
  if (selector.trim() === '') return known;
  for (const requirement of splitRequirements(selector)) {
    const found = requirementValues(requirement.trim());
    if (found === null) continue;
    const before = known.get(found.key);
    const also = new Set(found.values);
    const both = before?.filter((one) => also.has(one)) ?? [];
    // nothing in both: nothing is selected, and either of them tells the truth about it
    known.set(found.key, before === undefined ? found.values : both.length > 0 ? both : before);
  }
  return known;
}

function requirementValues(requirement: string): { key: string; values: readonly string[] } | null {
  const equal = equality.exec(requirement);
  if (equal !== null) return equal[2] === '!=' ? null : { key: equal[1] ?? '', values: [equal[3] ?? ''] };
  const members = set.exec(requirement);
  if (members !== null) {
    const values = (members[3] ?? '').split(',').map((one) => one.trim());
    if (values.every((one) => wholeValue.test(one))) {
      return members[2] === 'in' ? { key: members[1] ?? '', values } : null;
    }
  } else if (presence.test(requirement) || order.test(requirement)) return null;
  throw new BadRequest('the labelSelector cannot be read');
}

/** Cuts at the commas outside parentheses; one pass, since a selector may fill a whole request line. */
function splitRequirements(selector: string): string[] {
  const requirements: string[] = [];
  let start = 0;
  let inside = false;
  for (let index = 0; index < selector.length; index += 1) {
    const char = selector.charAt(index);
    if (char === '(') inside = true;
    else if (char === ')') inside = false;
    else if (char === ',' && !inside) {
      requirements.push(selector.slice(start, index));
      start = index + 1;
    }
  }
  requirements.push(selector.slice(start));
  return requirements;
}
