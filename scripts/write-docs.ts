import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readDescription, renderClient } from "./api-client.ts";
import { errorPage } from "./error-page.ts";

const root = join(import.meta.dirname, "..");
await writeFile(join(root, "docs/errors.md"), errorPage());
await mkdir(join(root, "client"), { recursive: true });
await writeFile(join(root, "client/earshot-client.ts"), await renderClient(await readDescription()));
