import type { ShardReport, StalledHead } from "../store/outbox-store.js";

/** One shard under a relay name, as operators see it. */
export interface ShardLag extends ShardReport {
  /** Events that this relay has neither sent nor put aside; at most {@link mostCounted}. */
  readonly unsent: number;
  /** Milliseconds since the oldest of them was added; 0 when there is none. */
  readonly oldestUnsentAgeMs: number;
}

/** The shards under one relay name. */
export interface RelayReport {
  readonly relay: string;
  /** Relays of this name that are alive. */
  readonly alive: number;
  readonly shards: readonly ShardLag[];
}

export interface OutboxStatus {
  /** Of the tables; 0 where there are none. */
  readonly version: number;
  /** How many shards the tables were made with; 0 where there are none. */
  readonly shards: number;
  readonly relays: readonly RelayReport[];
}

/** Something that an operator should know. `error`: it does not get better before a person has done something. */
export interface DoctorFinding {
  readonly level: "error" | "warning";
  readonly text: string;
}

/** An event that could not be sent, or that waits behind one of its key. */
export interface StalledEvent {
  readonly relay: string;
  readonly shard: number;
  readonly id: number;
  /** Names the key's lane: a hash, in hex. */
  readonly lane: string;
  /** `parked`: nobody tries any more. `suspect`: the process ended while it was being sent. */
  readonly state: StalledHead["state"];
  readonly attempts: number;
  readonly error: string | undefined;
  readonly messageId: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly key: Uint8Array | null;
  /** When it was added. */
  readonly createdAt: number;
}

/** Which stalled events. Without `relay` those of every relay name. */
export interface StalledSelection {
  readonly relay?: string;
  /** Ids of rows; every one when absent. */
  readonly ids?: readonly number[];
}

/** Which stalled events to list. */
export interface StalledFilter extends StalledSelection {
  /** Only those that nobody tries to send any more. */
  readonly isParked?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** What operators and the command line do, on every database. The connection stays the caller's. */
export interface OutboxAdmin {
  status(): Promise<OutboxStatus>;
  /** Looks for what would make a relay refuse, or work badly, or wait for a person. Empty when all is well. */
  doctor(): Promise<readonly DoctorFinding[]>;
  /** Stalled events in the order of their rows. */
  stalled(filter?: StalledFilter): Promise<readonly StalledEvent[]>;
  /** Has parked and waiting events tried again at once, with their attempts forgotten; answers how many. */
  retry(selection?: StalledSelection): Promise<number>;
  /** Gives parked events up: they are never published, and what waits behind them goes on. Answers how many. */
  drop(selection: StalledSelection): Promise<number>;
  /**
   * Forgets a relay name that is not used any more: until then everything stays that it has not passed. Answers whether
   * there was one.
   */
  forget(relay: string): Promise<boolean>;
}

/** A longer queue is not counted to its end. */
export const mostCounted = 1_000_000;

/** How long events may wait without a relay before that is a finding. */
const patienceMs = 60_000;

/** What every database's doctor says of the relays. */
export function relayFindings(relays: readonly RelayReport[]): readonly DoctorFinding[] {
  return relays.flatMap(({ relay, alive, shards }) => {
    const parked = shards.reduce((sum, shard) => sum + shard.parked, 0);
    const oldestMs = Math.max(0, ...shards.map(({ oldestUnsentAgeMs }) => oldestUnsentAgeMs));
    const findings: DoctorFinding[] = [];
    if (parked > 0) {
      const text = `relay ${relay}: ${parked} parked: nobody tries to send them any more, and what follows waits`;
      findings.push({ level: "error", text });
    }
    if (alive === 0 && oldestMs > patienceMs) {
      const text = `relay ${relay}: none is running, and events wait for ${Math.round(oldestMs / 1_000)} seconds`;
      findings.push({ level: "error", text });
    }
    return findings;
  });
}

/** What every doctor says of events that no relay name has a cursor for. */
export const noRelayYet = (waiting: number): readonly DoctorFinding[] =>
  waiting === 0
    ? []
    : [
        {
          level: "warning",
          text: `no relay has run yet; events wait for one (${waiting === 1_000 ? "1,000 or more" : waiting})`,
        },
      ];
