import { ApprovalError, type StoredApproval } from './stored-approval.js';

export const notFound = (id: string): ApprovalError => new ApprovalError('not-found', `There is no approval ${id}.`);

export function settled({ state }: StoredApproval): ApprovalError {
  return new ApprovalError('settled', `The approval is ${state} already.`, state);
}

/** What the schema refused, in our words; anything else as it is. */
export function refusalOf(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (error instanceof ApprovalError || typeof code !== 'string') return error;
  if (code === '23505')
    return new ApprovalError('decided-already', 'This person has decided about it already.', 'pending', {
      cause: error,
    });
  if (code === '42501' || code === '23514')
    return new ApprovalError('not-allowed', 'The schema of the audit database refuses this change.', null, {
      cause: error,
    });
  return error;
}
