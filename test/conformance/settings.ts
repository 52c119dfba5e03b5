/** What both brokers are told, under Kafka's names. */
export const settings = {
  "auto.create.topics.enable": true,
  "group.initial.rebalance.delay.ms": 0,
  "group.min.session.timeout.ms": 6000,
  "offsets.topic.num.partitions": 4,
} as const;
