// sarama as a foreign client: client <bootstrap>.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

type header [2]*string

type record struct {
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Timestamp *int64   `json:"timestamp,omitempty"`
	Key       *string  `json:"key"`
	Value     *string  `json:"value"`
	Headers   []header `json:"headers"`
}

// command has what any of the commands is given.
type command struct {
	ID         int               `json:"id"`
	Do         string            `json:"do"`
	Topic      string            `json:"topic"`
	Records    []record          `json:"records"`
	Lost       []record          `json:"lost"`
	Codec      string            `json:"codec"`
	Idempotent bool              `json:"idempotent"`
	Count      int               `json:"count"`
	All        bool              `json:"uncommitted"`
	Group      string            `json:"group"`
	Partition  int32             `json:"partition"`
	Timestamp  int64             `json:"timestamp"`
	Partitions int32             `json:"partitions"`
	Config     map[string]string `json:"config"`
	Identity   string            `json:"identity"`
	End        string            `json:"end"`
	Source     string            `json:"source"`
	Target     string            `json:"target"`
}

var brokers = []string{os.Args[1]}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	return config
}

func messages(topic string, records []record) []*sarama.ProducerMessage {
	made := make([]*sarama.ProducerMessage, 0, len(records))
	for _, each := range records {
		message := &sarama.ProducerMessage{Topic: topic}
		if each.Key != nil {
			message.Key = sarama.ByteEncoder(unpack(each.Key))
		}
		if each.Value != nil {
			message.Value = sarama.ByteEncoder(unpack(each.Value))
		}
		for _, pair := range each.Headers {
			message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(*pair[0]), Value: unpack(pair[1])})
		}
		if each.Timestamp != nil {
			message.Timestamp = time.UnixMilli(*each.Timestamp)
		}
		made = append(made, message)
	}
	return made
}

func received(message *sarama.ConsumerMessage) record {
	timestamp := message.Timestamp.UnixMilli()
	found := record{
		Partition: message.Partition,
		Offset:    message.Offset,
		Timestamp: &timestamp,
		Key:       pack(message.Key),
		Value:     pack(message.Value),
		Headers:   []header{},
	}
	for _, each := range message.Headers {
		name := string(each.Key)
		found.Headers = append(found.Headers, header{&name, pack(each.Value)})
	}
	return found
}

func produce(given command) (any, error) {
	config := config()
	if err := config.Producer.Compression.UnmarshalText([]byte(or(given.Codec, "none"))); err != nil {
		return nil, err
	}
	if given.Idempotent {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewSyncProducer(brokers, config)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	return nil, producer.SendMessages(messages(given.Topic, given.Records))
}

func consume(given command) (any, error) {
	config := config()
	if given.All {
		config.Consumer.IsolationLevel = sarama.ReadUncommitted
	}
	consumer, err := sarama.NewConsumer(brokers, config)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partitions, err := consumer.Partitions(given.Topic)
	if err != nil {
		return nil, err
	}
	arrived := make(chan *sarama.ConsumerMessage)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, partition := range partitions {
		reader, err := consumer.ConsumePartition(given.Topic, partition, sarama.OffsetOldest)
		if err != nil {
			return nil, err
		}
		readers.Go(func() {
			defer reader.Close()
			for {
				select {
				case message := <-reader.Messages():
					select {
					case arrived <- message:
					case <-done:
						return
					}
				case <-done:
					return
				}
			}
		})
	}
	found := make([]record, 0, given.Count)
	for len(found) < given.Count {
		found = append(found, received(<-arrived))
	}
	close(done)
	readers.Wait()
	return found, nil
}

// A member hands what it reads to one place, one message at a time.
type member struct {
	arrived chan *sarama.ConsumerMessage
	session chan sarama.ConsumerGroupSession
}

func (m member) Setup(session sarama.ConsumerGroupSession) error {
	select {
	case m.session <- session:
	default:
	}
	return nil
}

func (m member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			select {
			case m.arrived <- message:
			case <-session.Context().Done():
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

// Joins, reads count records, does something with them while it is a member, leaves.
func asMember(topic, group string, count int, then func(sarama.ConsumerGroupSession, []*sarama.ConsumerMessage) error) ([]record, error) {
	joined, err := sarama.NewConsumerGroup(brokers, group, config())
	if err != nil {
		return nil, err
	}
	reader := member{make(chan *sarama.ConsumerMessage), make(chan sarama.ConsumerGroupSession, 1)}
	context, leave := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- joined.Consume(context, []string{topic}, reader) }()
	var found []*sarama.ConsumerMessage
	for len(found) < count {
		select {
		case message := <-reader.arrived:
			found = append(found, message)
		case err := <-ended:
			leave()
			return nil, fmt.Errorf("the session ended early: %w", err)
		}
	}
	err = then(<-reader.session, found)
	leave()
	records := make([]record, 0, count)
	for _, each := range found {
		records = append(records, received(each))
	}
	return records, errors.Join(err, <-ended, joined.Close())
}

func consumeAsGroup(given command) (any, error) {
	return asMember(given.Topic, given.Group, given.Count, func(session sarama.ConsumerGroupSession, found []*sarama.ConsumerMessage) error {
		for _, each := range found {
			session.MarkMessage(each, "by sarama")
		}
		session.Commit()
		return nil
	})
}

func begun(identity string) (sarama.SyncProducer, error) {
	config := config()
	config.Producer.Idempotent = true
	config.Producer.Transaction.ID = identity
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(brokers, config)
	if err != nil {
		return nil, err
	}
	return producer, producer.BeginTxn()
}

func finish(producer sarama.SyncProducer, end string) error {
	if end == "commit" {
		return producer.CommitTxn()
	}
	return producer.AbortTxn()
}

func transact(given command) (any, error) {
	producer, err := begun(given.Identity)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	if err := producer.SendMessages(messages(given.Topic, given.Records)); err != nil {
		return nil, err
	}
	return nil, finish(producer, given.End)
}

func transfer(given command) (any, error) {
	producer, err := begun(given.Identity)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	return asMember(given.Source, given.Group, given.Count, func(_ sarama.ConsumerGroupSession, found []*sarama.ConsumerMessage) error {
		for _, each := range found {
			if err := producer.SendMessages(messages(given.Target, []record{received(each)})); err != nil {
				return err
			}
			if err := producer.AddMessageToTxn(each, given.Group, nil); err != nil {
				return err
			}
		}
		return finish(producer, given.End)
	})
}

func outlive(given command) (any, error) {
	zombie, err := begun(given.Identity)
	if err != nil {
		return nil, err
	}
	defer zombie.Close()
	if err := zombie.SendMessages(messages(given.Topic, given.Lost)); err != nil {
		return nil, err
	}
	given.End = "commit"
	if _, err := transact(given); err != nil {
		return nil, err
	}
	if err := zombie.CommitTxn(); err != nil {
		return err.Error(), nil
	}
	return nil, nil
}

func offsetAt(given command) (any, error) {
	client, err := sarama.NewClient(brokers, config())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return client.GetOffset(given.Topic, given.Partition, given.Timestamp)
}

func withAdmin(use func(sarama.ClusterAdmin) (any, error)) (any, error) {
	admin, err := sarama.NewClusterAdmin(brokers, config())
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	return use(admin)
}

func createTopic(given command) (any, error) {
	entries := map[string]*string{}
	for name, value := range given.Config {
		entries[name] = &value
	}
	detail := &sarama.TopicDetail{NumPartitions: given.Partitions, ReplicationFactor: 1, ConfigEntries: entries}
	return withAdmin(func(admin sarama.ClusterAdmin) (any, error) {
		return nil, admin.CreateTopic(given.Topic, detail, false)
	})
}

func listTopics(command) (any, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) (any, error) {
		topics, err := admin.ListTopics()
		counts := map[string]int32{}
		for name, detail := range topics {
			counts[name] = detail.NumPartitions
		}
		return counts, err
	})
}

func describeConfig(given command) (any, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) (any, error) {
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: given.Topic})
		values := map[string]string{}
		for _, each := range entries {
			values[each.Name] = each.Value
		}
		return values, err
	})
}

func deleteTopic(given command) (any, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) (any, error) {
		return nil, admin.DeleteTopic(given.Topic)
	})
}

func main() {
	commands := map[string]func(command) (any, error){
		"produce":        produce,
		"consume":        consume,
		"consumeAsGroup": consumeAsGroup,
		"offsetAt":       offsetAt,
		"createTopic":    createTopic,
		"listTopics":     listTopics,
		"describeConfig": describeConfig,
		"deleteTopic":    deleteTopic,
		"transact":       transact,
		"transfer":       transfer,
		"outlive":        outlive,
	}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var given command
		var answer any
		if err = json.Unmarshal(line, &given); err == nil {
			answer, err = commands[given.Do](given)
		}
		reply, _ := json.Marshal(answer)
		if err != nil {
			said, _ := json.Marshal(err.Error())
			fmt.Printf("{\"id\":%d,\"error\":%s}\n", given.ID, said)
		} else {
			fmt.Printf("{\"id\":%d,\"answer\":%s}\n", given.ID, reply)
		}
	}
}
