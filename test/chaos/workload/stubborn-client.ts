import {
  type Api,
  errorCodeOf,
  type ProtocolErrorCode,
  protocolErrors,
  type RequestInput,
  type ResponseOf,
} from "@ottla/protocol";
import { Violation } from "../../kit/violation.js";
import { WireClient } from "../../kit/wire-client.js";
import type { Surroundings } from "./surroundings.js";

/** No answer came: whether the request was done is unknown. */
export class UnansweredError extends Error {
  override readonly name = "UnansweredError";
}

/** What came of an attempt: the code that was answered, or nothing. */
export type Answer = ProtocolErrorCode | "UNANSWERED";

/** Whether the same request may be sent again. */
export function isRetriable(code: Answer): boolean {
  return code === "UNANSWERED" || protocolErrors[code].retriable;
}

/** A connection that is made anew after each failure. Requests on it are answered, or rejected in time. */
export class StubbornClient {
  readonly name: string;
  readonly #where: Surroundings;
  #client: WireClient | undefined;

  constructor(name: string, where: Surroundings) {
    this.name = name;
    this.#where = where;
  }

  /** @throws UnansweredError */
  async ask<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    patienceMs = this.#where.patienceMs,
  ): Promise<ResponseOf<A>> {
    this.#client ??= new WireClient(this.#where.network(this.name), this.#where.address);
    const client = this.#client;
    try {
      const late = this.#where.sleep(patienceMs).then(() => {
        throw new Error("no answer in time");
      });
      return await Promise.race([client.call(api, version, body), late]);
    } catch (cause) {
      client.close();
      if (this.#client === client) this.#client = undefined;
      await this.#where.sleep(5 + this.#where.random.next() * 30);
      throw new UnansweredError(`${this.name}: ${api.name} was not answered`, { cause });
    }
  }

  /**
   * The code that `codeOf` finds in the answer.
   *
   * @throws Violation for UNKNOWN_SERVER_ERROR: whatever goes wrong with disks and peers has another name.
   */
  async code<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    codeOf: (response: ResponseOf<A>) => number | undefined,
  ): Promise<Answer> {
    try {
      const code = errorCodeOf(codeOf(await this.ask(api, version, body)) ?? -1);
      if (code === "UNKNOWN_SERVER_ERROR") throw new Violation(`${this.name}: ${api.name} says ${code}`);
      return code;
    } catch (error) {
      if (error instanceof UnansweredError) return "UNANSWERED";
      throw error;
    }
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }
}
