import { BadRequest } from './bad-request.js';

/** One term of a field selector, its value unescaped. */
interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * The name that a field selector asks for: `metadata.name=x`. The server authorises such a list or watch by that name.
 * @returns '' where it asks for none, or for one that no object can have
 * @throws BadRequest where the server could not read the selector, or where it asks for two names
 * @see k8s.io/apimachinery pkg/fields/selector.go
 */
export function selectedName(selector: string): string {
  const names = new Set<string>();
  for (const term of fieldTerms(selector)) {
    if (term.field === 'metadata.name' && term.equal) names.add(term.value);
  }
  if (names.size > 1) throw new BadRequest('the fieldSelector asks for two names at once');
  const [name = ''] = names;
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}

function fieldTerms(selector: string): FieldTerm[] {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(selector)) {
    if (part === '') continue;
    const found = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (found === null) throw new BadRequest('a term of the fieldSelector has no operator');
    terms.push({ field: found[1] ?? '', equal: found[2] !== '!=', value: unescapeValue(found[3] ?? '') });
  }
  return terms;
}

function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let term = '';
  for (let index = 0; index < selector.length; index += 1) {
    const char = selector.charAt(index);
    if (char === ',') {
      terms.push(term);
      term = '';
      continue;
    }
    term += char;
    if (char === '\\' && index + 1 < selector.length) {
      index += 1;
      term += selector.charAt(index);
    }
  }
  terms.push(term);
  return terms;
}

function unescapeValue(raw: string): string {
  if (/[\\,=]/.test(raw.replace(/\\[\\,=]/g, ''))) {
    throw new BadRequest('a value of the fieldSelector holds an unescaped , or = or a bad escape');
  }
  return raw.replace(/\\([\\,=])/g, '$1');
}
