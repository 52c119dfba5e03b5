import { describe, expect, it } from "vitest";
import { ResponseQueue } from "./response-queue.js";

describe("response queue", () => {
  it("sends in the order of the requests and skips those without a response", () => {
    const sent: string[] = [];
    const queue = new ResponseQueue((buffers) => sent.push(Buffer.concat(buffers).toString()));
    const [first, silent, third] = [queue.reserve(), queue.reserve(), queue.reserve()];
    third([Buffer.from("3")]);
    silent(undefined);
    expect(sent).toEqual([]);
    first([Buffer.from("1")]);
    expect(sent).toEqual(["13"]);
    expect(queue.length).toBe(0);
  });
});
