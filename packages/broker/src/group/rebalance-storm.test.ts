import { KafkaProtocolError } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoordinatorWorld, group, joinGroup } from "./coordinator-world.test-kit.js";
import type { GroupCoordinator } from "./group-coordinator.js";
import type { JoinAnswer } from "./group-event.js";

const topic = "orders";
const partitions = Array.from({ length: 100 }, (_, partition) => partition);
const heartbeatMs = 3000;
const backoffMs = 200;
const rebalanceTimeoutMs = 10_000;

/** Numbers from 0 to 1 that a seed decides. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low));
  }
}

/** What everybody does to the group, and what must hold of it. */
class Storm {
  readonly world = new CoordinatorWorld();
  readonly chance: Chance;
  coordinator: GroupCoordinator;
  isOver = false;
  /** By generation, whom each partition was given to. */
  readonly #owners = new Map<number, Map<number, string>>();
  readonly #committed = new Map<number, number>();
  rebalances = 0;
  commits = 0;

  private constructor(chance: Chance, coordinator: GroupCoordinator, world: CoordinatorWorld) {
    this.chance = chance;
    this.coordinator = coordinator;
    this.world = world;
  }

  static async begin(seed: number): Promise<Storm> {
    const world = new CoordinatorWorld();
    return new Storm(new Chance(seed), await world.open(), world);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.time.after(ms, resolve));
  }

  /** The broker dies with what it had not synced, and comes back. */
  async crash(): Promise<void> {
    for (const log of this.world.logs) log.isHeld = true;
    await this.world.time.advance(this.chance.between(1, 500));
    const dead = this.coordinator;
    this.world.crash();
    await dead.close();
    this.coordinator = await this.world.open();
  }

  given(generation: number, name: string, owned: readonly number[]): void {
    const owners = this.#owners.get(generation) ?? new Map<number, string>();
    if (!this.#owners.has(generation)) this.rebalances += 1;
    this.#owners.set(generation, owners);
    for (const partition of owned) {
      const owner = owners.get(partition);
      if (owner !== undefined && owner !== name) {
        throw new Error(`${topic}-${partition} belongs to ${owner} and ${name} in generation ${generation}`);
      }
      owners.set(partition, name);
    }
  }

  read(partition: number, offset: number): void {
    const known = this.#committed.get(partition) ?? 0;
    if (offset < known) throw new Error(`${topic}-${partition}: offset ${offset} after ${known} was acknowledged`);
  }

  acknowledged(partition: number, offset: number): void {
    this.read(partition, offset);
    this.#committed.set(partition, offset);
    this.commits += 1;
  }
}

/** A consumer: joins, gets its share, commits a step further now and then, leaves or dies. */
class Member {
  readonly #storm: Storm;
  readonly #instanceId: string | null;
  #memberId = "";
  #generation = -1;
  owned: readonly number[] = [];

  constructor(storm: Storm, instanceId: string | null) {
    this.#storm = storm;
    this.#instanceId = instanceId;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Goes on until the storm is over and it was told to stop, or until it has had enough. */
  async live(isStopped: () => boolean): Promise<void> {
    const { chance } = this.#storm;
    while (!isStopped()) {
      this.owned = [];
      this.#generation = -1;
      const joined = await this.#ask(() => this.#join());
      const isIn = joined !== undefined && (await this.#ask(() => this.#takeShare(joined)));
      if (isIn !== true) {
        await this.#storm.sleep(backoffMs);
        continue;
      }
      while (!isStopped() && (await this.#ask(() => this.#work())) === true) {
        await this.#storm.sleep(chance.between(heartbeatMs / 2, heartbeatMs));
        // Dead without a word: the group finds out when the session is over.
        if (!this.#storm.isOver && chance.next() < 0.01) return this.#restart(chance.between(1000, 30_000));
        if (!this.#storm.isOver && chance.next() < 0.02) {
          await this.#ask(() => this.#leave());
          return this.#restart(chance.between(0, 10_000));
        }
      }
    }
  }

  #restart(afterMs: number): Promise<void> {
    this.#memberId = "";
    this.owned = [];
    this.#generation = -1;
    return this.#storm.sleep(afterMs);
  }

  async #ask<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof KafkaProtocolError)) throw error;
      if (error.code === "UNKNOWN_MEMBER_ID") this.#memberId = "";
      return undefined;
    }
  }

  async #join(): Promise<JoinAnswer> {
    const request = joinGroup({
      memberId: this.#memberId,
      instanceId: this.#instanceId,
      rebalanceTimeoutMs,
      requiresKnownMemberId: true,
    });
    const answer = await this.#storm.coordinator.joinGroup(group, request);
    if (answer.error === "MEMBER_ID_REQUIRED") {
      this.#memberId = answer.memberId;
      return this.#join();
    }
    if (answer.error !== "NONE") throw new KafkaProtocolError(answer.error, "JoinGroup");
    this.#memberId = answer.memberId;
    return answer;
  }

  async #takeShare({ generation, leader, members }: JoinAnswer): Promise<boolean> {
    const { coordinator } = this.#storm;
    const isLeader = leader === this.#memberId;
    const shares = members.map(
      (member, index) =>
        [member.memberId, Buffer.from(partitions.filter((partition) => partition % members.length === index))] as const,
    );
    const { error, assignment } = await coordinator.syncGroup(group, {
      memberId: this.#memberId,
      instanceId: this.#instanceId,
      generation,
      protocolType: null,
      protocolName: null,
      assignments: new Map(isLeader ? shares : []),
    });
    if (error !== "NONE") throw new KafkaProtocolError(error, "SyncGroup");
    this.#generation = generation;
    this.owned = [...assignment];
    // A static member that comes back has its share again, under another member id.
    this.#storm.given(generation, this.#instanceId ?? this.#memberId, this.owned);
    return true;
  }

  get #identity() {
    return { memberId: this.#memberId, instanceId: this.#instanceId, generation: this.#generation };
  }

  /** One step further in all it has, and a sign of life. */
  async #work(): Promise<boolean> {
    const { coordinator } = this.#storm;
    const [found] = await coordinator.fetchOffsets(group, [{ topic, partitions: this.owned }]);
    const next = (found?.partitions ?? []).map(({ partition, offset }) => ({
      partition,
      offset: (offset?.offset ?? 0) + 1,
    }));
    for (const { partition, offset } of next) this.#storm.read(partition, offset - 1);
    const value = { leaderEpoch: -1, metadata: "", commitTimestamp: 0, expireTimestamp: null, topicId };
    const commits = next.map(({ partition, offset }) => ({ topic, partition, value: { ...value, offset } }));
    const by = this.#identity;
    await coordinator.commitOffsets(group, by, commits);
    for (const { partition, offset } of next) this.#storm.acknowledged(partition, offset);
    const error = await coordinator.heartbeat(group, by);
    if (error !== "NONE") throw new KafkaProtocolError(error, "Heartbeat");
    return true;
  }

  async #leave(): Promise<void> {
    const { memberId, instanceId } = this.#identity;
    await this.#storm.coordinator.leaveGroup(group, [{ memberId, instanceId }]);
  }
}

const topicId = Buffer.from("orders-id".padEnd(16)).toString("base64url");

describe("a storm of rebalances", () => {
  it("gives no partition to two members, loses no commit, and comes to rest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), async (seed) => {
        const storm = await Storm.begin(seed);
        const { chance, world } = storm;
        let isStopped = false;
        let failure: unknown;
        const members = Array.from({ length: 200 }, (_, index) => {
          const member = new Member(storm, index % 5 === 0 ? `static-${index}` : null);
          const living = async () => {
            await storm.sleep(chance.between(0, 60_000));
            while (!isStopped) await member.live(() => isStopped);
          };
          living().catch((error: unknown) => {
            failure ??= error;
          });
          return member;
        });
        for (let round = 0; round < 12 && failure === undefined; round += 1) {
          await world.time.advance(chance.between(5000, 20_000));
          if (chance.next() < 0.3) await storm.crash();
        }
        storm.isOver = true;
        // The dead of the last round are found out, and everybody joins once more.
        await world.time.advance(60_000);
        isStopped = true;
        expect(failure).toBeUndefined();
        const description = await storm.coordinator.describe(group);
        expect(description).toMatchObject({ state: "stable" });
        expect(description?.members).toHaveLength(members.length);
        expect(new Set(members.map(({ generation }) => generation)).size).toBe(1);
        expect(members.flatMap(({ owned }) => owned).sort((a, b) => a - b)).toEqual(partitions);
        expect(storm.rebalances).toBeGreaterThan(5);
        expect(storm.commits).toBeGreaterThan(1000);
        await world.time.advance(60_000);
      }),
      { numRuns: 2 },
    );
  });
});
