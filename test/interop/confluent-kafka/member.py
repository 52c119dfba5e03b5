"""A member of a group: python member.py <bootstrap> <topic> <group> <strategy>. Prints as test/e2e/member-main.js does; SIGTERM closes it."""

import signal
import sys
import time

from confluent_kafka import Consumer, KafkaException

bootstrap, topic, group, strategy = sys.argv[1:]


def say(what, *rest):
    print(what, time.monotonic_ns(), *rest, flush=True)


def numbers(partitions):
    return ",".join(str(each.partition) for each in partitions)


stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": 50,
        "partition.assignment.strategy": strategy,
        "heartbeat.interval.ms": 100,
        "fetch.wait.max.ms": 50,
    }
)
consumer.subscribe(
    [topic],
    on_assign=lambda _, assigned: say("assigned", numbers(assigned)),
    on_revoke=lambda _, revoked: say("revoked", numbers(revoked)),
    on_lost=lambda _, lost: say("lost", numbers(lost)),
)
while not stopped:
    message = consumer.poll(0.05)
    if message is None:
        continue
    if message.error():
        raise KafkaException(message.error())
    say("handled", message.partition(), message.offset(), message.value().decode())
consumer.close()
