import { describe, expect, it } from "vitest";
import { LeaderEpochs } from "./leader-epochs.js";

describe("leader epochs", () => {
  it("answers the greatest epoch not above the one asked for, and where it ends", () => {
    const epochs = new LeaderEpochs([
      { epoch: 1, startOffset: 0 },
      { epoch: 4, startOffset: 10 },
    ]);
    expect(epochs.endOffset(0, 20)).toEqual({ leaderEpoch: 0, endOffset: 0 });
    expect(epochs.endOffset(1, 20)).toEqual({ leaderEpoch: 1, endOffset: 10 });
    expect(epochs.endOffset(3, 20)).toEqual({ leaderEpoch: 1, endOffset: 10 });
    expect(epochs.endOffset(4, 20)).toEqual({ leaderEpoch: 4, endOffset: 20 });
    expect(epochs.endOffset(5, 20)).toBeUndefined();
    expect([0, 9, 10, 99].map((offset) => epochs.epochFor(offset))).toEqual([1, 1, 4, 4]);
  });

  it("drops epochs that never wrote anything", () => {
    const epochs = new LeaderEpochs();
    epochs.begin(1, 5);
    epochs.begin(2, 5);
    expect(epochs.encode()).toBe("0\n2\n0 0\n2 5\n");
  });

  it("goes through its file, and reads nothing else as one", () => {
    const text = "0\n2\n0 0\n2 5\n";
    expect(LeaderEpochs.decode(text)?.encode()).toBe(text);
    for (const wrong of ["", "0\n", "0\n0\n", "1\n1\n0 0\n", "0\n2\n0 0\n", "0\n2\n2 5\n0 0\n", "0\n1\nx y\n"]) {
      expect(LeaderEpochs.decode(wrong)).toBeUndefined();
    }
  });
});
