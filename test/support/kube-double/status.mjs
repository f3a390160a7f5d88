const reasons = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  501: 'NotImplemented',
  504: 'Timeout',
};

/** A `metav1.Status` of a failure. */
export function failure(code, message, { reason = reasons[code] ?? 'Unknown', details } = {}) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details ? { details } : {}),
    code,
  };
}

/** Thrown where a request ends in a Status. */
export class Refused extends Error {
  constructor(code, message, more) {
    super(message);
    this.code = code;
    this.status = failure(code, message, more);
  }
}

const detailsOf = (type, name) => ({ ...(name ? { name } : {}), ...(type.group ? { group: type.group } : {}) });
const qualified = (type) => (type.group ? `${type.resource}.${type.group}` : type.resource);

export const notFound = (type, name) =>
  new Refused(404, `${qualified(type)} "${name}" not found`, {
    details: { ...detailsOf(type, name), kind: type.resource },
  });

export const alreadyExists = (type, name) =>
  new Refused(409, `${qualified(type)} "${name}" already exists`, {
    reason: 'AlreadyExists',
    details: { ...detailsOf(type, name), kind: type.resource },
  });

export const conflict = (type, name) =>
  new Refused(
    409,
    `Operation cannot be fulfilled on ${qualified(type)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { ...detailsOf(type, name), kind: type.resource } },
  );

/** @param causes `{ reason, field, message }`; messages quote values as the real server does */
export const invalid = (type, name, causes) =>
  new Refused(
    422,
    `${type.kind}${type.group ? `.${type.group}` : ''} "${name}" is invalid: ${causes.map(({ field, message }) => `${field}: ${message}`).join(', ')}`,
    { details: { ...detailsOf(type, name), kind: type.kind, causes } },
  );
