import { describe, expect, it } from "vitest";
import { parseListeners } from "./parse-listeners.js";

describe("parseListeners", () => {
  it("reads names, hosts and ports", () => {
    expect(parseListeners("--listeners", "PLAINTEXT://127.0.0.1:9092, DOCKER://:9093,V6://[::1]:0")).toEqual([
      { name: "PLAINTEXT", host: "127.0.0.1", port: 9092 },
      { name: "DOCKER", host: "0.0.0.0", port: 9093 },
      { name: "V6", host: "::1", port: 0 },
    ]);
  });

  it.each(["9092", "PLAINTEXT://host", "plain://host:1", "A://host:70000", ""])(
    "refuses %j and says what fits",
    (text) => {
      expect(() => parseListeners("--listeners", text)).toThrow(`"${text}" is not NAME://host:port`);
    },
  );
});
