import type { Network } from "@ottla/world";
import type { SeededRandom } from "../../sim/seeded-random.js";

/** Where a workload runs: in a simulation, or on this machine. */
export interface Surroundings {
  readonly address: { readonly host: string; readonly port: number };
  readonly random: SeededRandom;
  /** Longest wait for an answer, in milliseconds. */
  readonly patienceMs: number;
  readonly sessionTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  /** The network as the client of this name sees it. */
  network(client: string): Network;
  sleep(ms: number): Promise<void>;
  wallMs(): number;
}
