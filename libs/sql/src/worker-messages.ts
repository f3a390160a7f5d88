import type { Knowledge } from './catalog.js';
import type { DescribeContext, TextDescription } from './description.js';

/** What a parser worker is told; answers to `describe` come in the order asked. */
export type ParserRequest =
  | { readonly type: 'knowledge'; readonly knowledge: Knowledge }
  | { readonly type: 'forget'; readonly knowledgeId: number }
  | { readonly type: 'describe'; readonly request: number; readonly text: string; readonly context: DescribeContext }
  /** describes typical statements in the background, this many times: the first calls are several times slower */
  | { readonly type: 'warm-up'; readonly rounds: number };

/** What a parser worker says. After `fatal` it answers nothing more and must be replaced. */
export type ParserAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'described'; readonly request: number; readonly description: TextDescription }
  | { readonly type: 'unknown-knowledge'; readonly request: number }
  | { readonly type: 'fatal'; readonly request: number; readonly message: string };
