/** The SQLSTATEs the gateway itself produces or looks for; the server's others pass as they are. */
export const SQLSTATE = {
  connectionFailure: '08006',
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  characterNotInRepertoire: '22021',
  inFailedTransaction: '25P02',
  invalidStatementName: '26000',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  invalidCursorName: '34000',
  invalidCatalogName: '3D000',
  insufficientPrivilege: '42501',
  syntaxError: '42601',
  nameTooLong: '42622',
  duplicatePreparedStatement: '42P05',
  tooManyConnections: '53300',
  programLimitExceeded: '54000',
  statementTooComplex: '54001',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  cannotConnectNow: '57P03',
  idleSessionTimeout: '57P05',
  approvalPending: 'SP001',
  approvalDenied: 'SP002',
  internalError: 'XX000',
} as const;

/** Any SQLSTATE of the table above. */
export type Sqlstate = (typeof SQLSTATE)[keyof typeof SQLSTATE];
