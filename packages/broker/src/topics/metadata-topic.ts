import { defaultLogConfig, type LogConfig } from "../log/log-config.js";

/** The topic of the metadata log, which is no topic to clients. */
export const metadataTopic = "__cluster_metadata";
/** Kafka's fixed id of it. */
export const metadataTopicId = "AAAAAAAAAAAAAAAAAAAAAQ";

/** Nothing of it expires: topics are as old as their first record. */
export const metadataLogConfig: LogConfig = Object.freeze({
  ...defaultLogConfig,
  retentionMs: -1,
  segmentMs: Number.MAX_SAFE_INTEGER,
});
