import { z } from "zod";

/** Longest address of a mail box. Characters. @spec RFC 5321 §4.5.3.1.3, erratum 1690 */
const ADDRESS_MAX = 254;
/** Mails handed to the mail server per minute unless told otherwise: what small providers take without complaint. */
const PER_MINUTE = 300;

/** `name@example.org`, or `Name <name@example.org>`. */
const SENDER = /^(?:([^<>"\p{Control}]{0,80}?)\s*<([^\s<>@\p{Control}]+@[^\s<>@\p{Control}]+)>|([^\s<>@\p{Control}]+@[^\s<>@\p{Control}]+))$/u;

/** The part of the settings that says how mail is sent; without it no mail is offered anywhere. */
export const mailSchema = z.strictObject({
  url: z
    .string()
    .refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== "", "smtp://host:587 or smtps://host:465"),
  from: z.string().max(ADDRESS_MAX).regex(SENDER, "an address such as events@example.org, or Name <events@example.org>"),
  per_minute: z.int().min(1).max(60_000).default(PER_MINUTE),
});

/** How mail is sent. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: { readonly name: string; readonly address: string };
  /** Mails handed over per minute at most. */
  readonly perMinute: number;
}

/** Completes checked settings. */
export function completeMail(settings: z.infer<typeof mailSchema>): MailSettings {
  const { hostname, port, protocol, username, password } = new URL(settings.url);
  const secure = protocol === "smtps:";
  const [, name = "", named, bare = ""] = SENDER.exec(settings.from) ?? [];
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    login: username === "" ? undefined : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    from: { name, address: named ?? bare },
    perMinute: settings.per_minute,
  };
}
