/**
 * What an acknowledgement means: `sync`, it is on the disk; `os`, it is in the operating system's page cache (Kafka's default);
 * `memory`, there are no files.
 */
export type Durability = "sync" | "os" | "memory";
