import { EarshotError } from "../../../core/errors.ts";
import { pushRenewal, reminderAnswer, reminderDraft, reminderProgress, type ReminderView, reminderView } from "../../../wire/reminders.ts";
import { paths } from "../../../wire/paths.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Being reminded of an event: asking, confirming, ending, and how far the notices are. */
export function reminderRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, reminders, push, mail, reminderLimit, config } = house;

  const view = async (token: string): Promise<ReminderView> => {
    const found = await reminders.find(token);
    if (found === undefined) return { state: "ended" };
    const event = await desk.byId(found.eventId);
    return { state: found.state, title: event.title, url: `${config.publicUrl}${paths.event(event.slug)}` };
  };

  return [
    {
      ...route("POST /api/events/:slug/reminders", {
        summary:
          "Asks to be reminded, without an account: by mail, which a mail asks to confirm, or by Web Push. Told when it is soon, on air, moved, called off, to be heard again.",
        status: 201,
        body: reminderDraft,
        answer: reminderAnswer,
        problems: ["event-unknown", "forbidden", "transition-invalid", "invalid-field", "push-address-refused", "reminders-full", "rate-limited", "not-found"],
        handle: ({ body, param, address }) =>
          reminderLimit.attempt(address, async () => {
            const event = await desk.bySlug(param("slug"));
            const { language, timeZone } = body;
            if (body.kind === "mail") {
              if (mail === undefined) throw new EarshotError("not-found", { rule: "a house that sends mail" });
              return await reminders.ask(event, { kind: "mail", address: body.address, identity: body.address, language, timeZone });
            }
            const { endpoint, p256dh, auth } = body;
            push.check({ endpoint, p256dh, auth });
            return await reminders.ask(event, { kind: "push", address: JSON.stringify({ endpoint, p256dh, auth }), identity: endpoint, language, timeZone });
          }),
      }),
      fromListeners: "strangers",
    },
    {
      ...route("POST /api/reminders/renew", {
        summary:
          "Puts a browser's new push subscription in the place of one that ended, wherever it is reminded; the old one's keys show that it is that browser.",
        body: pushRenewal,
        problems: ["reminder-unknown", "invalid-field", "push-address-refused", "rate-limited"],
        handle: ({ body, address }) =>
          reminderLimit.attempt(address, async () => {
            push.check(body.new);
            await reminders.exchange(body);
          }),
      }),
      fromListeners: "strangers",
    },
    route("GET /api/events/:slug/reminders", {
      summary: "How many want to be reminded, and how far each notice is: waiting, sent, failed. No address is in it.",
      answer: reminderProgress,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "see-reminders", event.id);
        return await reminders.progress(event.id);
      },
    }),
    route("GET /api/reminders/:token", {
      summary: "What a link in one of our mails stands for. Looking confirms and ends nothing: mail programs look at every link.",
      answer: reminderView,
      problems: ["reminder-unknown"],
      handle: async ({ param }) => await view(param("token")),
    }),
    route("POST /api/reminders/:token/confirm", {
      summary: "Confirms a mail address.",
      answer: reminderView,
      problems: ["reminder-unknown"],
      handle: async ({ param }) => {
        await reminders.confirm(param("token"));
        return await view(param("token"));
      },
    }),
    {
      ...route("POST /api/reminders/:token/end", {
        summary: "Ends a reminder and forgets its address; nothing more is sent.",
        problems: ["reminder-unknown"],
        handle: async ({ param }) => await reminders.end(param("token")),
      }),
      fromListeners: "strangers",
    },
  ];
}
