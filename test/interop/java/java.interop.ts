import { describeForeignClient } from "../scenarios.js";
import { java } from "./java.js";

describeForeignClient(java);
