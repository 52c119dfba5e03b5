import { describe, expect, it } from "vitest";
import { addressText, parseBrokerAddress } from "./broker-address.js";

describe("broker address", () => {
  it.each([
    { text: "127.0.0.1:9092", host: "127.0.0.1", port: 9092 },
    { text: "kafka-1.example.org:19092", host: "kafka-1.example.org", port: 19092 },
    { text: "[::1]:9092", host: "::1", port: 9092 },
    { text: "[fe80::1%eth0]:65535", host: "fe80::1%eth0", port: 65535 },
  ])("reads $text", ({ text, host, port }) => {
    expect(parseBrokerAddress(text)).toEqual({ host, port });
    expect(addressText({ host, port })).toBe(text);
  });

  it.each([
    "",
    "localhost",
    "localhost:",
    ":9092",
    "localhost:0",
    "localhost:65536",
    "::1:9092",
    "a b:1",
    "http://a:1",
  ])("refuses %j", (text) => {
    expect(() => parseBrokerAddress(text)).toThrow("is not host:port");
  });
});
