/** Tells whoever sends notifications that there is one to look at now. */
export abstract class NotificationTrigger {
  /** @param approval the one that it is about */
  abstract changed(approval: string): void;
}
