import { type ApiName, protocolErrors } from "@ottla/protocol";
import { durationMs } from "@ottla/world";
import { ArmedFault } from "./armed-fault.js";
import type { FaultHit } from "./fault.js";
import type { FaultAction, FaultTiming } from "./fault-action.js";
import { checkMatch, type FaultMatch } from "./fault-match.js";
import type { FaultActions, Faults } from "./faults.js";
import type { Values } from "./request-scope.js";

type ResponseMaker = (request: unknown, version: number) => Values;

/** The faults of one broker. */
export class FaultList implements Faults {
  readonly #faults: ArmedFault[] = [];

  on<N extends ApiName>(api: N, match: FaultMatch<N> = {}): FaultActions<N> {
    checkMatch(api, match);
    const set = (action: FaultAction) => this.#set(api, match, action);
    const isAfter = ({ after = false }: FaultTiming = {}) => after;
    return {
      reply(code, timing) {
        const known: string = code;
        if (!Object.hasOwn(protocolErrors, code) || known === "NONE")
          throw new TypeError(`${code} is no error code of Kafka's`);
        return set({ kind: "reply", code, isAfter: isAfter(timing) });
      },
      replyWith(given: unknown, timing) {
        const response = typeof given === "function" ? (given as ResponseMaker) : () => given as Values;
        return set({ kind: "replyWith", response, isAfter: isAfter(timing) });
      },
      delay: (duration, timing) => set({ kind: "delay", delayMs: durationMs(duration), isAfter: isAfter(timing) }),
      drop: (timing) => set({ kind: "drop", isAfter: isAfter(timing) }),
      close: (timing) => set({ kind: "cut", bytes: 0, isAfter: isAfter(timing) }),
      truncate: (bytes) => set({ kind: "cut", bytes, isAfter: true }),
    };
  }

  #set<N extends ApiName>(api: N, match: FaultMatch<N>, action: FaultAction): ArmedFault<N> {
    const fault = new ArmedFault(api, match, action, () => {
      const index = this.all.indexOf(listed);
      if (index !== -1) this.#faults.splice(index, 1);
    });
    // It is asked only about requests of its own API.
    const listed = fault as unknown as ArmedFault;
    this.#faults.push(listed);
    return fault;
  }

  get all(): readonly ArmedFault[] {
    return this.#faults;
  }

  get hits(): readonly FaultHit[] {
    return this.#faults.flatMap(({ hits }) => hits);
  }

  clear(): void {
    for (const fault of [...this.#faults]) fault.remove();
  }
}
