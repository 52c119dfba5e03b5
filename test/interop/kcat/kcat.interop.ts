import { describeForeignClient } from "../scenarios.js";
import { kcat } from "./kcat.js";

describeForeignClient(kcat);
