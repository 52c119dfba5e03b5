import { apis, peekCorrelationId, peekRequest } from "@ottla/protocol";
import type { Clock, Network, Socket } from "@ottla/world";
import type { RequestEvent, RequestTimeoutEvent } from "./connection-events.js";
import { FrameHeads } from "./frame-heads.js";

type Answered = RequestEvent["payload"];
type TimedOut = RequestTimeoutEvent["payload"];

/** Who is told of requests. */
export interface RequestObserver {
  /** Asked when a connection is opened: one that nobody observes costs nothing. */
  isObserving(): boolean;
  answered(request: Answered): void;
  timedOut(request: TimedOut): void;
}

interface NetworkObserver extends RequestObserver {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}

const requestHeadBytes = 8;
const answerHeadBytes = 4;
/** A broker may hold these for longer than a request may take. */
const held: ReadonlySet<number> = new Set([apis.JoinGroup.key, apis.SyncGroup.key]);
const apiNames = new Map<number, string>(Object.values(apis).map(({ key, name }) => [key, name]));

/** A network whose connections tell of the requests that go through them, as kafkajs's events do. */
export function observedNetwork(network: Network, clock: Clock, observer: NetworkObserver): Network {
  return {
    listen: (options, onConnection) => network.listen(options, onConnection),
    connect: (options) => {
      const socket = network.connect(options);
      if (observer.isObserving()) observe(socket, `${options.host}:${options.port}`, clock, observer);
      return socket;
    },
  };
}

function observe(socket: Socket, broker: string, clock: Clock, observer: NetworkObserver): void {
  /** In the order they were sent, which is that of the answers. */
  const pending: TimedOut[] = [];
  const { clientId } = observer;
  const requests = new FrameHeads(requestHeadBytes, (head) => {
    const { apiKey, apiVersion, correlationId } = peekRequest(head);
    const now = clock.now();
    const apiName = apiNames.get(apiKey) ?? `${apiKey}`;
    // Requests do not wait in line: they are sent when they are made.
    const times = { createdAt: now, sentAt: now, pendingDuration: 0 };
    pending.push({ apiKey, apiName, apiVersion, broker, clientId, correlationId, ...times });
  });
  const answers = new FrameHeads(answerHeadBytes, (head, size) => {
    const correlationId = peekCorrelationId(head);
    const index = pending.findIndex((request) => request.correlationId === correlationId);
    const request = pending[index];
    // What stands before it has no answer: Produce with acks 0.
    pending.splice(0, index + 1);
    if (request !== undefined) observer.answered({ ...request, size, duration: clock.now() - request.sentAt });
  });
  const { write, on, destroy } = socket;
  socket.write = (data, onSent) => {
    requests.push(data);
    return write.call(socket, data, onSent);
  };
  socket.on = ((event: string, listener: (argument: never) => void): unknown => {
    const heard = (chunk: Buffer): void => {
      answers.push(chunk);
      listener(chunk as never);
    };
    return on.call(socket, event as never, (event === "data" ? heard : listener) as never);
  }) as Socket["on"];
  // A connection on which a request is not answered in time is given up, with all that is behind it.
  socket.destroy = (error) => {
    // Timers and the clock that events are told by may differ by a millisecond.
    const sentBy = clock.now() - observer.requestTimeoutMs + 1;
    for (const request of pending.splice(0)) {
      if (request.sentAt <= sentBy && !held.has(request.apiKey)) observer.timedOut(request);
    }
    return destroy.call(socket, error);
  };
}
