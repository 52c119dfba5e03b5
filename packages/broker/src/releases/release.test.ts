import { existsSync, readFileSync } from "node:fs";
import { type Api, apis, decodeResponse, encodeRequest } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { Broker } from "../broker.js";
import { batchOf, clientOf, createTopic, fetchBody, memoryBroker, produce } from "../broker.test-kit.js";
import { handlerTable } from "../handlers/handler-table.js";
import { actingAs, featuresIn, versionsIn } from "./release.js";
import { type KafkaRelease, releases, releaseVersions } from "./release-versions.js";

const facts = new URL("../../../../../shared/kafka-protocol/api-keys.json", import.meta.url);

interface KeyFacts {
  readonly name: string;
  readonly listeners: readonly string[];
  readonly byRelease: Readonly<Record<string, string | null>>;
}

/** `"2-10*"`: the last of them is not told to clients. */
function stable(range: string | null | undefined) {
  if (range === null || range === undefined || range === "none") return undefined;
  const [min = 0, end = min] = range.replace("*", "").split("-").map(Number);
  const max = range.endsWith("*") ? end - 1 : end;
  return max < min ? undefined : { min, max };
}

describe.skipIf(!existsSync(facts))(
  "the table of releases (skipped where the facts it is checked against are not)",
  () => {
    const keys = existsSync(facts) ? (JSON.parse(readFileSync(facts, "utf8")) as readonly KeyFacts[]) : [];
    const known = releases.filter((release) => keys.some(({ byRelease }) => byRelease[release] !== undefined));
    it.each(known)("has Kafka's versions of %s", (release) => {
      const ofClients = keys.filter(({ listeners }) => listeners.includes("broker"));
      const told = ofClients.map(({ name }) => [name, versionsIn(release, name)]);
      expect(told).toEqual(ofClients.map(({ name, byRelease }) => [name, stable(byRelease[release])]));
    });
  },
);

describe("a release of Kafka", () => {
  it("has at least the versions of the one before, but for those that 4.0 dropped", () => {
    for (const api of Object.keys(releaseVersions)) {
      const ranges = releases.map((release) => versionsIn(release, api));
      for (const [index, range] of ranges.entries()) {
        expect(range?.max ?? -1, api).toBeGreaterThanOrEqual(ranges[index - 1]?.max ?? -1);
      }
    }
  });
  it("has of all served APIs those that it knew, and 4.3 has every one in full", () => {
    const served = (release: KafkaRelease) => actingAs(release, handlerTable);
    expect(new Set(served("4.3").keys())).toEqual(new Set(handlerTable.keys()));
    for (const [key, { api, maxVersion = api.maxVersion }] of handlerTable) {
      expect(served("4.3").get(key), api.name).toMatchObject({ minVersion: api.minVersion, maxVersion });
    }
    expect(served("2.8").get(apis.Fetch.key)).toMatchObject({ minVersion: 4, maxVersion: 12 });
    expect(served("4.0").get(apis.JoinGroup.key)).toMatchObject({ minVersion: 2, maxVersion: 9 });
    expect(served("2.3").has(apis.OffsetDelete.key)).toBe(false);
  });
  it("has the features of its time", () => {
    const features = [
      { name: "metadata.version", minVersion: 7, maxVersion: 30, finalized: 30 },
      { name: "transaction.version", minVersion: 0, maxVersion: 2, finalized: 2 },
    ];
    expect(featuresIn("2.8", features)).toEqual([]);
    expect(featuresIn("3.9", features)).toMatchObject([{ name: "metadata.version", maxVersion: 21, finalized: 21 }]);
    expect(featuresIn("4.3", features)).toEqual(features);
  });
  it("that is not known is refused with those that are", async () => {
    const starting = Broker.start({ memory: true, actAs: "1.9" as KafkaRelease });
    await expect(starting).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await expect(starting).rejects.toThrow(/Kafka 1\.9.*can act as 2\.1, 2\.2, .*, 4\.3$/);
  });
});

describe("a broker that acts as a release", () => {
  const rangesOf = async (actAs: KafkaRelease, version: number) => {
    const { client } = await memoryBroker({ actAs });
    const software = version < 3 ? {} : { clientSoftwareName: "t", clientSoftwareVersion: "1" };
    const { apiKeys, supportedFeatures } = await client.request(apis.ApiVersions, version, software);
    const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]));
    return { ranges, supportedFeatures };
  };
  it.each(releases)("tells no version that %s had not, and none that it does not serve", async (actAs) => {
    const { ranges } = await rangesOf(actAs, 0);
    for (const [key, [min = 0, max = 0]] of ranges) {
      const api: Api | undefined = Object.values<Api>(apis).find((each) => each.key === key);
      const range = versionsIn(actAs, api?.name ?? "");
      expect(max, api?.name).toBeLessThanOrEqual(range?.max ?? -1);
      expect(max, api?.name).toBeGreaterThanOrEqual(api?.minVersion ?? 0);
      expect(min, api?.name).toBeGreaterThanOrEqual(api === apis.Produce ? 0 : (api?.minVersion ?? 0));
    }
    expect(ranges.get(apis.Produce.key)?.[0]).toBe(0);
  });
  it("keeps its features for itself before it has any", async () => {
    expect((await rangesOf("2.8", 3)).supportedFeatures).toEqual([]);
  });
  it.each<[KafkaRelease, object]>([
    ["2.3", { errorCode: 35, apiKeys: [] }],
    ["2.8", { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }] }],
  ])("answers a later version of ApiVersions as %s does, and goes on", async (actAs, answer) => {
    const { client } = await memoryBroker({ actAs });
    const software = { clientSoftwareName: "a", clientSoftwareVersion: "1" };
    const frame = await client.exchange((correlationId) =>
      Buffer.concat(encodeRequest(apis.ApiVersions, 4, { correlationId, clientId: "new" }, software)),
    );
    expect(decodeResponse(apis.ApiVersions, 0, frame)).toMatchObject(answer);
    expect((await client.request(apis.ApiVersions, 0, {})).errorCode).toBe(0);
  });
  it("closes the connection over any other version or API that it has not", async () => {
    const { broker, client } = await memoryBroker({ actAs: "2.8" });
    const topic = await createTopic(client, "orders");
    expect((await produce(client, topic, batchOf(["a"]), { version: 9 })).errorCode).toBe(0);
    expect((await client.request(apis.Fetch, 12, fetchBody(topic))).errorCode).toBe(0);
    await expect(produce(await clientOf(broker), topic, batchOf(["a"]), { version: 10 })).rejects.toThrow(/closed/);
    await expect((await clientOf(broker)).request(apis.Fetch, 13, fetchBody(topic))).rejects.toThrow(/closed/);
    const older = await memoryBroker({ actAs: "2.3" });
    await expect(older.client.request(apis.OffsetDelete, 0, { groupId: "g", topics: [] })).rejects.toThrow(/closed/);
  });
});
