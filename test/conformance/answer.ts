type Key = string | number;

/** A decoded response, read by path: what the steps of a case need to go on, such as the member id a join was given. */
export class Answer {
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content;
  }

  at(...path: readonly Key[]): unknown {
    let here = this.#content;
    for (const key of path) here = (here as Readonly<Record<Key, unknown>> | null | undefined)?.[key];
    return here;
  }

  /** -1 where there is no number. */
  number(...path: readonly Key[]): number {
    const found = this.at(...path);
    return typeof found === "number" ? found : -1;
  }

  /** Empty where there is no text. */
  text(...path: readonly Key[]): string {
    const found = this.at(...path);
    return typeof found === "string" ? found : "";
  }

  list(...path: readonly Key[]): readonly Answer[] {
    const found = this.at(...path);
    return Array.isArray(found) ? found.map((one) => new Answer(one)) : [];
  }
}
