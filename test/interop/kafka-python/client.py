"""kafka-python as a foreign client: python client.py <bootstrap>."""

import os
import sys

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from foreign_program import pack, serve, unpack

bootstrap = sys.argv[1]


def received(record):
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": pack(record.key),
        "value": pack(record.value),
        "headers": [[name, pack(value)] for name, value in record.headers],
    }


def send(producer, topic, records):
    sent = [
        producer.send(
            topic,
            key=unpack(record["key"]),
            value=unpack(record["value"]),
            headers=[(name, unpack(value)) for name, value in record["headers"]],
            timestamp_ms=record.get("timestamp"),
        )
        for record in records
    ]
    producer.flush(30)
    for future in sent:
        future.get(timeout=30)


def produce(topic, records, codec="none", idempotent=False):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=idempotent,
        compression_type=None if codec == "none" else codec,
        linger_ms=5,
    )
    send(producer, topic, records)
    producer.close()


def consume(topic, count, uncommitted=False):
    isolation = "read_uncommitted" if uncommitted else "read_committed"
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, isolation_level=isolation)
    partitions = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    found = []
    while len(found) < count:
        for records in consumer.poll(timeout_ms=500).values():
            found += [received(record) for record in records]
    consumer.close()
    return found


def subscribed(topic, group):
    return KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=1,
    )


def read(consumer, count):
    found, behind = [], {}
    while len(found) < count:
        for partition, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                found.append(received(record))
                behind[partition] = OffsetAndMetadata(record.offset + 1, "by kafka-python", -1)
    return found, behind


def consume_as_group(topic, group, count):
    consumer = subscribed(topic, group)
    found, behind = read(consumer, count)
    consumer.commit(behind)
    consumer.close()
    return found


def transactional(identity):
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=identity)
    producer.init_transactions()
    producer.begin_transaction()
    return producer


def finish(producer, end):
    (producer.commit_transaction if end == "commit" else producer.abort_transaction)()


def transact(topic, records, identity, end):
    producer = transactional(identity)
    send(producer, topic, records)
    finish(producer, end)
    producer.close()


def transfer(source, target, group, count, identity, end):
    producer = transactional(identity)
    consumer = subscribed(source, group)
    found, behind = read(consumer, count)
    send(producer, target, found)
    producer.send_offsets_to_transaction(behind, group)
    finish(producer, end)
    producer.close()
    consumer.close()
    return found


def outlive(topic, lost, records, identity):
    zombie = transactional(identity)
    send(zombie, topic, lost)
    transact(topic, records, identity, "commit")
    try:
        zombie.commit_transaction()
    except KafkaError as error:
        return repr(error)


def offset_at(topic, partition, timestamp):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    at = TopicPartition(topic, partition)
    found = consumer.offsets_for_times({at: timestamp})[at]
    consumer.close()
    return -1 if found is None else found.offset


def with_admin(do):
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return do(admin)
    finally:
        admin.close()


def create_topic(topic, partitions, config):
    new = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=config)
    with_admin(lambda admin: admin.create_topics([new]))


def list_topics():
    described = with_admin(lambda admin: admin.describe_topics())
    return {topic["name"]: len(topic["partitions"]) for topic in described}


def describe_config(topic):
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    described = with_admin(lambda admin: admin.describe_configs([resource], config_filter="all"))
    entries = described[ConfigResourceType.TOPIC.name.lower()][topic]
    return {name: str(entry["value"] if isinstance(entry, dict) else entry) for name, entry in entries.items()}


def delete_topic(topic):
    with_admin(lambda admin: admin.delete_topics([topic]))


serve(
    {
        "produce": produce,
        "consume": consume,
        "consumeAsGroup": consume_as_group,
        "offsetAt": offset_at,
        "createTopic": create_topic,
        "listTopics": list_topics,
        "describeConfig": describe_config,
        "deleteTopic": delete_topic,
        "transact": transact,
        "transfer": transfer,
        "outlive": outlive,
    }
)
