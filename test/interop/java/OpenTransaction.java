import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Begins a transaction, sends records in it and leaves it open: java OpenTransaction bootstrap topic transactionalId count. */
public class OpenTransaction {
  public static void main(String[] args) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", args[0], "transactional.id", args[2]);
    KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    producer.initTransactions();
    producer.beginTransaction();
    for (int n = 0; n < Integer.parseInt(args[3]); n++) producer.send(new ProducerRecord<>(args[1], "open", args[2] + " " + n));
    producer.flush();
  }
}
