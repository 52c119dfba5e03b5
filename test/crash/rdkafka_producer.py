"""Produces to every partition of a topic with librdkafka's idempotent producer until standard input ends.

Prints `sending <partition> <id>` before and `acked <partition> <offset> <id>` after each record, and `done` when all are.
"""

import select
import sys

from confluent_kafka import Producer

bootstrap, topic, partitions = sys.argv[1], sys.argv[2], int(sys.argv[3])


def told(error, message):
    if error is not None:
        print(f"failed {message.partition()} {error.name()}", flush=True)
        return
    print(f"acked {message.partition()} {message.offset()} {message.value().decode()}", flush=True)


producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 1,
        "message.timeout.ms": 120000,
        "reconnect.backoff.ms": 10,
        "reconnect.backoff.max.ms": 50,
        "retry.backoff.ms": 10,
        "retry.backoff.max.ms": 50,
        "topic.metadata.refresh.fast.interval.ms": 20,
    }
)
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    if len(producer) >= 200:
        producer.poll(0.01)
        continue
    partition = count % partitions
    record = f"r{count}"
    print(f"sending {partition} {record}", flush=True)
    producer.produce(topic, record.encode(), partition=partition, on_delivery=told)
    producer.poll(0)
    count += 1
producer.flush(100)
print("done", flush=True)
