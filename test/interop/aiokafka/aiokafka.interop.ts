import { describeForeignClient } from "../scenarios.js";
import { aiokafka } from "./aiokafka.js";

describeForeignClient(aiokafka);
