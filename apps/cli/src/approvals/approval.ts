import { CliError } from '../cli.error.js';
import type { ControlApiClient } from '../control-api.client.js';
import { itemsOf, textAt } from '../records.js';
import { printable, printableLines } from '../table.js';

/** An approval as the control API answers it, read with care: another version may leave members out. */
export type ApprovalAnswer = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly state: string;
  /** what a reviewer reads; null: who asks may not see it */
  readonly text?: string | null;
  /** hash of it, which a decision names */
  readonly rendering?: string;
  readonly tooLong?: boolean;
};

/** @throws CliError when it is something else */
export function readApproval(answer: unknown): ApprovalAnswer {
  const { id, state } = (answer ?? {}) as { id?: unknown; state?: unknown };
  if (typeof id !== 'string' || typeof state !== 'string')
    throw new CliError('the control API answered something else than an approval');
  return answer as ApprovalAnswer;
}

export async function fetchApproval(client: ControlApiClient, id: string): Promise<ApprovalAnswer> {
  return readApproval(await client.get(`/v1/approvals/${encodeURIComponent(id)}`));
}

/** Who asks, and through whom. */
export function requesterOf(approval: unknown): string {
  return [textAt(approval, 'requester', 'user'), textAt(approval, 'requester', 'act')]
    .filter(Boolean)
    .join(' through ');
}

/** Whom it may be decided by: names of the rules that ask, one after the other. */
export function rulesOf(approval: unknown): string {
  const requirements = (approval as { requirements?: unknown } | null)?.requirements;
  if (!Array.isArray(requirements)) return '';
  return requirements.map((requirement) => textAt(requirement, 'rule')).join(', ');
}

/** What a reviewer reads, ready for a terminal: its lines end with one. */
export function shownText({ text, tooLong }: ApprovalAnswer): string {
  const note = tooLong ? '\nIt is too long to be shown whole, so that nobody can approve it.' : '';
  return text ? `\n${printableLines(text)}${note}\n` : '';
}

/** How it stands, in one line: who decided and why. */
export function standing(approval: ApprovalAnswer): string {
  const decisions = itemsOf({ items: approval['decisions'] }).items.map((decision) => {
    const reason = textAt(decision, 'reason');
    const said = textAt(decision, 'decision') === 'deny' ? 'denied' : 'approved';
    return printable(`${said} by ${personOf(decision)}${reason === '' ? '' : ` (${reason})`}`);
  });
  const revoked = approval['revoked'];
  if (personOf(revoked) !== '')
    decisions.push(printable(`revoked by ${personOf(revoked)} (${textAt(revoked, 'reason')})`));
  return [approval.state, ...decisions].join('; ');
}

/** Who did it, by name; without one whatever is known of them. */
function personOf(deed: unknown): string {
  return textAt(deed, 'by', 'user') || textAt(deed, 'by');
}

/** Of a broken glass: what somebody else said afterwards, or until when they have to. */
function reviewOf(approval: ApprovalAnswer): string {
  const reviewed = (approval['glass'] as { reviewed?: unknown } | null | undefined)?.reviewed;
  if (textAt(reviewed, 'verdict') !== '')
    return `${textAt(reviewed, 'verdict')}, says ${personOf(reviewed)} (${textAt(reviewed, 'reason')})`;
  const due = textAt(approval, 'glass', 'due');
  if (due === '') return '';
  return `due by ${due}${textAt(approval, 'glass', 'overdue') === 'true' ? ', overdue' : ''}`;
}

/** What is known of it beside what is reviewed: a line for each member that there is. */
export function describe(approval: ApprovalAnswer): string {
  const waits = itemsOf({ items: approval['waits'] }).items;
  const waiting = waits.filter((wait) => textAt(wait, 'until') === '').length;
  const lines: readonly (readonly [string, string])[] = [
    ['approval', `${approval.id} (${textAt(approval, 'kind')})`],
    ['state', standing(approval)],
    ['asked by', requesterOf(approval)],
    ['purpose', textAt(approval, 'requester', 'purpose')],
    ['on', [textAt(approval, 'target'), textAt(approval, 'protocol')].filter(Boolean).join(', ')],
    // what is reviewed has it in words
    ['scope', approval.text ? '' : textAt(approval, 'scope')],
    ['reason', textAt(approval, 'reason')],
    ['incident', textAt(approval, 'incident')],
    ['unmasks', textAt(approval, 'unmask')],
    ['asked for by', rulesOf(approval)],
    ['asked at', textAt(approval, 'createdAt')],
    ['ends at', textAt(approval, 'expires')],
    ['uses left', ['pending', 'approved'].includes(approval.state) ? textAt(approval, 'usesLeft') : ''],
    ['waiting now', approval.state === 'pending' && waits.length > 0 ? `${waiting} of ${waits.length}` : ''],
    ['used by', usesOf(approval)],
    ['review', reviewOf(approval)],
    ['you', textAt(approval, 'you', 'why')],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(width)}${printableLines(value.replace(/\s+/g, ' '))}\n`)
    .join('');
}

function usesOf(approval: ApprovalAnswer): string {
  return itemsOf({ items: approval['usedBy'] })
    .items.map((use) => {
      const burnt = textAt(use, 'burnt') === 'true' ? ' (consumed, but not executed)' : '';
      return `${textAt(use, 'operation')} at ${textAt(use, 'at')}${burnt}`;
    })
    .join(', ');
}
