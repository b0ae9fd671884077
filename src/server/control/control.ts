import type { Registry } from "prom-client";
import { PLAIN_HOUSE } from "../../core/house-config.ts";
import { NO_STORAGE } from "../../core/storage-config.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { ApiTokens, EventDesk, HouseDesk, type LiveEvent, ReminderDesk, ReminderOutbox, ReminderWaves, Sessions, WebhookDesk } from "../../event/mod.ts";
import type { Database } from "../adapters/database.ts";
import type { LiveCertificate } from "../adapters/certificate.ts";
import { Pages } from "../adapters/pages.ts";
import { openStore } from "../blobs/open-store.ts";
import { openSmtpSender } from "../mail/mod.ts";
import type { ProcessHealth } from "../supervisor/admin.ts";
import { ensureVapidKeys, PushSender } from "../push/mod.ts";
import { writeReminderOffer } from "../adapters/reminder-offer.ts";
import type { RunningStage, WantedStage } from "../supervisor/ipc.ts";
import { createAccountDesk } from "./accounts/account-desk.ts";
import { readProviderSecret } from "./accounts/provider-secret.ts";
import { EnterLimit, HAND_RULES } from "./api/enter-limit.ts";
import { openBackstagePort } from "./backstage-port.ts";
import type { ControlConfig } from "./config.ts";
import { Edges } from "./edges/edges.ts";
import { HouseKeeping } from "./house-keeping.ts";
import { createControlMetrics } from "./metrics.ts";
import { HouseLooks } from "./house-looks.ts";
import { HouseWatch } from "./house-watch.ts";
import { Imports } from "./imports.ts";
import { Pictures } from "./pictures.ts";
import { Recordings } from "./recordings.ts";
import { ReminderSender } from "./reminder-sender.ts";
import { Sounds } from "./sounds.ts";
import { Snapshots } from "./snapshots.ts";
import { PressureGauge } from "../front/pressure-gauge.ts";
import { createSocial, type Social } from "./social.ts";
import { WallGate } from "./wall-gate.ts";
import { WallBudget } from "./api/wall-budget.ts";
import { RoomPipes } from "./stage-pipe.ts";
import { Stages } from "./stages.ts";
import { Uploader } from "./uploader.ts";
import { WebhookSender } from "./webhook-sender.ts";

/** Rooms' WebSockets that are passed on at the same time at most: fifteen events with everybody and a second page each. */
const ROOM_PIPES = 512;

/** Everything control works with; whoever makes it closes the database after control. */
export interface ControlOptions {
  readonly config: ControlConfig;
  readonly houseKey: Uint8Array;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  /** With it the backstage port speaks TLS. The caller closes it. */
  readonly certificate?: LiveCertificate | undefined;
  /** Told the whole list of wanted stages whenever it changes. */
  readonly wantStages: (stages: readonly WantedStage[]) => void;
}

/** The control process' inside. */
export interface Control {
  /** Address of the backstage port on this machine. */
  readonly url: string;
  /** Takes over the supervisor's list of running stages, and how all processes stand. */
  setStages(stages: readonly RunningStage[], processes?: readonly ProcessHealth[]): void;
  /** Takes in lines of all processes' logs for the operator's page. */
  hearLog(lines: readonly string[]): void;
  /** Makes one round now: doors, stages, files, wishes, webhooks. Rounds also run by themselves once a second. */
  round(): Promise<void>;
  close(): Promise<void>;
}

/** Opens control: everything public is written from the database, then the port opens. @throws `port-in-use`, `disk-full` */
export async function createControl(options: ControlOptions): Promise<Control> {
  const { config, houseKey, database, clock, log, registry, wantStages } = options;
  const desk: EventDesk = new EventDesk({
    ...{ store: database, houseKey, clock },
    onChange: (eventId) => snapshots.mark(eventId),
    suspended: (eventId) => social.moderation.suspendedKeys(eventId),
  });
  const gauge = new PressureGauge({ uplinkBytesPerSecond: 0, bytesOut: () => 0 });
  const wallGate = new WallGate(() => gauge.read());
  const onFreed = async (eventIds: readonly string[]) => {
    for (const eventId of eventIds) snapshots.mark(eventId);
    await housekeeping.settle();
  };
  const social: Social = createSocial({ dataFolder: config.dataFolder, database, desk, gate: wallGate, houseKey, clock, log, onFreed });
  const sessions = new Sessions(database, clock);
  const tokens = new ApiTokens(database, clock);
  const webhooks = new WebhookDesk({ store: database, clock, houseKey, describe: async (eventId) => await desk.toPublic(await desk.byId(eventId)) });
  const sender = new WebhookSender({ webhooks, clock, log });
  const stages = new Stages({ dataFolder: config.dataFolder, houseKey, desk, soundCheck: config.soundCheck !== false, clock, log });
  const onManifest = (event: LiveEvent) => void stages.readManifest(event);
  const snapshots = new Snapshots({ dataFolder: config.dataFolder, desk, log, onManifest, hasWall: (eventId) => social.hasWall(eventId) });
  const imports = new Imports({ dataFolder: config.dataFolder, desk, log });
  // A stage that does not answer reads them when one is played.
  const onSounds = (event: LiveEvent) => void stages.command(event, { type: "read-sounds" }).catch(() => {});
  const sounds = new Sounds({ dataFolder: config.dataFolder, clock, log, onChange: onSounds });
  const mail = config.mail === undefined ? undefined : openSmtpSender(config.mail);
  const { publicUrl, backstageUrl } = config;
  const { provider } = config;
  const providerSecret = await readProviderSecret(process.env, provider?.secretFile);
  const accounts = createAccountDesk({ store: database, houseKey, clock, log, publicUrl, backstageUrl, mail, provider, providerSecret });
  const { storage = NO_STORAGE, dataFolder } = config;
  const store = openStore(storage, { environment: process.env, clock });
  const busy = (event: LiveEvent) => stages.holds(event.id);
  const uploader = store === undefined ? undefined : new Uploader({ dataFolder, store, localDays: storage.localDays, desk, busy, clock, log });
  const recordings = new Recordings({
    dataFolder,
    desk,
    recordingDays: storage.recordingDays,
    uploader,
    onDeleted: (eventId) => stages.recordingDeleted(eventId),
    clock,
    log,
  });
  const pictures = new Pictures({ dataFolder, clock, log });
  const housekeeping: HouseKeeping = new HouseKeeping({
    recordings,
    pictures,
    logo: () => looks.look.logo?.file,
    imports,
    desk,
    sessions,
    accounts: accounts.accounts,
    snapshots,
    stages,
    clock,
    log,
    wantStages,
  });
  const looks = new HouseLooks({ dataFolder, settings: config.house ?? PLAIN_HOUSE, desk: new HouseDesk(database), pictures, log });
  const failures = () => ({ files: snapshots.failures, rounds: housekeeping.failures });
  const edges = new Edges({ config, houseKey, desk, stages, clock, log });
  const watch = new HouseWatch({ dataFolder, version: config.version ?? "", clock, log, failures, edges: () => edges.figures() });
  const mailsPerMinute = config.mail?.perMinute ?? 1;
  const push = new PushSender({ keys: await ensureVapidKeys(dataFolder), contact: contactOf(config), allowPrivate: config.privatePush === true });
  const reminders = new ReminderDesk({ store: database, clock, houseKey });
  const isReplayReady = async (event: LiveEvent) => (await recordings.view(event)).durationSeconds !== null;
  const waves = new ReminderWaves({ store: database, clock, mailsPerMinute, isReplayReady });
  const outbox = new ReminderOutbox({ store: database, clock });
  const reminding = new ReminderSender({ desk, reminders, waves, outbox, mail, mailsPerMinute, push, publicUrl, backstageUrl, clock, log });
  await writeReminderOffer(dataFolder, { at: backstageUrl, mail: mail !== undefined, push: push.publicKey });
  const reminderLimit = new EnterLimit(clock, HAND_RULES);
  const enterLimit = new EnterLimit(clock);
  const handLimit = new EnterLimit(clock, HAND_RULES);
  const wallBudget = new WallBudget(clock);
  const rooms = new RoomPipes(ROOM_PIPES);
  const metrics = createControlMetrics(registry, {
    database,
    enterLimit,
    accounts,
    housekeeping,
    snapshots,
    stages,
    rooms,
    edges,
    sender,
    reminding,
    uploader,
  });

  if (config.soundCheck !== false) await desk.ensureSoundCheck();
  for (const { id } of await desk.all()) snapshots.mark(id);
  await snapshots.flush();
  await looks.open();
  const pages = await Pages.open(config.webFolder);
  const settle = () => housekeeping.settle();
  const { url, server } = await openBackstagePort({
    config,
    houseKey,
    desk,
    sessions,
    accounts,
    tokens,
    webhooks,
    stages,
    enterLimit,
    handLimit,
    social,
    wallBudget,
    wallGate,
    recordings,
    sounds,
    pictures,
    looks,
    watch,
    uploader,
    mail,
    push,
    reminders,
    reminderLimit,
    clock,
    log,
    settle,
    rooms,
    edges,
    metrics,
    pages,
    certificate: options.certificate,
  });
  housekeeping.start();
  sender.start();
  reminding.start();
  uploader?.start();
  // A kill between a post and the next version of its wall leaves one that tells of an older moment.
  for (const { id, status } of await desk.all()) if (status !== "ended" && status !== "cancelled" && (await social.hasWall(id))) social.files.mark(id);
  social.files.start();

  let closed: Promise<void> | undefined;
  const close = async () => {
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    rooms.close();
    const edgesClosed = edges.close();
    server.closeAllConnections();
    await ended;
    await edgesClosed;
    await housekeeping.close();
    await sender.close();
    await accounts.mail?.close();
    await uploader?.close();
    await reminding.close();
    mail?.close();
    push.close();
    await social.files.close();
    gauge.close();
  };
  return {
    url,
    setStages(list, processes = []) {
      watch.setProcesses(processes);
      stages.setRunning(list);
      edges.setStages(list);
      housekeeping.listKnown();
    },
    hearLog: (lines) => watch.hear(lines),
    async round() {
      await housekeeping.round();
      await sender.round();
      await reminding.round();
      await reminding.settled();
      await uploader?.round();
      await social.files.round();
      await edges.round();
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** How push services reach the operator. @spec RFC 8292 §2.1 */
function contactOf({ mail, publicUrl }: ControlConfig): string {
  if (mail !== undefined) return `mailto:${mail.from.address}`;
  return publicUrl.startsWith("https:") ? publicUrl : "mailto:operator@localhost";
}
