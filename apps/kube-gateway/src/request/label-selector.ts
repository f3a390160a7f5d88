import { BadRequest } from './bad-request.js';

/** What a selector says for certain of every object it selects: the values a label may have, by key. */
export type SelectedLabels = ReadonlyMap<string, readonly string[]>;

const key = String.raw`(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?`;
const space = String.raw`[ \t\r\n]*`;

const presence = new RegExp(`^${space}!?${space}${key}${space}$`);
const equality = new RegExp(`^${space}(${key})${space}(==|=|!=)${space}(${value})${space}$`);
const order = new RegExp(`^${space}${key}${space}[<>]${space}-?\\d{1,19}${space}$`);
const set = new RegExp(`^${space}(${key})[ \\t\\r\\n]+(in|notin)${space}\\(([^()]*)\\)${space}$`);
const setValue = new RegExp(`^${space}(${value})${space}$`);

/**
 * Parses a label selector and keeps what it proves: `app=web` and `app in (web, api)`. Exclusions and presence prove no
 * value. Two requirements on one key leave the values that both name.
 * @throws BadRequest where the server could not read the selector: it would list without it
 * @see k8s.io/apimachinery pkg/labels/selector.go
 */
export function selectedLabels(selector: string): SelectedLabels {
  const known = new Map<string, readonly string[]>();
  if (/^[ \t\r\n]*$/.test(selector)) return known;
  for (const requirement of splitRequirements(selector)) {
    const found = requirementValues(requirement);
    if (found === null) continue;
    const before = known.get(found.key);
    const both = before?.filter((one) => found.values.includes(one)) ?? [];
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
    const values = (members[3] ?? '').split(',').map((one) => setValue.exec(one)?.[1]);
    if (values.every((one) => one !== undefined)) {
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
