import { createHash, createHmac } from 'node:crypto';
import { compilePatterns, KNOWN_PATTERNS, LOG_LIMITS, maskText, TERMINAL_LIMITS, TextMasker } from '@app/masking';
import type { ChannelMasker } from './exec/index.js';
import { type LogRedactor, logRedactor } from './text/index.js';
import { compileRedaction, type MaskKey, RedactionPlan, type TextPatterns } from './redaction/index.js';

/** What the configuration says under `protect`, as far as clusters go. */
export interface ProtectConfig {
  readonly class: string;
  readonly kubernetes: readonly string[];
  readonly patterns: readonly string[];
}

/** What is never seen of the clusters behind this gateway. */
export interface Protection {
  readonly plan: RedactionPlan;
  readonly key: MaskKey;
  /** null: no patterns are configured */
  readonly patterns: TextPatterns | null;
  /** a masker for one stream of text; null: no patterns are configured */
  readonly stream: ((terminal: boolean) => ChannelMasker) | null;
  /** a masker for an answer that is text. @param keep lines kept for the record */
  readonly text: (keep: number) => LogRedactor;
  /** hash of what is protected and how; equal for equal configurations */
  readonly hash: string;
  /** the same for who may see some classes in fields of objects: texts that are no objects stay as they are here */
  without(classes: readonly string[]): Protection;
}

const BUILT_IN = 'builtin:';

/**
 * Compiles what is protected.
 * @param secret keys the marks: who does not have it can neither make nor compare them
 * @throws Error naming the entry
 */
export function protectionOf(protect: readonly ProtectConfig[], secret: Uint8Array): Protection {
  const plan = compileRedaction(protect);
  const key: MaskKey = { mark: (uid, path, value) => mark(secret, [uid, path], value) };
  const entries = patternsOf(protect);
  const set = compilePatterns(entries);
  const mask = (name: string, value: Uint8Array): Uint8Array => Buffer.from(mark(secret, ['text', name], value));
  const text = (keep: number): LogRedactor => logRedactor(set, mask, keep);
  const hash = createHash('sha256')
    .update(JSON.stringify(protect.map((entry) => [entry.class, entry.kubernetes, entry.patterns])))
    .digest('hex');
  const without = (classes: readonly string[]): Protection => unmasking(protection, protect, classes, mask);
  const protection: Protection = { plan, key, text, hash, without, patterns: null, stream: null };
  if (entries.length === 0) return protection;
  return Object.assign(protection, {
    patterns: (text) => maskText(set, text, mask),
    stream: (terminal: boolean) => new TextMasker(set, mask, terminal ? TERMINAL_LIMITS : LOG_LIMITS),
  } satisfies Partial<Protection>);
}

/** Fields and patterns of some classes left out. Tokens that the API server hands out are of no class a grant can name: they stay masked. */
function unmasking(
  protection: Protection,
  protect: readonly ProtectConfig[],
  classes: readonly string[],
  mask: (name: string, value: Uint8Array) => Uint8Array,
): Protection {
  if (classes.length === 0) return protection;
  const seen = new Set(classes);
  const entries = patternsOf(protect.filter((entry) => !seen.has(entry.class)));
  const rules = protection.plan.rules.filter((rule) => !seen.has(rule.class));
  const set = compilePatterns(entries);
  return {
    ...protection,
    plan: new RedactionPlan(rules, entries.length > 0),
    patterns: entries.length === 0 ? null : (text) => maskText(set, text, mask),
  };
}

function patternsOf(protect: readonly ProtectConfig[]): { readonly class: string; readonly pattern: string }[] {
  return protect.flatMap((entry) =>
    entry.patterns.flatMap((pattern) => named(pattern).map((one) => ({ class: entry.class, pattern: one }))),
  );
}

function named(pattern: string): readonly string[] {
  if (!pattern.startsWith(BUILT_IN)) return [pattern];
  const name = pattern.slice(BUILT_IN.length);
  const known = KNOWN_PATTERNS.get(name);
  if (known === undefined)
    throw new Error(
      `protect: there is no built-in pattern ${JSON.stringify(name)}; there are ${[...KNOWN_PATTERNS.keys()].join(', ')}`,
    );
  return known;
}

function mark(secret: Uint8Array, where: readonly string[], value: Uint8Array): string {
  const hmac = createHmac('sha256', secret);
  for (const part of where) hmac.update(`${Buffer.byteLength(part)}:${part}`);
  return `sallyport:v1:${hmac.update(value).digest('hex').slice(0, 16)}`;
}
