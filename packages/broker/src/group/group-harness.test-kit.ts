import type { GroupAnswers, GroupEvent, JoinAnswer, JoinRequest, StepContext, SyncAnswer } from "./group-event.js";
import { type GroupState, newGroup, type Ticket } from "./group-state.js";
import { step } from "./group-step.js";

export const joinRequest = (overrides: Partial<JoinRequest> = {}): JoinRequest => ({
  memberId: "",
  newMemberId: "new",
  instanceId: null,
  clientId: "client",
  clientHost: "/127.0.0.1",
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: "consumer",
  protocols: [protocol("range")],
  requiresKnownMemberId: false,
  canSkipAssignment: true,
  ...overrides,
});

export const protocol = (name: string, metadata = "") => ({ name, metadata: Buffer.from(metadata) });

interface Timer {
  readonly at: number;
  readonly event: GroupEvent;
}

/** A group under a clock of its own: runs the effects of each step and keeps the answers. */
export class GroupHarness {
  state: GroupState;
  now = 0;
  /** How often the state was to be kept, and what was kept last. */
  persisted: GroupState[] = [];
  readonly answers = new Map<Ticket, GroupAnswers[keyof GroupAnswers]>();
  readonly timers = new Map<string, Timer>();
  readonly #options: Omit<StepContext, "now">;
  #lastTicket = 0;

  constructor(options: Partial<Omit<StepContext, "now">> = {}, state: GroupState = newGroup(0)) {
    this.#options = { initialRebalanceDelayMs: 0, maxSize: 1000, ...options };
    this.state = state;
  }

  get context(): StepContext {
    return { now: this.now, ...this.#options };
  }

  send(event: GroupEvent): void {
    const [state, effects] = step(this.state, event, this.context);
    this.state = state;
    for (const effect of effects) {
      switch (effect.kind) {
        case "answer":
          if (this.answers.has(effect.ticket)) throw new Error(`ticket ${effect.ticket} is answered twice`);
          this.answers.set(effect.ticket, effect.answer);
          break;
        case "persist":
          this.persisted.push(state);
          break;
        case "startJoinTimer":
          this.#start("join", effect.delayMs, { kind: "joinTimerFired" });
          break;
        case "stopJoinTimer":
          this.timers.delete("join");
          break;
        case "startSyncTimer":
          this.#start("sync", effect.delayMs, { kind: "syncTimerFired" });
          break;
        case "stopSyncTimer":
          this.timers.delete("sync");
          break;
        case "startSession":
          this.#start(effect.memberId, effect.delayMs, { kind: "sessionExpired", memberId: effect.memberId });
          break;
        case "stopSession":
          this.timers.delete(effect.memberId);
          break;
      }
    }
  }

  #start(name: string, delayMs: number, event: GroupEvent): void {
    this.timers.set(name, { at: this.now + delayMs, event });
  }

  /** Lets time pass; timers fire in their order. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [name, { at, event }] = due;
      this.timers.delete(name);
      this.now = Math.max(this.now, at);
      this.send(event);
    }
    this.now = until;
  }

  ticket(): Ticket {
    this.#lastTicket += 1;
    return this.#lastTicket;
  }

  join(overrides: Partial<JoinRequest> = {}): Ticket {
    const ticket = this.ticket();
    this.send({ kind: "join", ticket, request: joinRequest(overrides) });
    return ticket;
  }

  sync(
    memberId: string,
    generation: number,
    assignments: Record<string, string> = {},
    instanceId: string | null = null,
  ) {
    const ticket = this.ticket();
    const request = {
      memberId,
      instanceId,
      generation,
      protocolType: null,
      protocolName: null,
      assignments: new Map(Object.entries(assignments).map(([id, text]) => [id, Buffer.from(text)])),
    };
    this.send({ kind: "sync", ticket, request });
    return ticket;
  }

  heartbeat(memberId: string, generation: number, instanceId: string | null = null): string {
    const ticket = this.ticket();
    this.send({ kind: "heartbeat", ticket, request: { memberId, instanceId, generation } });
    return String(this.answers.get(ticket));
  }

  leave(...members: readonly (readonly [memberId: string, instanceId: string | null])[]): readonly string[] {
    const ticket = this.ticket();
    this.send({
      kind: "leave",
      ticket,
      members: members.map(([memberId, instanceId]) => ({ memberId, instanceId })),
    });
    return (this.answers.get(ticket) as GroupAnswers["leave"]).map(({ error }) => error);
  }

  joinAnswer(ticket: Ticket): JoinAnswer | undefined {
    return this.answers.get(ticket) as JoinAnswer | undefined;
  }

  syncAnswer(ticket: Ticket): SyncAnswer | undefined {
    return this.answers.get(ticket) as SyncAnswer | undefined;
  }

  /** The group with these members, the first of them its leader, everybody with its own name as assignment. */
  static stable(
    names: readonly string[],
    options: Partial<Omit<StepContext, "now">> = {},
    extra: Partial<JoinRequest> = {},
  ) {
    const group = new GroupHarness({ ...options, initialRebalanceDelayMs: 1 });
    for (const name of names) group.join({ newMemberId: name, ...extra });
    group.advance(2);
    const { generation } = generationOf(group.state);
    for (const name of names.slice(1)) group.sync(name, generation);
    if (names[0] !== undefined) group.sync(names[0], generation, Object.fromEntries(names.map((name) => [name, name])));
    group.persisted = [];
    return group;
  }
}

/** @throws when the group is dead. */
export function generationOf(state: GroupState): Exclude<GroupState, { kind: "dead" }> {
  if (state.kind === "dead") throw new Error("the group is dead");
  return state;
}
