import { existsSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { Child } from "./child.js";
import { eventually } from "./eventually.js";
import { freePort } from "./free-port.js";
import { nodeBinary } from "./node-binary.js";
import { temporaryFolder } from "./temporary-folder.js";

const left: { folder?: string; child?: Child } = {};
afterAll(() => {
  expect(existsSync(left.folder ?? "none")).toBe(false);
  expect(left.child?.outcome).toBe("SIGKILL");
});

describe("the test kit", () => {
  it("cleans up after a test by itself", async () => {
    left.folder = temporaryFolder();
    left.child = new Child(nodeBinary, ["-e", "console.log('up'); setInterval(() => {}, 1000)"]);
    expect(await left.child.line((line) => line === "up")).toBe("up");
    expect(left.child.outcome).toBeUndefined();
  });

  it("tells how a child ended and what it said", async () => {
    const child = new Child(nodeBinary, ["-e", "console.error('no'); process.exit(3)"]);
    await expect(child.line(() => true)).rejects.toThrow("ended with 3 before its line: no");
    expect(await child.ended()).toBe(3);
    const missing = new Child("/no/such/program", []);
    await missing.ended();
    expect(missing.errors).toContain("ENOENT");
  });

  it("waits for conditions and says what was missing", async () => {
    let looks = 0;
    expect(await eventually(() => (++looks === 3 ? "seen" : undefined))).toBe("seen");
    const vain = eventually(() => Promise.reject(new Error("closed")), { withinMs: 20, what: "the door" });
    await expect(vain).rejects.toThrow(expect.objectContaining({ message: "waited 20 ms in vain for the door" }));
  });

  it("finds a free port", async () => {
    const port = await freePort();
    const refused = await new Promise((resolve) => connect({ port, host: "127.0.0.1" }).on("error", resolve));
    expect(refused).toMatchObject({ code: "ECONNREFUSED" });
  });
});
