import { apis, decodeResponse, encodeRequest } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { memoryBroker } from "../broker.test-kit.js";

describe("ApiVersions", () => {
  it("names every served API, and Produce from 0 on for librdkafka's sake", async () => {
    const { client } = await memoryBroker();
    const { apiKeys, errorCode } = await client.request(apis.ApiVersions, 4, {
      clientSoftwareName: "test",
      clientSoftwareVersion: "1.0",
    });
    expect(errorCode).toBe(0);
    const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]));
    expect(ranges.get(apis.Produce.key)).toEqual([0, 13]);
    expect(ranges.get(apis.Fetch.key)).toEqual([4, 18]);
    expect(ranges.get(apis.InitProducerId.key)).toEqual([0, 5]);
    expect(ranges.get(apis.ApiVersions.key)).toEqual([0, 4]);
  });
  it("answers a version from the future in the form of version 0, and goes on", async () => {
    const { client } = await memoryBroker();
    const frame = await client.exchange((correlationId) => {
      const request = Buffer.concat(
        encodeRequest(
          apis.ApiVersions,
          3,
          { correlationId, clientId: "new" },
          { clientSoftwareName: "a", clientSoftwareVersion: "1" },
        ),
      );
      request.writeInt16BE(99, 6);
      return request;
    });
    expect(decodeResponse(apis.ApiVersions, 0, frame)).toMatchObject({
      errorCode: 35,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    });
    expect((await client.request(apis.ApiVersions, 0, {})).errorCode).toBe(0);
  });
  it.each(["", "a b", "-a", "a\n"])("refuses the client software name %j", async (clientSoftwareName) => {
    const { client } = await memoryBroker();
    const request = { clientSoftwareName, clientSoftwareVersion: "1" };
    expect((await client.request(apis.ApiVersions, 3, request)).errorCode).toBe(42);
  });
});
