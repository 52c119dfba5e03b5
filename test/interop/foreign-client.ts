import type { Compression } from "@ottla/protocol";
import { Child } from "../kit/child.js";
import type { SampleTitle } from "./sample-records.js";

/** A record as the programs of foreign clients take and give it. Bytes are in base64. */
export interface ForeignRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  /** Milliseconds since the epoch. */
  readonly timestamp?: number;
}

export interface ForeignReceived extends ForeignRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/**
 * What every foreign client's program can be asked, a line of JSON each; it answers one line of JSON:
 * `{"answer": …}` or `{"error": text}`.
 */
export interface ForeignCommands {
  /** Sends in this order, with acks=all; answers when all are acknowledged. */
  produce(command: {
    readonly topic: string;
    readonly records: readonly ForeignRecord[];
    readonly codec?: Compression;
    readonly idempotent?: boolean;
  }): null;
  /** Reads so many records of all partitions from the beginning, outside of a group; committed ones unless `uncommitted`. */
  consume(command: {
    readonly topic: string;
    readonly count: number;
    readonly uncommitted?: boolean;
  }): readonly ForeignReceived[];
  /** Joins, reads so many records from where the group stopped, commits behind them, leaves. */
  consumeAsGroup(command: {
    readonly topic: string;
    readonly group: string;
    readonly count: number;
  }): readonly ForeignReceived[];
  /** The first offset with this timestamp or a later one; -1 for none. */
  offsetAt(command: { readonly topic: string; readonly partition: number; readonly timestamp: number }): number;
  createTopic(command: {
    readonly topic: string;
    readonly partitions: number;
    readonly config: Readonly<Record<string, string>>;
  }): null;
  /** Partitions of each topic, by name. */
  listTopics(command: Record<string, never>): Readonly<Record<string, number>>;
  describeConfig(command: { readonly topic: string }): Readonly<Record<string, string | null>>;
  deleteTopic(command: { readonly topic: string }): null;
  /** A new producer with the transactional id `identity` sends them in one transaction, and ends it so. */
  transact(command: {
    readonly topic: string;
    readonly records: readonly ForeignRecord[];
    readonly identity: string;
    readonly end: TransactionEnd;
  }): null;
  /** Joins, reads so many records from where the group stopped, sends them on with its offsets in one transaction, leaves. */
  transfer(command: {
    readonly source: string;
    readonly target: string;
    readonly group: string;
    readonly count: number;
    readonly identity: string;
    readonly end: TransactionEnd;
  }): readonly ForeignReceived[];
  /**
   * A producer sends `lost` in a transaction that it leaves open; another one with its transactional id commits `records`;
   * then the first one commits. Answers the error that it gets.
   */
  outlive(command: {
    readonly topic: string;
    readonly lost: readonly ForeignRecord[];
    readonly records: readonly ForeignRecord[];
    readonly identity: string;
  }): string;
}

export type TransactionEnd = "commit" | "abort";

export type ForeignCommand = keyof ForeignCommands;

/** Somebody else's client, as a program that speaks {@link ForeignCommands}. */
export interface ForeignClient {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing?: string | undefined;
  readonly command: readonly string[];
  readonly codecs: readonly Compression[];
  /** How its partitioner differs from Kafka's own, where it does. */
  readonly otherPartitioner?: string;
  /** What the client has no call for, with the reason. */
  readonly unable: Readonly<Partial<Record<ForeignCommand | "idempotent", string>>>;
  /** Sample records that it cannot send, with the reason. */
  readonly unableToSend: Readonly<Partial<Record<SampleTitle, string>>>;
  /** Sample records that it reads but cannot show as they are, with the reason. */
  readonly unableToShow: Readonly<Partial<Record<SampleTitle, string>>>;
}

/** A running program of a foreign client. It is killed when the test ends. */
export class ForeignSession {
  readonly #child: Child;
  #asked = 0;

  constructor(client: ForeignClient, bootstrap: string) {
    const [program = "", ...args] = client.command;
    this.#child = new Child(program, [...args, bootstrap], { input: true });
  }

  async ask<C extends ForeignCommand>(
    command: C,
    given: Parameters<ForeignCommands[C]>[0],
  ): Promise<ReturnType<ForeignCommands[C]>> {
    const id = this.#asked++;
    this.#child.write(`${JSON.stringify({ ...given, do: command, id })}\n`);
    const line = await this.#child.line((text) => text.startsWith(`{"id": ${id},`) || text.startsWith(`{"id":${id},`));
    const reply = JSON.parse(line) as { readonly answer?: unknown; readonly error?: string };
    if (reply.error !== undefined) throw new Error(`${command}: ${reply.error}\n${this.#child.errors.slice(-2_000)}`);
    return reply.answer as ReturnType<ForeignCommands[C]>;
  }
}
