import type { EdgeSettings } from "../../core/edge-config.ts";

/** Settings the supervisor hands to an edge's line. */
export interface LineConfig {
  readonly dataFolder: string;
  readonly edge: EdgeSettings;
  /** Of this package; a house of another one is named in the log. */
  readonly version: string;
}
