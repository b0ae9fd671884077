import { loadConfig } from "../core/config.ts";
import { EarshotError, ERRORS } from "../core/errors.ts";
import { exportEvent, importEvent, packageVersion, serve, serveEdge } from "../server/mod.ts";
import { doctor } from "./doctor.ts";
import { verify } from "./verify.ts";

const USAGE = `earshot <command>

  serve         run Earshot here (npm start)
  edge          hand the audio of a house elsewhere to more listeners, from here
  doctor        check this machine and the settings; --json for programs
  verify PLACE  check the ledger of an event at an address or in a folder
  export SLUG FOLDER  an ended event as a folder that plays without a server
  import FOLDER       take an exported event into this house
  config        print the settings in force
  version       print the version
`;

/** Runs a command. Resolves to the exit status. */
async function run(command: string | undefined, flags: readonly string[]): Promise<number> {
  if (command === "serve") {
    await serve(loadConfig(process.env, process.cwd()));
    return 0;
  }
  if (command === "edge") {
    await serveEdge(loadConfig(process.env, process.cwd()));
    return 0;
  }
  if (command === "doctor") return await doctor(loadConfig(process.env, process.cwd()), flags.includes("--json"));
  if (command === "verify") return await verify(flags);
  if (command === "export" && flags.length === 2) {
    const { dataFolder, storage } = loadConfig(process.env, process.cwd());
    const { files, bytes } = await exportEvent({ dataFolder, slug: flags[0] ?? "", folder: flags[1] ?? "", storage });
    process.stdout.write(`${files} files, ${(bytes / 1e6).toFixed(1)} MB. Open ${flags[1]}/index.html\n`);
    return 0;
  }
  if (command === "import" && flags.length === 1) {
    const { slug } = await importEvent(loadConfig(process.env, process.cwd()).dataFolder, flags[0] ?? "");
    process.stdout.write(`Imported. A running house announces it within a second, another at its next start: /e/${slug}\n`);
    return 0;
  }
  if (command === "config") {
    process.stdout.write(`${JSON.stringify(loadConfig(process.env, process.cwd()), hidePassword, 2)}\n`);
    return 0;
  }
  if (command === "version") {
    process.stdout.write(`${await packageVersion()}\n`);
    return 0;
  }
  process.stdout.write(USAGE);
  return command === undefined || command === "help" ? 0 : 2;
}

/** What is printed is read over shoulders and pasted into reports. */
function hidePassword(name: string, value: unknown): unknown {
  return name === "databaseUrl" && typeof value === "string" ? value.replace(/:[^:@/]*@/, ":...@").replace(/([?&]password=)[^&]*/, "$1...") : value;
}

try {
  process.exitCode = await run(process.argv[2], process.argv.slice(3));
} catch (cause) {
  const error = cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause);
  const { meaning, action } = ERRORS[error.code];
  const details = Object.entries(error.details).map(([name, value]) => `  ${name}: ${value}\n`);
  process.stderr.write(`\n${meaning}\n${details.join("")}What to do: ${action}\n`);
  if (!(cause instanceof EarshotError)) process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
  process.exitCode = 1;
}
