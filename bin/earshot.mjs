#!/usr/bin/env node
// Plain JavaScript for any Node: finds a Node that can run the house, then hands over to src/cli/main.ts.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = 26;
const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "src", "cli", "main.ts");

function bundledNode() {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = path.join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await import(pathToFileURL(main).href);
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `Earshot needs Node ${NEEDED}; this is Node ${process.versions.node} and no newer one came with the package for ${process.platform}-${process.arch}.`,
    );
    console.error(`What to do: install Node ${NEEDED} or newer, then run the same command again.`);
    process.exit(1);
  }
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}
