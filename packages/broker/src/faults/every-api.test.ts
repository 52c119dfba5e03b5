import type { ApiName } from "@ottla/protocol";
import {
  type Api,
  apis,
  encodeResponse,
  errorCodeOf,
  type Field,
  type Fields,
  isInVersion,
  type RequestOf,
} from "@ottla/protocol";
import type { Timer, Timers } from "@ottla/world";
import { beforeEach, describe, expect, it } from "vitest";
import type { BrokerServices } from "../broker-services.js";
import { CutResponse, type HandlerAnswer, type HandlerEntry, type RequestContext } from "../handlers/handler.js";
import { handlerTable } from "../handlers/handler-table.js";
import { FaultList } from "./fault-list.js";
import { FaultyHandlers } from "./faulty-handlers.js";
import type { Values } from "./request-scope.js";

// Nothing here names an API: one that comes into the handler table is met by every fault, or this fails.

const someId = "AAAAAAAAAAAAAAAAAAAAAQ";

/** A request in which every array has one element, whatever that says. */
const someRequest = (fields: Fields, version: number): Values =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => isInVersion(field, version))
      .map(([name, field]) => [name, someValue(field.type, version)]),
  );

function someValue(type: Field["type"], version: number): unknown {
  switch (type.kind) {
    case "array":
      return [someValue(type.of, version)];
    case "struct":
      return someRequest(type.fields, version);
    case "string":
      return "some";
    case "uuid":
      return someId;
    case "bool":
      return false;
    case "bytes":
    case "records":
      return Buffer.alloc(0);
    default:
      return type.kind === "int16" ? -1 : 0;
  }
}

const everyVersion = [...handlerTable.values()].flatMap((entry) => {
  const { api, maxVersion = api.maxVersion } = entry;
  const count = maxVersion - api.minVersion + 1;
  return Array.from({ length: count }, (_, index) => [api.name as ApiName, api.minVersion + index] as const);
});

let carriedOut = 0;
let faults = new FaultList();
let held = new Set<() => void>();
let connection = new AbortController();
beforeEach(() => {
  carriedOut = 0;
  faults = new FaultList();
  held = new Set();
  connection = new AbortController();
});

const timers: Timers = {
  after: (_, callback): Timer => {
    held.add(callback);
    return { cancel: () => held.delete(callback) };
  },
  idle: () => ({ cancel: () => {} }),
  endOfTurn: () => {},
};

/** Sends it through the faults to a handler that answers with nothing but defaults. */
function ask(name: ApiName, version: number): HandlerAnswer<Api> {
  const api: Api = apis[name];
  const stub: HandlerEntry = {
    api,
    handle: () => {
      carriedOut += 1;
      return {};
    },
  };
  const entry = new FaultyHandlers(new Map([[api.key, stub]]), faults, timers).table.get(api.key);
  const broker = { topics: { byId: () => ({ name: "some" }) } } as unknown as BrokerServices;
  const context: RequestContext = {
    broker,
    connection: { listener: "TEST", host: "", signal: connection.signal },
    clientId: "test",
    hold: () => {},
  };
  return entry?.handle(context, someRequest(api.request.fields, version) as RequestOf<Api>, version);
}

/** Error codes in the answer as it would go out. */
function codesIn(name: ApiName, version: number, answer: unknown): readonly string[] {
  const api: Api = apis[name];
  const frame = Buffer.concat(encodeResponse(api, version, 1, answer as Values)).subarray(4);
  const hasTags = api.response.isFlexible(version) && name !== "ApiVersions";
  const codes: string[] = [];
  JSON.stringify(api.response.decode(version, frame.subarray(hasTags ? 5 : 4)), (key, value: unknown) => {
    if (/^(?:partitionE|e)rrorCode$/.test(key) && value !== 0)
      codes.push(errorCodeOf(value as number) ?? String(value));
    return value;
  });
  return codes;
}

const isPending = (answer: Promise<unknown>): Promise<boolean> =>
  Promise.race([answer.then(() => false), Promise.resolve().then(() => true)]);

describe("every served API in every version", () => {
  it.each(everyVersion)("%s v%d can be answered with an error, before it is carried out", (name, version) => {
    faults.on(name).reply("UNKNOWN_SERVER_ERROR");
    const codes = codesIn(name, version, ask(name, version));
    expect([...new Set(codes)]).toEqual(["UNKNOWN_SERVER_ERROR"]);
    expect(carriedOut).toBe(0);
  });
  it.each(everyVersion)("%s v%d can be answered late, or not at all", async (name, version) => {
    faults.on(name, { times: 1 }).delay("5s");
    const late = ask(name, version);
    if (!(late instanceof Promise)) throw new Error("answered at once");
    expect([await isPending(late), carriedOut]).toEqual([true, 0]);
    for (const callback of held) callback();
    expect(await late).toEqual({});
    const fault = faults.on(name).drop();
    const lost = ask(name, version);
    if (!(lost instanceof Promise)) throw new Error("answered");
    expect(await isPending(lost)).toBe(true);
    fault.remove();
    expect(await lost).toBeInstanceOf(CutResponse);
    expect(carriedOut).toBe(1);
  });
  it.each(everyVersion)("%s v%d can be answered in part, and with what the test gives", async (name, version) => {
    faults.on(name, { times: 1 }).truncate(6);
    expect(await ask(name, version)).toEqual(new CutResponse({}, 6));
    faults.on(name, { times: 1 }).replyWith({});
    expect(codesIn(name, version, await ask(name, version))).toEqual([]);
    expect(carriedOut).toBe(1);
  });
});
