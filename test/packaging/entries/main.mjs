// Every entry by import, from an ES module.
import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import * as openTelemetry from "@ottla/client/opentelemetry";
import * as prom from "@ottla/client/prometheus";
import * as protobufEs from "@ottla/client/protobuf-es";
import * as kafkajs from "@ottla/kafkajs";
import * as nest from "@ottla/kafkajs/nest";
import { service } from "./service.cjs";

void service({ Broker, client, kafkajs, nest, openTelemetry, prom, protobufEs });
