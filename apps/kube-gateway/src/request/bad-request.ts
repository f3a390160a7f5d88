/** What a refusal of the request itself says, as a `metav1.Status` names it. */
export type RefusalReason =
  'BadRequest' | 'Forbidden' | 'MethodNotAllowed' | 'RequestURITooLong' | 'NotAcceptable' | 'UnsupportedMediaType';

/**
 * A request that is not forwarded because of its own form: what it says could be read in two ways, or not at all.
 * `reason` and `code` are those of the `metav1.Status` the client gets; `message` is made for people and holds no
 * bytes of the request but names that were checked.
 */
export class BadRequest extends Error {
  constructor(
    message: string,
    readonly reason: RefusalReason = 'BadRequest',
    readonly code = 400,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** A well-formed request that this door never serves: 403 `Forbidden`. */
export class Forbidden extends BadRequest {
  constructor(message: string) {
    super(message, 'Forbidden', 403);
  }
}

/** A method that the API server does not serve there: 405. */
export class MethodNotAllowed extends BadRequest {
  constructor(message: string) {
    super(message, 'MethodNotAllowed', 405);
  }
}
