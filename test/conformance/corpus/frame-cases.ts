import type { Case } from "../case.js";
import type { Conversation } from "../conversation.js";
import { framed } from "../encode-leniently.js";
import { type Served, versionsOf } from "../served.js";
import { makeTopic, produceBody } from "./scene.js";

/** Requests whose frame is wrong before any field is: what is answered, and what closes the connection. */
export const frameCases = (served: Served): readonly Case[] => [
  ...Object.keys(served).map((api) => ({
    title: `frames of ${api}`,
    run: (talk: Conversation) => framesOf(talk, served, api),
  })),
  { title: "frames of nothing there is", run: strangeFrames },
];

const hasNoHarm = new Set([
  "ApiVersions",
  "Metadata",
  "FindCoordinator",
  "ListGroups",
  "DescribeGroups",
  "DescribeCluster",
]);

async function framesOf(talk: Conversation, served: Served, api: string): Promise<void> {
  const versions = versionsOf(served, api);
  for (const version of versions) {
    const frame = talk.frame(api, version, {}).subarray(4);
    const spoil = (label: string, content: Buffer) =>
      talk.askRaw(`${label} v${version}`, framed(content), { name: api, version });
    await spoil("cut off after the header's numbers", frame.subarray(0, 8));
    await spoil("cut off inside of the client's name", frame.subarray(0, 12));
    await spoil("its last byte missing", frame.subarray(0, -1));
    if (!hasNoHarm.has(api)) continue;
    await spoil("as it should be", frame);
    await spoil("three bytes too many", Buffer.concat([frame, Buffer.from([1, 2, 3])]));
  }
  const [lowest = 0, highest = 0] = [versions[0], versions.at(-1)];
  for (const version of [highest + 1, 99, 32_767, -1, lowest - 1]) {
    const frame = Buffer.from(talk.frame(api, highest, {}));
    frame.writeInt16BE(version, 6);
    const read = api === "ApiVersions" ? { name: api, version: 0 } : undefined;
    await talk.askRaw(`version ${version === highest + 1 ? "one too high" : version}`, frame, read);
  }
}

async function strangeFrames(talk: Conversation): Promise<void> {
  const header = (key: number, version: number, client: Buffer) => {
    const numbers = Buffer.alloc(8);
    numbers.writeInt16BE(key, 0);
    numbers.writeInt16BE(version, 2);
    numbers.writeInt32BE(7, 4);
    return framed(Buffer.concat([numbers, client]));
  };
  const named = Buffer.from([0, 1, 0x61]);
  for (const key of [4, 5, 6, 7, 52, 53, 54, 58, 59, 62, 63, 67, 99, 1000, 32_767, -1]) {
    await talk.askRaw(`API ${key}`, header(key, 0, named), undefined);
  }
  const versions = { name: "ApiVersions", version: 0 };
  await talk.askRaw("a client without name", header(18, 0, Buffer.from([0xff, 0xff])), versions);
  await talk.askRaw("a client of the empty name", header(18, 0, Buffer.from([0, 0])), versions);
  await talk.askRaw("a client's name of length -2", header(18, 0, Buffer.from([0xff, 0xfe])), versions);
  await talk.askRaw("no bytes", framed(Buffer.alloc(0)), undefined);
  await talk.askRaw("one byte", framed(Buffer.alloc(1)), undefined);
  const length = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  await talk.askRaw("a negative length", length(-1), undefined);
  await talk.askRaw("a length of 2 GiB", length(2 ** 31 - 1), undefined);
  await talk.askRaw("the beginning of HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n"), undefined);
  const topic = await makeTopic(talk);
  talk.tell("Produce", 9, produceBody(topic, Buffer.from("?"), { acks: 0 }));
  await talk.askRaw("after a bad batch without acknowledgement", talk.frame("ApiVersions", 0, {}), versions);
}
