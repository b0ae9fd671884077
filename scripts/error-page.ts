import { ERRORS } from "../src/core/errors.ts";

/** The manual's page of errors, made from the one table. */
export function errorPage(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, retryable, meaning, action }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} | ${action} |`,
  );
  return `# Errors\n\nMade from \`src/core/errors.ts\` by \`npm run docs\`.\n\n| code | HTTP status | may work later unchanged | what it means | what to do |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}
