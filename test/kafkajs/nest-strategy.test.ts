import "reflect-metadata";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { EventPattern, MessagePattern } from "@nestjs/microservices";
import { Broker } from "@ottla/broker";
import { type ConsumedRecord, json, Kafka, string, topic } from "@ottla/client";
import { ContractStrategy, type ContractStrategyOptions, contractPattern } from "@ottla/kafkajs/nest";
import { of } from "rxjs";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const orders = topic("orders", { key: string(), value: json<{ id: string; cents: number }>() });
const refunds = topic("refunds", { key: string(), value: json<{ order: string }>() });
const On = contractPattern(EventPattern);

/** What `decorator` does to a method, written out: this file is compiled without legacy decorators. */
function method<C extends object, N extends keyof C & string, F>(
  decorate: (target: object, name: string, descriptor: TypedPropertyDescriptor<C[N]>) => F,
  { prototype }: { readonly prototype: C },
  name: N,
): F {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) throw new Error(`no method ${name}`);
  return decorate(prototype, name, descriptor);
}

const start = async (controller: new () => object, run: ContractStrategyOptions<typeof orders>["run"] = {}) => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  cleanup(() => kafka.close());
  await kafka.admin().topics.create([orders, refunds]);
  class AppModule {}
  Module({ controllers: [controller] })(AppModule);
  const topics = [orders, refunds];
  const strategy = new ContractStrategy({ kafka, consumer: { groupId: "billing", topics }, run: run as never });
  const app = await NestFactory.createMicroservice(AppModule, { strategy, logger: false });
  cleanup(() => app.close());
  return { kafka, app };
};

it("a typed strategy gives Nest's controllers the records of contracts, again where a handler failed", async () => {
  const seen: unknown[] = [];
  class Billing {
    async bill({ key, value }: ConsumedRecord<typeof orders>) {
      seen.push([key, value.cents]);
      if (seen.length === 1) throw new Error("not yet");
    }
    refund({ value, topic: name }: ConsumedRecord<typeof refunds>) {
      seen.push([name, value.order]);
      return of("an Observable is waited for");
    }
  }
  method(On(orders), Billing, "bill");
  method(On(refunds), Billing, "refund");
  // @ts-expect-error -- the method takes other records
  method(On(refunds), Billing, "bill");
  Reflect.deleteMetadata("microservices:pattern", Billing.prototype.bill);
  method(On(orders), Billing, "bill");
  Controller()(Billing);

  const { kafka, app } = await start(Billing, { retry: { attempts: 2, backoff: 5 } });
  await app.listen();
  const producer = kafka.producer();
  await producer.send(orders, { key: "o-1", value: { id: "o-1", cents: 1250 } });
  await expect
    .poll(() => seen)
    .toEqual([
      ["o-1", 1250],
      ["o-1", 1250],
    ]);
  await producer.send(refunds, { key: "o-1", value: { order: "o-1" } });
  await expect.poll(() => seen.at(-1)).toEqual(["refunds", "o-1"]);
  await app.close();
  const committed = await kafka.admin().offsets.committed("billing");
  expect(committed.map(({ topic: name, offset }) => [name, offset]).toSorted()).toEqual([
    ["orders", 1n],
    ["refunds", 1n],
  ]);
});

it("a typed strategy does not begin without a handler for each topic, nor with one that would reply", async () => {
  class Half {
    bill(_: ConsumedRecord<typeof orders>) {}
  }
  method(On(orders), Half, "bill");
  Controller()(Half);
  const { app } = await start(Half);
  await expect(app.listen()).rejects.toThrow(/topic refunds: no handler/);

  class Replying {
    ask() {
      return "an answer";
    }
  }
  method(MessagePattern("orders"), Replying, "ask");
  Controller()(Replying);
  const replying = await start(Replying);
  await expect(replying.app.listen()).rejects.toThrow(/nothing would be replied/);
});
