import { Refused } from './status.mjs';

/** Whether an object has what `labelSelector` and `fieldSelector` ask for. */
export function selector(query) {
  const labels = (query.get('labelSelector') ?? '')
    .split(/,(?![^(]*\))/)
    .filter(Boolean)
    .map(labelTest);
  const fields = (query.get('fieldSelector') ?? '').split(',').filter(Boolean).map(fieldTest);
  return (object) => [...labels, ...fields].every((test) => test(object));
}

function labelTest(text) {
  const of = (object, key) => object.metadata.labels?.[key];
  const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(text);
  if (set) {
    const values = set[3].split(',').map((value) => value.trim());
    return (object) => values.includes(of(object, set[1])) === (set[2] === 'in');
  }
  const equal = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(text);
  if (equal) return (object) => (of(object, equal[1]) === equal[3]) === (equal[2] !== '!=');
  const exists = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(text);
  if (exists) return (object) => (of(object, exists[2]) !== undefined) === (exists[1] === '');
  throw new Refused(400, `unable to parse requirement: ${text}`);
}

function fieldTest(text) {
  const equal = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  if (!equal) throw new Refused(400, `invalid selector: '${text}'; can't understand '${text}'`);
  const path = equal[1].split('.');
  return (object) => {
    const value = path.reduce((at, key) => at?.[key], object);
    return (String(value ?? '') === equal[3]) === (equal[2] !== '!=');
  };
}
