import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own client as a foreign client: java Client bootstrap. A JSON command per line in, a JSON answer per line out. */
public class Client {
  static final ObjectMapper json = new ObjectMapper();
  static String bootstrap;

  public static void main(String[] args) throws Exception {
    bootstrap = args[0];
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonNode command = json.readTree(line);
      Map<String, Object> reply = new LinkedHashMap<>();
      reply.put("id", command.get("id").asInt());
      try {
        reply.put("answer", answer(command));
      } catch (Throwable error) {
        reply.put("error", error.toString());
      }
      System.out.println(json.writeValueAsString(reply));
    }
  }

  static Object answer(JsonNode command) throws Exception {
    String topic = command.path("topic").asText();
    switch (command.get("do").asText()) {
      case "produce":
        return produce(topic, command);
      case "consume":
        return consume(topic, command.get("count").asInt(), command.path("uncommitted").asBoolean(false));
      case "consumeAsGroup":
        return consumeAsGroup(topic, command.get("group").asText(), command.get("count").asInt());
      case "offsetAt":
        return offsetAt(new TopicPartition(topic, command.get("partition").asInt()), command.get("timestamp").asLong());
      case "createTopic":
        return createTopic(topic, command);
      case "listTopics":
        return listTopics();
      case "describeConfig":
        return describeConfig(topic);
      case "deleteTopic":
        try (Admin admin = admin()) {
          admin.deleteTopics(List.of(topic)).all().get();
        }
        return null;
      case "transact":
        return transact(topic, command.get("records"), command);
      case "transfer":
        return transfer(command);
      case "outlive":
        return outlive(topic, command);
      default:
        throw new IllegalArgumentException("no such command");
    }
  }

  static Object produce(String topic, JsonNode command) throws Exception {
    Map<String, Object> config = config();
    config.put("acks", "all");
    config.put("linger.ms", 5);
    config.put("enable.idempotence", command.path("idempotent").asBoolean(false));
    config.put("compression.type", command.path("codec").asText("none"));
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (JsonNode given : command.get("records")) sent.add(producer.send(record(topic, given)));
      for (Future<RecordMetadata> each : sent) each.get();
    }
    return null;
  }

  static ProducerRecord<byte[], byte[]> record(String topic, JsonNode given) {
    Long timestamp = given.has("timestamp") ? given.get("timestamp").asLong() : null;
    byte[] key = unpack(given.get("key"));
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, null, timestamp, key, unpack(given.get("value")));
    for (JsonNode header : given.get("headers")) {
      record.headers().add(header.get(0).asText(), unpack(header.get(1)));
    }
    return record;
  }

  static KafkaProducer<byte[], byte[]> transactional(JsonNode command) {
    Map<String, Object> config = config();
    config.put("transactional.id", command.get("identity").asText());
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    producer.beginTransaction();
    return producer;
  }

  static void end(KafkaProducer<byte[], byte[]> producer, JsonNode command) {
    if (command.get("end").asText().equals("commit")) producer.commitTransaction();
    else producer.abortTransaction();
  }

  static Object transact(String topic, JsonNode records, JsonNode command) {
    try (KafkaProducer<byte[], byte[]> producer = transactional(command)) {
      for (JsonNode given : records) producer.send(record(topic, given));
      producer.flush();
      end(producer, command);
    }
    return null;
  }

  static Object transfer(JsonNode command) {
    try (KafkaProducer<byte[], byte[]> producer = transactional(command);
        KafkaConsumer<byte[], byte[]> consumer = member(command.get("group").asText())) {
      consumer.subscribe(List.of(command.get("source").asText()));
      List<ConsumerRecord<byte[], byte[]>> records = read(consumer, command.get("count").asInt());
      String target = command.get("target").asText();
      for (ConsumerRecord<byte[], byte[]> each : records) {
        producer.send(new ProducerRecord<>(target, null, each.timestamp(), each.key(), each.value(), each.headers()));
      }
      producer.sendOffsetsToTransaction(behind(records), consumer.groupMetadata());
      end(producer, command);
      return received(records);
    }
  }

  static Object outlive(String topic, JsonNode command) throws Exception {
    KafkaProducer<byte[], byte[]> zombie = transactional(command);
    try {
      for (JsonNode given : command.get("lost")) zombie.send(record(topic, given));
      zombie.flush();
      transact(topic, command.get("records"), ((ObjectNode) command.deepCopy()).put("end", "commit"));
      zombie.commitTransaction();
      return "";
    } catch (KafkaException error) {
      return error.toString();
    } finally {
      zombie.close(Duration.ZERO);
    }
  }

  static Object consume(String topic, int count, boolean uncommitted) {
    Map<String, Object> config = config();
    config.put("isolation.level", uncommitted ? "read_uncommitted" : "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(config)) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      return received(read(consumer, count));
    }
  }

  static Object consumeAsGroup(String topic, String group, int count) {
    try (KafkaConsumer<byte[], byte[]> consumer = member(group)) {
      consumer.subscribe(List.of(topic));
      List<ConsumerRecord<byte[], byte[]>> records = read(consumer, count);
      consumer.commitSync(behind(records));
      return received(records);
    }
  }

  static KafkaConsumer<byte[], byte[]> member(String group) {
    Map<String, Object> config = config();
    config.put("group.id", group);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", false);
    config.put("isolation.level", "read_committed");
    config.put("max.poll.records", 1);
    return consumer(config);
  }

  static Map<TopicPartition, OffsetAndMetadata> behind(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<TopicPartition, OffsetAndMetadata> behind = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      TopicPartition partition = new TopicPartition(record.topic(), record.partition());
      behind.put(partition, new OffsetAndMetadata(record.offset() + 1, "by Java"));
    }
    return behind;
  }

  static Object offsetAt(TopicPartition partition, long timestamp) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
      OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, timestamp)).get(partition);
      return found == null ? -1 : found.offset();
    }
  }

  static Object createTopic(String topic, JsonNode command) throws Exception {
    Map<String, String> config = new HashMap<>();
    command.get("config").fields().forEachRemaining(each -> config.put(each.getKey(), each.getValue().asText()));
    try (Admin admin = admin()) {
      NewTopic wanted = new NewTopic(topic, command.get("partitions").asInt(), (short) 1).configs(config);
      admin.createTopics(List.of(wanted)).all().get();
    }
    return null;
  }

  static Object listTopics() throws Exception {
    try (Admin admin = admin()) {
      Map<String, Integer> partitions = new HashMap<>();
      admin
          .describeTopics(admin.listTopics().names().get())
          .allTopicNames()
          .get()
          .forEach((name, described) -> partitions.put(name, described.partitions().size()));
      return partitions;
    }
  }

  static Object describeConfig(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = admin()) {
      Map<String, String> values = new HashMap<>();
      admin
          .describeConfigs(List.of(resource))
          .all()
          .get()
          .get(resource)
          .entries()
          .forEach(entry -> values.put(entry.name(), entry.value()));
      return values;
    }
  }

  static Map<String, Object> config() {
    return new HashMap<>(Map.of("bootstrap.servers", bootstrap));
  }

  static Admin admin() {
    return Admin.create(config());
  }

  static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  static List<ConsumerRecord<byte[], byte[]>> read(KafkaConsumer<byte[], byte[]> consumer, int count) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    while (found.size() < count) consumer.poll(Duration.ofMillis(500)).forEach(found::add);
    return found;
  }

  static List<Object> received(List<ConsumerRecord<byte[], byte[]>> records) {
    List<Object> received = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      List<Object> headers = new ArrayList<>();
      for (Header header : record.headers()) headers.add(new String[] {header.key(), pack(header.value())});
      Map<String, Object> shown = new HashMap<>();
      shown.put("partition", record.partition());
      shown.put("offset", record.offset());
      shown.put("timestamp", record.timestamp());
      shown.put("key", pack(record.key()));
      shown.put("value", pack(record.value()));
      shown.put("headers", headers);
      received.add(shown);
    }
    return received;
  }

  static byte[] unpack(JsonNode text) {
    return text.isNull() ? null : Base64.getDecoder().decode(text.asText());
  }

  static String pack(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
