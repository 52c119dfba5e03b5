import { describe, expect, it } from "vitest";
import { channels, type SendWork, traced } from "./channels.js";
import { tracedSend, withHeaders, withRawHeaders } from "./traced-send.js";

const clock = { now: () => 0, monotonic: () => 0 };
const nothing = () => {};

describe("channels", () => {
  it("have nobody to tell until somebody subscribes", () => {
    expect(Object.values(channels).map(({ hasSubscribers }) => hasSubscribers)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("send what a subscriber adds to the headers of each record", async () => {
    const header = { key: "trace", value: Buffer.from("1") };
    const handlers = {
      start: (work: SendWork) => work.headers.push(header),
      end: nothing,
      asyncStart: nothing,
      asyncEnd: nothing,
      error: nothing,
    };
    channels.send.subscribe(handlers);
    const mine = { key: "mine", value: null };
    const records = [{ value: "a" }, { value: "b", rawHeaders: [mine] }];
    const sent = await tracedSend<(typeof records)[number], unknown>(
      clock,
      "t",
      records,
      withRawHeaders,
      async (each) => each,
    );
    expect(sent).toEqual([
      { value: "a", rawHeaders: [header] },
      { value: "b", rawHeaders: [mine, header] },
    ]);
    const raw = { topic: "t", key: null, value: null, headers: [mine] };
    expect(await tracedSend(clock, "t", [raw], withHeaders, async ([each]) => each?.headers)).toEqual([mine, header]);
    channels.send.unsubscribe(handlers);
    expect(channels.send.hasSubscribers).toBe(false);
  });

  it("pass on what is thrown, with how long it took", async () => {
    let time = 0;
    const ticking = { now: () => 0, monotonic: () => (time += 10) };
    const work = { api: "Fetch", version: 1, broker: "b", durationMs: 0 };
    await expect(traced(channels.request, ticking, work, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(work.durationMs).toBe(10);
  });
});
