// The way in of verify.mjs, the one file a stranger downloads and runs: node verify.mjs <address or folder>
import { verifyCommand } from "./command.ts";

process.exitCode = await verifyCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
