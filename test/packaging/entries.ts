/** What `entries/service.cjs` brings in beside our packages. */
export const peersOfEntries = [
  "@bufbuild/protobuf",
  "@opentelemetry/api",
  "@opentelemetry/sdk-trace-base",
  "prom-client",
] as const;

/** What it prints. */
export const entriesDo = {
  read: ["1250 s", "hello"],
  spans: ["send notes", "send times"],
  measured: true,
  nest: "function",
};
