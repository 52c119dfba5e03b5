"""aiokafka as a foreign client: python client.py <bootstrap>."""

import asyncio
import os
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

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


async def send(producer, topic, records):
    sent = [
        await producer.send(
            topic,
            key=unpack(record["key"]),
            value=unpack(record["value"]),
            headers=[(name, unpack(value)) for name, value in record["headers"]],
            timestamp_ms=record.get("timestamp"),
        )
        for record in records
    ]
    await asyncio.gather(*sent)


async def produce(topic, records, codec="none", idempotent=False):
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=idempotent,
        compression_type=None if codec == "none" else codec,
        linger_ms=5,
    ) as producer:
        await send(producer, topic, records)


async def consume(topic, count, uncommitted=False):
    isolation = "read_uncommitted" if uncommitted else "read_committed"
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation) as consumer:
        await consumer._client.force_metadata_update()
        consumer.assign([TopicPartition(topic, each) for each in consumer._client.cluster.partitions_for_topic(topic)])
        await consumer.seek_to_beginning()
        return [received(await consumer.getone()) for _ in range(count)]


def member(topic, group):
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )


async def read(consumer, count):
    records = [await consumer.getone() for _ in range(count)]
    behind = {TopicPartition(each.topic, each.partition): each.offset + 1 for each in records}
    return [received(each) for each in records], behind


async def consume_as_group(topic, group, count):
    async with member(topic, group) as consumer:
        found, behind = await read(consumer, count)
        await consumer.commit(behind)
        return found


def transactional(identity):
    return AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=identity)


async def finish(producer, end):
    await (producer.commit_transaction if end == "commit" else producer.abort_transaction)()


async def transact(topic, records, identity, end):
    async with transactional(identity) as producer:
        await producer.begin_transaction()
        await send(producer, topic, records)
        await finish(producer, end)


async def transfer(source, target, group, count, identity, end):
    async with transactional(identity) as producer, member(source, group) as consumer:
        await producer.begin_transaction()
        found, behind = await read(consumer, count)
        await send(producer, target, found)
        await producer.send_offsets_to_transaction(behind, group)
        await finish(producer, end)
        return found


async def outlive(topic, lost, records, identity):
    zombie = transactional(identity)
    await zombie.start()
    await zombie.begin_transaction()
    await send(zombie, topic, lost)
    await transact(topic, records, identity, "commit")
    try:
        await zombie.commit_transaction()
    except KafkaError as error:
        return repr(error)
    finally:
        await zombie.stop()


async def offset_at(topic, partition, timestamp):
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        at = TopicPartition(topic, partition)
        found = (await consumer.offsets_for_times({at: timestamp}))[at]
        return -1 if found is None else found.offset


async def with_admin(do):
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return await do(admin)
    finally:
        await admin.close()


async def create_topic(topic, partitions, config):
    new = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=config)
    response = await with_admin(lambda admin: admin.create_topics([new]))
    for _, code, *_ in response.topic_errors:
        if code != 0:
            raise for_code(code)


async def list_topics():
    described = await with_admin(lambda admin: admin.describe_topics())
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def describe_config(topic):
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    (response,) = await with_admin(lambda admin: admin.describe_configs([resource]))
    ((_, _, _, _, entries),) = response.resources
    return {name: value for name, value, *_ in entries}


async def delete_topic(topic):
    await with_admin(lambda admin: admin.delete_topics([topic]))


def run(command):
    return lambda **given: asyncio.run(command(**given))


serve(
    {
        "produce": run(produce),
        "consume": run(consume),
        "consumeAsGroup": run(consume_as_group),
        "offsetAt": run(offset_at),
        "createTopic": run(create_topic),
        "listTopics": run(list_topics),
        "describeConfig": run(describe_config),
        "deleteTopic": run(delete_topic),
        "transact": run(transact),
        "transfer": run(transfer),
        "outlive": run(outlive),
    }
)
