/**
 * What a description needs of a request's body; the facts that `readBody` finds fit. Null instead of it: the body is not
 * known (a question about a request that is not there).
 */
export interface BodySaid {
  readonly kind: 'none' | 'json' | 'yaml' | 'protobuf' | 'other';
  readonly name: string | null;
  readonly namespace: string | null;
  /** null: it does not speak of labels */
  readonly labels: Readonly<Record<string, string>> | null;
  readonly capabilities: readonly string[];
  readonly readable: boolean;
  /** of DeleteOptions; null or absent: it holds none */
  readonly dryRun?: boolean | null;
}
