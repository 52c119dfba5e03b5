import { RegistryRefusal } from "../registry-refusal.js";

/** Who writes to the topic, as far as this server knows. */
export type Leader =
  | { readonly kind: "self" }
  | { readonly kind: "other"; readonly url: string }
  | { readonly kind: "unknown" };

/** A write that is another server's to do, or nobody's at present. */
export class NotLeaderError extends RegistryRefusal {
  /** The server that writes; undefined where none is known. */
  readonly leaderUrl: string | undefined;

  constructor(leader: Exclude<Leader, { kind: "self" }>) {
    super(50004, "Leader not known.");
    this.leaderUrl = leader.kind === "other" ? leader.url : undefined;
  }
}

/** Who leads, kept by an election. A server that runs alone leads itself. */
export class Leadership {
  #leader: Leader;
  #terms = 0;
  #isSettled: boolean;
  #waiting: (() => void)[] = [];

  constructor(leader: Leader = { kind: "self" }) {
    this.#leader = leader;
    this.#isSettled = leader.kind !== "unknown";
  }

  get leader(): Leader {
    return this.#leader;
  }

  /** How often this server was elected. */
  get terms(): number {
    return this.#terms;
  }

  set(leader: Leader): void {
    this.#leader = leader;
    if (leader.kind === "self") this.#terms += 1;
  }

  /** An election was held, whoever won, if anybody did. */
  settle(leader: Leader): void {
    this.set(leader);
    this.#isSettled = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when an election was held, or none is needed. */
  settled(): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @throws {@link NotLeaderError} where this server does not write. */
  check(): void {
    if (this.#leader.kind !== "self") throw new NotLeaderError(this.#leader);
  }
}
