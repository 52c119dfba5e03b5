import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { arbitraryValue, withDefaults, withUnknownTag } from "../schema/arbitrary-value.js";
import { Message } from "../schema/message.js";
import { apis } from "./apis.js";

const messages: [string, Message, number][] = Object.values(apis).flatMap((api) =>
  [api.request, api.response].map((message): [string, Message, number] => [message.name, message, api.minVersion]),
);

/** Property runs are few for each of several hundred message versions. */
const eachVersion = (message: Message, minVersion: number, check: (version: number) => void): void => {
  for (let version = minVersion; version <= message.versions.max; version += 1) check(version);
};

/** Reads hostile bytes: a value, or our own error, and nothing else. */
function readHostile(message: Message, version: number, bytes: Uint8Array): void {
  try {
    message.decode(version, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError);
  }
}

describe("every message in every version", () => {
  it.each(messages)("%s comes back as it went", (_, message, minVersion) => {
    eachVersion(message, minVersion, (version) => {
      fc.assert(
        fc.property(arbitraryValue(message.fields, version), (value) => {
          const back = message.decode(version, message.encode(version, value));
          expect(back).toEqual(withDefaults(message.fields, version, value));
        }),
        { numRuns: 25 },
      );
    });
  });

  it.each(messages)("%s skips tagged fields that it does not know", (_, message, minVersion) => {
    eachVersion(message, minVersion, (version) => {
      if (!message.isFlexible(version)) return;
      const newer = new Message(message.name, { versions: "0+", flexible: "0+" }, withUnknownTag(message.fields));
      fc.assert(
        fc.property(arbitraryValue(newer.fields, version), (value) => {
          const back = message.decode(version, newer.encode(version, value));
          expect(back).toEqual(withDefaults(message.fields, version, value));
        }),
        { numRuns: 10 },
      );
    });
  });

  it.each(messages)("%s refuses hostile bytes with its own error only", (_, message, minVersion) => {
    eachVersion(message, minVersion, (version) => {
      const damage = fc.record({ cut: fc.nat(), at: fc.nat(), bit: fc.nat(7) });
      fc.assert(
        fc.property(arbitraryValue(message.fields, version), damage, (value, { cut, at, bit }) => {
          const bytes = message.encode(version, value);
          readHostile(message, version, bytes.subarray(0, cut % (bytes.length + 1)));
          if (bytes.length === 0) return;
          const index = at % bytes.length;
          bytes[index] = (bytes[index] as number) ^ (1 << bit);
          readHostile(message, version, bytes);
        }),
        { numRuns: 25 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readHostile(message, version, bytes)),
        { numRuns: 25 },
      );
    });
  });
});
