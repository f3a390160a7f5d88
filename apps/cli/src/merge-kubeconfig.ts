import type { ClientKubeconfig } from '@app/targets';
import { Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { CliError } from './cli.error.js';

/**
 * A kubeconfig with the entries of another: of the same name replaced, others added, the rest untouched, comments too. The current context
 * stays, unless there is none.
 * @param text null: there is no file yet @param file for messages
 * @throws CliError when the text is no kubeconfig
 */
export function mergeKubeconfig(text: string | null, addition: ClientKubeconfig, file: string): string {
  const document = text === null || text.trim() === '' ? new Document({}) : parseDocument(text);
  const problem =
    document.errors[0]?.message.split('\n', 1)[0] ?? (isMap(document.contents) ? null : 'it is no mapping');
  if (problem !== null) throw new CliError(`${file} is no kubeconfig and was left as it is: ${problem}`);
  for (const key of ['apiVersion', 'kind'] as const) if (!document.has(key)) document.set(key, addition[key]);
  for (const list of ['clusters', 'users', 'contexts'] as const) {
    const entries = listOf(document, list, file);
    for (const entry of addition[list]) {
      const node = document.createNode(entry);
      const at = entries.items.findIndex((item) => isMap(item) && item.get('name') === entry.name);
      if (at < 0) entries.items.push(node);
      else entries.items[at] = node;
    }
  }
  if (!document.get('current-context')) document.set('current-context', addition['current-context']);
  return document.toString({ lineWidth: 0 });
}

function listOf(document: Document, name: string, file: string): YAMLSeq {
  const found: unknown = document.get(name, true);
  if (isSeq(found)) {
    // kubectl writes an empty list as `[]`
    if (found.items.length === 0) found.flow = false;
    return found;
  }
  const value: unknown = document.get(name);
  if (value !== null && value !== undefined)
    throw new CliError(`${file} is no kubeconfig and was left as it is: "${name}" is no list`);
  const list = document.createNode([]);
  document.set(name, list);
  return list as unknown as YAMLSeq;
}
