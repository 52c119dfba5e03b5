import { describeForeignClient } from "../scenarios.js";
import { kafkajs } from "./kafkajs.js";

describeForeignClient(kafkajs);
