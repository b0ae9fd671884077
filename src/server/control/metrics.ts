import type { IncomingMessage, ServerResponse } from "node:http";
import promClient, { type Registry } from "prom-client";
import { counter, gauge } from "../../core/metrics.ts";
import type { Database } from "../adapters/database.ts";
import type { AccountDesk } from "./accounts/account-desk.ts";
import type { EnterLimit } from "./api/enter-limit.ts";
import type { Edges } from "./edges/edges.ts";
import type { HouseKeeping } from "./house-keeping.ts";
import type { ReminderSender } from "./reminder-sender.ts";
import type { Snapshots } from "./snapshots.ts";
import type { RoomPipes } from "./stage-pipe.ts";
import type { Stages } from "./stages.ts";
import type { Uploader } from "./uploader.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** Bounds of the duration histogram. Seconds: a read takes 1 ms, a commit a few, an answer of a stage up to a second. */
const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts requests on the backstage port. */
export interface ControlMetrics {
  watch(request: IncomingMessage, response: ServerResponse): void;
}

/** Whatever of control can be measured. */
export interface ControlSources {
  readonly database: Database;
  readonly enterLimit: EnterLimit;
  readonly accounts: AccountDesk;
  readonly housekeeping: HouseKeeping;
  readonly snapshots: Snapshots;
  readonly stages: Stages;
  readonly rooms: RoomPipes;
  readonly edges: Edges;
  readonly sender: WebhookSender;
  readonly reminding: ReminderSender;
  /** Undefined when recordings are kept on this disk alone. */
  readonly uploader: Uploader | undefined;
}

/** Makes control's metrics in a registry. */
export function createControlMetrics(registry: Registry, sources: ControlSources): ControlMetrics {
  const { database, enterLimit, accounts, housekeeping, snapshots, stages, rooms, edges, sender, reminding, uploader } = sources;
  const duration = new promClient.Histogram({
    name: "earshot_backstage_request_seconds",
    help: "Duration of requests on the backstage port.",
    labelNames: ["kind", "method", "status"],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  counter(registry, "earshot_database_transactions_total", "Transactions on disk.", () => database.figures().transactions);
  counter(registry, "earshot_database_commits_total", "Flushes to disk; several transactions share one.", () => database.figures().commits);
  counter(registry, "earshot_database_refused_total", "Transactions undone: a broken rule or a full disk.", () => database.figures().refused);
  counter(registry, "earshot_database_reconnects_total", "Connections to the database that had to be made again.", () => database.figures().reconnects);
  gauge(registry, "earshot_database_last_commit_seconds", "Duration of the last flush to disk.", () => database.figures().lastCommitMs / 1000);
  gauge(registry, "earshot_backstage_rooms_open", "WebSockets of rooms that are open.", () => rooms.openCount);
  gauge(registry, "earshot_edges_connected", "Edges that follow this house now.", () => edges.connectedCount);
  counter(registry, "earshot_enter_refused_total", "Attempts to enter that were turned away by the limit.", () => enterLimit.refused);
  const { strangers, knownDevices, byPasskey, mail } = accounts;
  const refused = () => strangers.refused + knownDevices.refused + byPasskey.refused;
  counter(registry, "earshot_sign_in_refused_total", "Attempts to sign in to an account that were turned away by a limit.", refused);
  if (mail !== undefined) {
    counter(registry, "earshot_sign_in_mails_total", "Sign-in mails handed over.", () => mail.sent);
    counter(registry, "earshot_sign_in_mails_held_total", "Sign-in mails not sent because their address had been sent enough.", () => mail.held);
    counter(registry, "earshot_sign_in_mails_failed_total", "Sign-in mails the mail server did not take.", () => mail.failed);
  }
  counter(registry, "earshot_public_file_failures_total", "Public files that could not be written at the first try.", () => snapshots.failures);
  counter(registry, "earshot_stage_looks_failed_total", "Looks at a running stage that got no answer.", () => stages.looksFailed);
  gauge(registry, "earshot_stages_running", "Stages the supervisor says run.", () => stages.runningCount);
  counter(registry, "earshot_control_rounds_failed_total", "Rounds of control that failed.", () => housekeeping.failures);
  counter(registry, "earshot_webhooks_delivered_total", "Webhook messages taken by the other side.", () => sender.delivered);
  counter(registry, "earshot_webhook_attempts_failed_total", "Attempts to deliver a webhook message that failed.", () => sender.failed);
  counter(registry, "earshot_webhooks_dead_total", "Webhook messages given up after the last attempt.", () => sender.dead);
  counter(registry, "earshot_reminders_sent_total", "Reminders taken by the mail server or a push service.", () => reminding.sent);
  counter(registry, "earshot_reminder_attempts_failed_total", "Attempts to send a reminder that failed.", () => reminding.failed);
  counter(registry, "earshot_reminders_dead_total", "Reminders given up.", () => reminding.dead);
  gauge(registry, "earshot_reminders_waiting", "Reminders still to be sent.", () => reminding.waiting);
  if (uploader !== undefined) {
    const secondsSince = (unixMs: number | null | undefined) => (unixMs == null ? 0 : Math.max(0, Date.now() - unixMs) / 1000);
    gauge(registry, "earshot_store_queue_files", "Files of recordings that are not in the store yet.", () => uploader.figures.files);
    gauge(registry, "earshot_store_queue_bytes", "What of them is still to be sent.", () => uploader.figures.bytes);
    gauge(registry, "earshot_store_deletions_waiting", "Deleted recordings that are to be taken away in the store.", () => uploader.figures.deletions);
    gauge(registry, "earshot_store_queue_age_seconds", "How long the oldest of them has waited.", () => secondsSince(uploader.figures.waitingSinceUnixMs));
    gauge(registry, "earshot_store_lost_seconds", "How long the store has taken nothing; 0 while it does.", () =>
      secondsSince(uploader.figures.lost?.sinceUnixMs),
    );
    counter(registry, "earshot_store_sent_bytes_total", "Bytes the store took.", () => uploader.sentBytes);
    counter(registry, "earshot_store_failures_total", "Times the store took nothing.", () => uploader.failures);
  }
  return {
    watch(request, response) {
      const started = performance.now();
      const kind = /^\/(api|whip|assets|studio|enter|sign-in|account|healthz)\b/.exec(request.url ?? "")?.[1] ?? "other";
      const method = ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"].includes(request.method ?? "") ? (request.method as string) : "other";
      response.on("close", () => duration.observe({ kind, method, status: response.statusCode }, (performance.now() - started) / 1000));
    },
  };
}
