import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/** Where tests lay files that need no real disk: in memory where there is one, because a flush of a database costs milliseconds elsewhere. What is killed or torn has its folder on a real one. */
export const TEST_DISK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
