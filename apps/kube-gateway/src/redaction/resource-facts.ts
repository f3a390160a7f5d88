/** Of which answer to which request. */
export interface ResourceFacts {
  /** '' or `core` for the legacy group */
  readonly group: string;
  /** '' for anything but resources */
  readonly resource: string;
  readonly subresource: string;
}
