import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupHarness, protocol } from "./group-harness.test-kit.js";
import { groupMetadataOf, restoreGroup } from "./group-metadata.js";
import { decodeGroupRecord, encodeGroupRecord } from "./group-records.js";
import { type GroupMember, type GroupState, isPopulated, membersOf, type Ticket } from "./group-state.js";
import { metadataOf } from "./protocol-selection.js";

/** A client as it sees itself: what it waits for, and what it knows. */
interface Client {
  readonly name: string;
  readonly instanceId: string | null;
  memberId: string;
  generation: number;
  isLeader: boolean;
  members: readonly string[];
  waitsFor: { readonly kind: "join" | "sync"; readonly ticket: Ticket } | null;
  owns: string | null;
}

type Act = "join" | "sync" | "heartbeat" | "leave" | "restart" | "repeat" | "commit";
type Action =
  | { readonly kind: Act; readonly client: number }
  | { readonly kind: "wait"; readonly ms: number }
  /** These clients take the next step of their way into the group, as far as they are the ones to act. */
  | { readonly kind: "goOn"; readonly clients: readonly boolean[] };

const clients = 5;
const acts: readonly Act[] = ["join", "sync", "heartbeat", "leave", "restart", "repeat", "commit"];
const someClients = fc.oneof(
  fc.constant(Array<boolean>(clients).fill(true)),
  fc.array(fc.boolean(), { minLength: clients, maxLength: clients }),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("goOn" as const), clients: someClients }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom(...acts), client: fc.nat(clients - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 3000, 6000) }) },
);

const settings = fc.record({
  initialRebalanceDelayMs: fc.constantFrom(0, 3000),
  maxSize: fc.constantFrom(3, 100, 100),
  requiresKnownMemberId: fc.boolean(),
  canSkipAssignment: fc.boolean(),
});

/** Clients that do what clients do, in any order, and at times what they should not. */
class Model {
  readonly group: GroupHarness;
  readonly clients: Client[];
  readonly tickets: Ticket[] = [];
  readonly #settings: { requiresKnownMemberId: boolean; canSkipAssignment: boolean };
  #ids = 0;
  #wish = 0;

  constructor(options: { initialRebalanceDelayMs: number; maxSize: number } & Model["clientSettings"]) {
    this.group = new GroupHarness(options);
    this.#settings = options;
    this.clients = Array.from({ length: clients }, (_, index) => ({
      name: `c${index}`,
      instanceId: index < 2 ? `i${index}` : null,
      ...forgotten(),
    }));
  }

  get clientSettings() {
    return this.#settings;
  }

  run(step: Action): void {
    if (step.kind === "wait") this.group.advance(step.ms);
    else if (step.kind === "goOn") this.#goOn(step.clients);
    else this.#act(step.kind, this.clients[step.client]);
    for (const client of this.clients) this.#look(client);
  }

  #goOn(chosen: readonly boolean[]): void {
    for (const [index, client] of this.clients.entries()) {
      if (client.waitsFor !== null || chosen[index] !== true) continue;
      if (client.generation === 0) this.#join(client);
      else if (client.owns === null) this.#sync(client);
      else if (this.group.heartbeat(client.memberId, client.generation, client.instanceId) !== "NONE") {
        client.generation = 0;
        this.#join(client);
      }
    }
    this.group.advance(1);
  }

  #act(kind: Act, client: Client | undefined): void {
    if (client === undefined) return;
    switch (kind) {
      case "join":
        if (client.waitsFor === null) this.#join(client);
        break;
      case "repeat":
        if (client.waitsFor?.kind === "join") this.#join(client);
        if (client.waitsFor?.kind === "sync") this.#sync(client);
        break;
      case "sync":
        if (client.waitsFor === null && client.generation > 0) this.#sync(client);
        break;
      case "heartbeat":
        if (client.memberId !== "") this.group.heartbeat(client.memberId, client.generation, client.instanceId);
        break;
      case "commit":
        this.group.send({ kind: "offsetsCommitted", memberId: client.memberId });
        break;
      case "leave":
        if (client.memberId !== "") this.group.leave([client.memberId, client.instanceId]);
        Object.assign(client, forgotten());
        break;
      case "restart":
        Object.assign(client, forgotten());
        break;
    }
  }

  #join(client: Client): void {
    this.#ids += 1;
    client.owns = null;
    client.generation = 0;
    const { memberId, instanceId } = client;
    const ticket = this.group.join({
      memberId,
      newMemberId: `${client.name}-${this.#ids}`,
      instanceId,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 9000,
      protocols: [protocol("a", String(this.#ids % 3)), protocol("b")].slice(this.#ids % 4 === 0 ? 1 : 0),
      ...this.#settings,
    });
    this.tickets.push(ticket);
    client.waitsFor = { kind: "join", ticket };
  }

  #sync(client: Client): void {
    // What the leader wishes names the generation and the wish: nobody may get parts of two.
    this.#wish += 1;
    // At times it forgets somebody.
    const considered = this.#wish % 3 === 0 ? client.members.slice(1) : client.members;
    const wish = Object.fromEntries(considered.map((id) => [id, `${client.generation}/${this.#wish}/${id}`]));
    const ticket = this.group.sync(client.memberId, client.generation, client.isLeader ? wish : {}, client.instanceId);
    this.tickets.push(ticket);
    client.waitsFor = { kind: "sync", ticket };
  }

  /** Takes what was answered meanwhile. */
  #look(client: Client): void {
    if (client.waitsFor === null || !this.group.answers.has(client.waitsFor.ticket)) return;
    const { kind, ticket } = client.waitsFor;
    client.waitsFor = null;
    const answer = kind === "join" ? this.group.joinAnswer(ticket) : this.group.syncAnswer(ticket);
    switch (answer?.error) {
      case "NONE":
        break;
      case "UNKNOWN_MEMBER_ID":
      case "FENCED_INSTANCE_ID":
      case "GROUP_MAX_SIZE_REACHED":
        Object.assign(client, forgotten());
        return;
      default:
        if (kind === "join") client.memberId = this.group.joinAnswer(ticket)?.memberId ?? "";
        client.generation = 0;
        return;
    }
    if (kind === "join") {
      const { memberId, generation, leader, members, skipAssignment } = this.group.joinAnswer(ticket) ?? missing();
      const isLeader = leader === memberId && !skipAssignment;
      Object.assign(client, { memberId, generation, isLeader, members: members.map((member) => member.memberId) });
    } else {
      client.owns = String(this.group.syncAnswer(ticket)?.assignment);
    }
  }
}

const missing = (): never => {
  throw new Error("no answer");
};

const forgotten = () => ({
  memberId: "",
  generation: 0,
  isLeader: false,
  members: [] as readonly string[],
  waitsFor: null,
  owns: null,
});

function checkShape(group: GroupHarness): void {
  const { state } = group;
  const members = membersOf(state);
  if (state.kind === "dead") return;
  for (const memberId of state.pendingMembers) {
    expect(members.has(memberId)).toBe(false);
    expect(group.timers.has(memberId)).toBe(true);
  }
  if (!isPopulated(state)) return;
  const isParked = (id: string) =>
    state.kind === "preparingRebalance"
      ? state.joins.has(id)
      : state.kind === "completingRebalance" && state.syncs.has(id);
  // Nobody stays in a group unwatched.
  for (const memberId of members.keys()) expect(group.timers.has(memberId) || isParked(memberId)).toBe(true);
  if (state.kind === "preparingRebalance") {
    for (const memberId of state.joins.keys()) expect(members.has(memberId)).toBe(true);
    expect(group.timers.has("join")).toBe(true);
    expect(group.timers.has("sync")).toBe(false);
    expect(state.leader === null ? members.size === 0 : members.has(state.leader)).toBe(true);
    return;
  }
  expect(members.has(state.leader)).toBe(true);
  for (const memberId of state.pendingSyncs) expect(members.has(memberId)).toBe(true);
  expect(group.timers.has("sync")).toBe(state.pendingSyncs.size > 0);
  expect(group.timers.has("join")).toBe(false);
  if (state.kind === "completingRebalance") {
    for (const memberId of state.syncs.keys()) expect(members.has(memberId)).toBe(true);
    expect(state.syncs.has(state.leader)).toBe(false);
  }
}

function checkOwners({ group, clients: all }: Model): void {
  const { state } = group;
  if (state.kind !== "stable") return;
  const assignments = [...state.members.values()]
    .map(({ assignment }) => String(assignment))
    .filter((text) => text !== "");
  expect(new Set(assignments).size).toBe(assignments.length);
  // All that is assigned is of this generation and of one leader's wish.
  expect(new Set(assignments.map((text) => text.split("/").slice(0, 2).join("/"))).size).toBeLessThanOrEqual(1);
  for (const text of assignments) expect(text.startsWith(`${state.generation}/`)).toBe(true);
  for (const client of all) {
    if (client.owns === null || client.generation !== state.generation) continue;
    const member = state.members.get(client.memberId);
    if (member !== undefined) expect(String(member.assignment)).toBe(client.owns);
  }
}

/** A state as a restart brings it back. */
function restored(state: GroupState): GroupState {
  if (state.kind !== "empty" && state.kind !== "stable") throw new Error(`${state.kind} is not kept`);
  const record = encodeGroupRecord({ type: "group", group: "g", value: groupMetadataOf(state) }, 0);
  const decoded = decodeGroupRecord(record);
  if (decoded?.type !== "group" || decoded.value === null) throw new Error("not a group");
  return restoreGroup(decoded.value);
}

/** What a restart may forget: who is pending, and the protocols that were not chosen. */
function keepable(state: GroupState): GroupState {
  if (state.kind === "empty") return { ...state, pendingMembers: new Set() };
  if (state.kind !== "stable") throw new Error(`${state.kind} is not kept`);
  const { protocolName } = state;
  const members = new Map<string, GroupMember>();
  for (const [memberId, member] of state.members) {
    const protocols = [{ name: protocolName, metadata: metadataOf(member, protocolName) }];
    members.set(memberId, { ...member, protocols });
  }
  return { ...state, members, pendingMembers: new Set(), pendingSyncs: new Set() };
}

describe("a group whose members come and go in any way", () => {
  it("never gives two members assignments of different generations, never goes back, keeps everybody watched", () => {
    fc.assert(
      fc.property(settings, fc.array(action, { maxLength: 60, size: "max" }), (options, actions) => {
        const model = new Model(options);
        let generation = 0;
        for (const step of actions) {
          model.run(step);
          const { state } = model.group;
          if (state.kind === "dead") throw new Error("nobody deleted it");
          expect(state.generation).toBeGreaterThanOrEqual(generation);
          generation = state.generation;
          checkShape(model.group);
          checkOwners(model);
        }
      }),
      { numRuns: 150 },
    );
  });
  it("answers every request once the clients fall silent, and ends empty", () => {
    fc.assert(
      fc.property(settings, fc.array(action, { maxLength: 60, size: "max" }), (options, actions) => {
        const model = new Model(options);
        for (const step of actions) model.run(step);
        model.group.advance(60 * 60_000);
        for (const ticket of model.tickets) expect(model.group.answers.has(ticket)).toBe(true);
        expect(model.group.state).toMatchObject({ kind: "empty", pendingMembers: new Set() });
        expect([...model.group.timers.keys()]).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
  it("comes back from its records as it was kept", () => {
    fc.assert(
      fc.property(settings, fc.array(action, { maxLength: 60, size: "max" }), (options, actions) => {
        const model = new Model(options);
        for (const step of actions) {
          const before = model.group.persisted.length;
          model.run(step);
          for (const state of model.group.persisted.slice(before)) expect(restored(state)).toEqual(keepable(state));
          const last = model.group.persisted.at(-1);
          const { state } = model.group;
          // What is stable or empty now is what was kept last.
          if (last !== undefined && (state.kind === "stable" || state.kind === "empty")) {
            expect(keepable(state)).toEqual(keepable(last));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
