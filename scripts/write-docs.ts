import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorPage } from "./error-page.ts";

await writeFile(join(import.meta.dirname, "../docs/errors.md"), errorPage());
