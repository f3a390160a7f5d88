/** What a decision depends on beside who asks for what: where from. */
export interface Situation {
  /** IP address of the client as the gateway sees it */
  readonly address: string;
}
