import type { Role } from "../wire/room.ts";

/** Acts that need a permission. */
export type Act = "go-live" | "end" | "mute-others";

/** Who may do what: the one table. */
export const PERMISSIONS: Readonly<Record<Act, readonly Role[]>> = {
  "go-live": ["host", "co-host"],
  end: ["host"],
  "mute-others": ["host", "co-host"],
};

/** Whether a role may do an act. */
export function may(role: Role, act: Act): boolean {
  return PERMISSIONS[act].includes(role);
}
