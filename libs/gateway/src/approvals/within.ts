/**
 * What `work` resolves to, if it does so in time; a connection that says nothing must not hold a client longer than one that is refused.
 * @param ms how long at most @throws Error when the time is over; the work goes on unseen
 */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the audit database did not ${what} within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
