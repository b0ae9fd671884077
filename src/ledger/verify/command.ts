import { readFile } from "node:fs/promises";
import { folderSource } from "./folder-source.ts";
import { nodeInflate, nodeSha256, nodeSignatureCheck } from "./node-crypto.ts";
import { urlSource } from "./source.ts";
import { verifyLedger, type VerifyOptions } from "./verify.ts";
import { verdictInWords } from "./words.ts";

const USAGE = `verify <address or folder> [options]

  Checks the ledger of an Earshot event and works its figures out again.
  --key KEY        the log's verifier key, as you got it from the organiser
  --witness KEY    a witness's verifier key, as you got it from the witness (may be given more than once)
  --known FILE     a checkpoint of this ledger you kept from before
  --no-replay      do not read the recording
  --json           print the verdict for programs

  Exit status: 0 holds, 1 contradicted, 2 wrong use, 3 holds with gaps, 4 could not be read
`;

/** Exit status of each outcome. */
const STATUS = { holds: 0, "holds-with-gaps": 3, contradicted: 1 } as const;
const WRONG_USE = 2;
const UNREADABLE = 4;

/** Where the words go; stdout and stderr of a process. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs `verify` with its arguments. Resolves to the exit status. */
export async function verifyCommand(args: readonly string[], { out, err }: Output): Promise<number> {
  const asked = readArguments(args);
  if (asked === undefined) {
    err(USAGE);
    return WRONG_USE;
  }
  const { place, json, knownFile, ...given } = asked;
  try {
    const isAddress = /^https?:\/\//.test(place);
    const options: VerifyOptions = {
      source: isAddress ? urlSource(place, fetch) : await folderSource(place),
      sha256: nodeSha256,
      check: nodeSignatureCheck(),
      inflate: nodeInflate,
      ...given,
      ...(knownFile === undefined ? {} : { known: await readFile(knownFile, "utf8") }),
    };
    const verdict = await verifyLedger(options);
    out(json ? `${JSON.stringify(verdict, null, 2)}\n` : verdictInWords(verdict));
    return STATUS[verdict.result];
  } catch (cause) {
    err(`Could not be read: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return UNREADABLE;
  }
}

interface Asked extends Pick<VerifyOptions, "logKey" | "witnessKeys" | "replay"> {
  readonly place: string;
  readonly json: boolean;
  readonly knownFile: string | undefined;
}

function readArguments(args: readonly string[]): Asked | undefined {
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  const places: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string;
    if (arg === "--no-replay" || arg === "--json") flags.add(arg);
    else if (arg === "--key" || arg === "--witness" || arg === "--known") {
      const value = args[++index];
      if (value === undefined) return undefined;
      values.set(arg, [...(values.get(arg) ?? []), value]);
    } else if (arg.startsWith("-")) return undefined;
    else places.push(arg);
  }
  const [place, ...more] = places;
  if (place === undefined || more.length > 0) return undefined;
  const [logKey] = values.get("--key") ?? [];
  const witnessKeys = values.get("--witness");
  return {
    place,
    json: flags.has("--json"),
    replay: !flags.has("--no-replay"),
    knownFile: values.get("--known")?.[0],
    ...(logKey === undefined ? {} : { logKey }),
    ...(witnessKeys === undefined ? {} : { witnessKeys }),
  };
}
