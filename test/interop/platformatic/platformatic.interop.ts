import { describeForeignClient } from "../scenarios.js";
import { platformatic } from "./platformatic.js";

describeForeignClient(platformatic);
