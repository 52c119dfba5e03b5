import { apis, errorCodeOf, type ResponseOf } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { type BrokerProcess, startBroker } from "../kit/broker-process.js";
import { cleanup } from "../kit/cleanup.js";
import { WireClient } from "../kit/wire-client.js";

// Survival list 3.3 #15, where time passes without the broker: the system stops its process, and by the time it goes on, the end of
// a session and a request that depends on it wait to be seen together.

const sessionTimeoutMs = 300;
const groupId = "billing";

const connected = async ({ port }: BrokerProcess): Promise<WireClient> => {
  const client = new WireClient(nodeWorld.network, { host: "127.0.0.1", port });
  cleanup(() => client.close());
  await client.call(apis.ApiVersions, 0, {});
  return client;
};

// Of a static member: closing its connection ends no session, and it leaves no group.
async function joined(client: WireClient): Promise<string> {
  const body = {
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: sessionTimeoutMs,
    memberId: "",
    groupInstanceId: "instance",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.alloc(0) }],
  };
  const { memberId, generationId, errorCode } = await client.call(apis.JoinGroup, 5, body);
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }];
  const synced = await client.call(apis.SyncGroup, 3, { groupId, generationId, memberId, assignments });
  expect([errorCode, synced.errorCode]).toEqual([0, 0]);
  return memberId;
}

async function startStalling(): Promise<{
  readonly broker: BrokerProcess;
  stalledFor(ms: number, during: () => void): Promise<void>;
}> {
  const config = { "group.initial.rebalance.delay.ms": 0, "group.min.session.timeout.ms": 100 };
  const broker = await startBroker({ memory: true, config });
  const { pid } = broker.child;
  if (pid === undefined) throw new Error("the broker has no process");
  return {
    broker,
    async stalledFor(ms, during) {
      process.kill(pid, "SIGSTOP");
      during();
      await new Promise((resolve) => setTimeout(resolve, ms));
      process.kill(pid, "SIGCONT");
    },
  };
}

describe.runIf(process.platform === "linux")("a broker that got no processor for longer than a session", () => {
  const deletedAfterStall = async (during: (member: WireClient, memberId: string) => void): Promise<string[]> => {
    const { broker, stalledFor } = await startStalling();
    const [member, admin] = [await connected(broker), await connected(broker)];
    const memberId = await joined(member);
    const answers: Promise<ResponseOf<typeof apis.DeleteGroups>>[] = [];
    await stalledFor(2 * sessionTimeoutMs, () => {
      answers.push(admin.call(apis.DeleteGroups, 1, { groupsNames: [groupId] }));
      during(member, memberId);
    });
    const [answer] = await Promise.all(answers);
    return (answer?.results ?? []).map(({ errorCode }) => errorCodeOf(errorCode));
  };

  it("deletes a group whose members' sessions ended meanwhile", async () => {
    expect(await deletedAfterStall((member) => member.close())).toEqual(["NONE"]);
  });

  it("deletes no group whose member sent a heartbeat meanwhile", async () => {
    const heartbeats: Promise<{ readonly errorCode: number }>[] = [];
    const deleted = await deletedAfterStall((member, memberId) => {
      heartbeats.push(member.call(apis.Heartbeat, 3, { groupId, generationId: 1, memberId }));
    });
    expect(deleted).toEqual(["NON_EMPTY_GROUP"]);
    expect((await Promise.all(heartbeats)).map(({ errorCode }) => errorCode)).toEqual([0]);
  });
});
