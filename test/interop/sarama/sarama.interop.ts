import { describeForeignClient } from "../scenarios.js";
import { sarama } from "./sarama.js";

describeForeignClient(sarama);
