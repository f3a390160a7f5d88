/** The clear body of an event, or why it cannot be read. `erased`: its key was destroyed, for good. */
export type OpenedBody =
  | { readonly state: 'open'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly state: 'erased' }
  | { readonly state: 'unreadable'; readonly reason: string };
