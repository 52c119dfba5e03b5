import { describe, expect, it } from "vitest";
import { judge } from "./judge.js";

const answered = (answer: unknown) => new Map([["a case v3", [{ label: "valid", answer, sent: "" }]]]);
const reason = "for the test";

describe("a verdict", () => {
  it("names a difference by the path in the answer", () => {
    const { differences, exchanges } = judge(
      answered({ topics: [{ name: "a", errorCode: 0 }] }),
      answered({ topics: [{ name: "a", errorCode: 3 }] }),
      [],
    );
    expect(exchanges).toBe(1);
    expect(differences).toMatchObject([{ where: "a case v3 / valid", path: "topics[a].errorCode", kafka: 0, ours: 3 }]);
  });

  it("does not shift what stands beside an element that one answer lacks", () => {
    const { differences } = judge(
      answered({ topics: [{ name: "a" }, { name: "b" }] }),
      answered({ topics: [{ name: "b" }] }),
      [],
    );
    expect(differences.map(({ path }) => path)).toEqual(["topics[a]"]);
  });

  it("allows what an exception says, by case, path and values", () => {
    const sides = [answered({ errorCode: 0 }), answered({ errorCode: 3 })] as const;
    const rule = { where: "a case * / *", path: "*Code", kafka: "0", ours: "3", reason };
    expect(judge(...sides, [rule])).toMatchObject({ differences: [], excepted: 1, unused: [] });
    expect(judge(...sides, [{ ...rule, ours: "4" }]).differences).toHaveLength(1);
  });

  it("tells which exceptions nothing needs, but for those that do not come up in every run", () => {
    const rule = { where: "a case * / *", path: "errorCode", reason };
    const rare = { ...rule, isRare: true } as const;
    expect(judge(answered({ errorCode: 0 }), answered({ errorCode: 0 }), [rule, rare]).unused).toEqual([rule]);
  });

  it("counts a case that only one of the two went through as different", () => {
    expect(judge(answered("closed"), new Map(), []).differences).toHaveLength(1);
  });
});
