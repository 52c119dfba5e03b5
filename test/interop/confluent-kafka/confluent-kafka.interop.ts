import { describeForeignClient } from "../scenarios.js";
import { confluentKafka } from "./confluent-kafka.js";

describeForeignClient(confluentKafka);
