/* Some of librdkafka's tests create topics with three replicas. Loaded before the library, this asks for one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

void *rd_kafka_NewTopic_new(const char *topic, int partitions, int replicas, char *error, size_t error_size) {
  void *(*create)(const char *, int, int, char *, size_t) = dlsym(RTLD_NEXT, "rd_kafka_NewTopic_new");
  return create(topic, partitions, replicas > 1 ? 1 : replicas, error, error_size);
}
