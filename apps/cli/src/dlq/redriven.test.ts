import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Redriven } from "./redriven.js";

describe("what was sent again of a partition", () => {
  it("is remembered in an offset and a note", () => {
    const redriven = new Redriven();
    for (const offset of [0n, 1n, 2n, 4n, 5n, 8n]) redriven.add(offset);
    redriven.pass(0n);
    expect([redriven.next, redriven.note]).toEqual([3n, "4-5,8"]);
    redriven.add(3n);
    redriven.pass(0n);
    expect([redriven.next, redriven.note]).toEqual([6n, "8"]);
    redriven.pass(8n);
    expect([redriven.next, redriven.note]).toEqual([9n, ""]);
  });

  it("agrees with a set, through any number of runs", () => {
    const runs = fc.array(fc.array(fc.bigInt({ min: 0n, max: 40n })), { maxLength: 5 });
    fc.assert(
      fc.property(runs, (sent) => {
        const all = new Set<bigint>();
        let redriven = new Redriven();
        for (const run of sent) {
          redriven = new Redriven(redriven.next, redriven.note);
          for (const offset of run) {
            redriven.add(offset);
            all.add(offset);
          }
          redriven.pass(0n);
        }
        for (let offset = 0n; offset <= 40n; offset += 1n) expect(redriven.has(offset)).toBe(all.has(offset));
      }),
    );
  });

  it("is not read out of a note that is none", () => {
    const redriven = new Redriven(2n, "x,1-999999999999,7");
    expect([0n, 1n, 2n, 7n, 8n].map((offset) => redriven.has(offset))).toEqual([true, true, false, true, false]);
  });
});
