"""A member of a group: python member.py <bootstrap> <topic> <group>. Prints as test/e2e/member-main.js does; SIGTERM closes it."""

import signal
import sys
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor

bootstrap, topic, group = sys.argv[1:]


def say(what, *rest):
    print(what, time.monotonic_ns(), *rest, flush=True)


def numbers(partitions):
    return ",".join(str(each.partition) for each in partitions)


class Listener(ConsumerRebalanceListener):
    """When it is closed between two generations, kafka-python gives up what it has given up already."""

    held = []

    def on_partitions_assigned(self, assigned):
        self.held = list(assigned)
        say("assigned", numbers(assigned))

    def on_partitions_revoked(self, revoked):
        say("revoked", numbers(self.held))
        self.held = []


stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
consumer = KafkaConsumer(
    bootstrap_servers=bootstrap,
    group_id=group,
    auto_offset_reset="earliest",
    auto_commit_interval_ms=50,
    partition_assignment_strategy=[RangePartitionAssignor],
    heartbeat_interval_ms=100,
    max_poll_records=10,
    fetch_max_wait_ms=50,
)
consumer.subscribe([topic], listener=Listener())
while not stopped:
    for records in consumer.poll(timeout_ms=50).values():
        for record in records:
            say("handled", record.partition, record.offset, record.value.decode())
consumer.close()
