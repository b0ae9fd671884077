import { verifyCommand } from "../ledger/verify/command.ts";

/** `earshot verify <address or folder>`: the very code a stranger runs as verify.mjs. Resolves to the exit status. */
export async function verify(args: readonly string[]): Promise<number> {
  return await verifyCommand(args, { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) });
}
