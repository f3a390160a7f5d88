import { Question, questionBytes } from './question.js';
import type { UpstreamConnection } from './upstream-connection.js';

/** A connection to a target that only the gateway itself asks on; no client's session. One question at a time. */
export class OwnConnection {
  readonly #connection: UpstreamConnection;
  #question: Question | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #gone = false;

  /** @param onGone once, when the target has closed it */
  constructor(connection: UpstreamConnection, onGone: () => void = () => undefined) {
    this.#connection = connection;
    connection.relay(
      (type, buffer, start, end) => {
        if (this.#question?.take(type, buffer, start, end) === 'done') this.#question = null;
      },
      () => undefined,
      () => {
        this.#gone = true;
        this.#question?.abandon();
        this.#question = null;
        onGone();
      },
    );
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Rows of text. @throws QuestionError when the target refuses, Error when it is gone */
  ask(...statements: readonly [string, ...string[]]): Promise<(string | null)[][]> {
    const answer = this.#last.then(() => {
      if (this.#gone) throw new Error('the target closed the connection');
      const question = new Question();
      this.#question = question;
      this.#connection.write(questionBytes(statements));
      return question.answer;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  end(): void {
    this.#connection.end();
  }
}
