"""librdkafka, through its Python binding, as a foreign client: python client.py <bootstrap>."""

import os
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from foreign_program import pack, serve, unpack

bootstrap = sys.argv[1]


def received(message):
    return {
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": message.timestamp()[1],
        "key": pack(message.key()),
        "value": pack(message.value()),
        "headers": [[name, pack(value)] for name, value in message.headers() or []],
    }


def send(producer, topic, records):
    failures = []
    for record in records:
        options = {"timestamp": record["timestamp"]} if "timestamp" in record else {}
        producer.produce(
            topic,
            key=unpack(record["key"]),
            value=unpack(record["value"]),
            headers=[(name, unpack(value)) for name, value in record["headers"]],
            on_delivery=lambda error, _: failures.append(error) if error else None,
            **options,
        )
        producer.poll(0)
    if producer.flush(30) > 0 or failures:
        raise RuntimeError(f"not delivered: {failures}")


def produce(topic, records, codec="none", idempotent=False):
    settings = {"acks": "all", "enable.idempotence": idempotent, "compression.type": codec, "linger.ms": 5}
    send(Producer({"bootstrap.servers": bootstrap, **settings}), topic, records)


def read(consumer, count):
    found = []
    while len(found) < count:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        found.append(message)
    return found


def consume(topic, count, uncommitted=False):
    settings = {"isolation.level": "read_uncommitted" if uncommitted else "read_committed"}
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "enable.auto.commit": False, **settings})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    found = [received(message) for message in read(consumer, count)]
    consumer.close()
    return found


def subscribed(topic, group):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "partition.assignment.strategy": "cooperative-sticky",
        }
    )
    consumer.subscribe([topic])
    return consumer


def behind(messages):
    offsets = {(message.topic(), message.partition()): message.offset() + 1 for message in messages}
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]


def consume_as_group(topic, group, count):
    consumer = subscribed(topic, group)
    messages = read(consumer, count)
    consumer.commit(offsets=behind(messages), asynchronous=False)
    consumer.close()
    return [received(message) for message in messages]


def transactional(identity):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": identity})
    producer.init_transactions(10)
    producer.begin_transaction()
    return producer


def finish(producer, end):
    (producer.commit_transaction if end == "commit" else producer.abort_transaction)(10)


def transact(topic, records, identity, end):
    producer = transactional(identity)
    send(producer, topic, records)
    finish(producer, end)


def transfer(source, target, group, count, identity, end):
    producer = transactional(identity)
    consumer = subscribed(source, group)
    messages = read(consumer, count)
    send(producer, target, [received(message) for message in messages])
    producer.send_offsets_to_transaction(behind(messages), consumer.consumer_group_metadata(), 10)
    finish(producer, end)
    consumer.close()
    return [received(message) for message in messages]


def outlive(topic, lost, records, identity):
    zombie = transactional(identity)
    send(zombie, topic, lost)
    transact(topic, records, identity, "commit")
    try:
        zombie.commit_transaction(10)
    except KafkaException as error:
        return str(error)


def offset_at(topic, partition, timestamp):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none"})
    (found,) = consumer.offsets_for_times([TopicPartition(topic, partition, timestamp)], timeout=10)
    consumer.close()
    return found.offset


admin = AdminClient({"bootstrap.servers": bootstrap})


def create_topic(topic, partitions, config):
    new = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=config)
    admin.create_topics([new], operation_timeout=10)[topic].result()


def list_topics():
    return {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=10).topics.items()}


def describe_config(topic):
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    entries = admin.describe_configs([resource])[resource].result()
    return {name: entry.value for name, entry in entries.items()}


def delete_topic(topic):
    admin.delete_topics([topic], operation_timeout=10)[topic].result()


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
