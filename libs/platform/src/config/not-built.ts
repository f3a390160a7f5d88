// Keys of capabilities that this version does not have. They are an error of their own, since "unknown key" would send
// people looking for a typing mistake, and accepting them would promise what nobody does.
const notBuilt: readonly { readonly at: RegExp; readonly what: string }[] = [
  { at: /^budgets$|^rules\[\]\.budgets?$/u, what: 'budgets; they are' },
  { at: /^transparency(Log)?$|^audit\.(log|witness|checkpoints)$/u, what: 'the transparency log; it is' },
  { at: /^credentials$/u, what: 'minted credentials; they are' },
];

/** What to say about a key of a later capability; undefined when it is simply unknown. `key` is its path without indexes. */
export function notBuiltMessage(key: string): string | undefined {
  const found = notBuilt.find(({ at }) => at.test(key.replaceAll(/\[\d+\]/gu, '[]')));
  return found && `asks for ${found.what} not built into this version; remove the key`;
}
