import { Broker } from "@ottla/broker";
import { Kafka } from "@ottla/client";
import { SchemaRegistry } from "@ottla/schema-registry";
import { RegistryServer, type RegistryServerOptions } from "@ottla/schema-registry/server";
import { describe, expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";

const times = { heartbeatIntervalMs: 100, sessionTimeoutMs: 6_000 };

async function startBroker(): Promise<Broker> {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  return broker;
}

async function startRegistry(bootstrap: string, options: Partial<RegistryServerOptions> = {}): Promise<RegistryServer> {
  const server = await RegistryServer.start({
    bootstrap,
    port: 0,
    election: times,
    ...options,
  } as RegistryServerOptions);
  cleanup(() => server.close());
  return server;
}

const clientOf = ({ url }: RegistryServer) => new SchemaRegistry(url, { retries: 0 });
const schema = (index: number) => ({ schema: JSON.stringify({ type: "fixed", name: `F${index}`, size: index }) });
const leaderOf = async ({ url }: RegistryServer): Promise<unknown> =>
  ((await (await fetch(`${url}/ready`)).json()) as { leader?: string }).leader;

/** The servers, the one that leads first, once they agree. */
async function inOrder(servers: readonly RegistryServer[]): Promise<readonly RegistryServer[]> {
  let sorted: readonly RegistryServer[] = [];
  await eventually(async () => {
    const leaders = await Promise.all(servers.map(leaderOf));
    const at = leaders.indexOf("self");
    const leader = servers[at];
    const isAgreed = leaders.every((one, index) => one === (index === at ? "self" : leader?.url));
    sorted = leader === undefined ? [] : [leader, ...servers.filter((one) => one !== leader)];
    return isAgreed && leader !== undefined;
  });
  return sorted;
}

describe("registries that elect a leader", () => {
  it("write through one of them, and give no id twice", async () => {
    const { bootstrap } = await startBroker();
    const servers = await inOrder([await startRegistry(bootstrap), await startRegistry(bootstrap)]);
    const clients = servers.map(clientOf);
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, index) => clients[index % 2]?.register(`s${index % 20}`, schema(index % 20))),
    );
    for (const [index, id] of ids.entries()) expect(id).toBe(ids[index % 20]);
    expect(new Set(ids).size).toBe(20);
    // What is refused by the leader is refused with its words.
    await expect(clients[1]?.register("s1", { schema: "{" })).rejects.toMatchObject({ errorCode: 42201 });
    await clients[1]?.setCompatibility("NONE", "s1");
    expect(await clients[0]?.compatibility("s1")).toBe("NONE");
    await expect(clients[1]?.deleteSubject("none")).rejects.toMatchObject({ errorCode: 40401 });
    expect(await clients[1]?.deleteSubject("s1")).toEqual([1]);
  });

  it("follow a leader that leaves, and read while there is none", async () => {
    const { bootstrap } = await startBroker();
    const [leader, follower] = await inOrder([await startRegistry(bootstrap), await startRegistry(bootstrap)]);
    const registry = clientOf(follower as RegistryServer);
    const id = await registry.register("a", schema(1));
    await leader?.close();
    expect(await clientOf(follower as RegistryServer).schemaById(id)).toMatchObject(schema(1));
    await inOrder([follower as RegistryServer]);
    expect(await registry.register("b", schema(2))).toBe(id + 1);
    expect(await registry.subjects()).toEqual(["a", "b"]);
  });

  it("refuse writes while nobody may lead, and answer what is there already", async () => {
    const { bootstrap } = await startBroker();
    const election = { ...times, isEligible: false };
    const first = await startRegistry(bootstrap);
    await clientOf(first).register("a", schema(1));
    await first.close();
    const server = await startRegistry(bootstrap, { election });
    const registry = clientOf(server);
    expect(await leaderOf(server)).toBeUndefined();
    expect(await registry.register("a", schema(1))).toBe(1);
    await expect(registry.register("a", schema(2))).rejects.toMatchObject({ errorCode: 50004 });
    expect(await registry.subjects()).toEqual(["a"]);
  });

  it("meet in Confluent's group", async () => {
    const { bootstrap } = await startBroker();
    await startRegistry(bootstrap);
    const kafka = new Kafka({ brokers: [bootstrap] });
    cleanup(() => kafka.close());
    const [group] = await kafka.admin().groups.describe(["schema-registry"]);
    expect(group).toMatchObject({ protocolType: "sr", members: [{}] });
  });
});
