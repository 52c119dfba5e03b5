export { type ProtobufSerde, protobuf } from "./protobuf.js";
