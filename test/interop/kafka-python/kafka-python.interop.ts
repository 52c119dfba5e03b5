import { describeForeignClient } from "../scenarios.js";
import { kafkaPython } from "./kafka-python.js";

describeForeignClient(kafkaPython);
