import { randomUUID } from "node:crypto";
import { createTransport } from "nodemailer";
import { EarshotError } from "../../core/errors.ts";
import type { MailSettings } from "../../core/mail-config.ts";
import type { MailMessage, MailSender } from "./mail-sender.ts";

/** Connections to the mail server at the same time; most allow more, none less. */
const CONNECTIONS = 3;
/** Time for the connection and for the server's greeting, and longest silence afterwards. Milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
/** Answers from here on are final. @spec RFC 5321 §4.2.1 */
const PERMANENT = 500;

/** Sends by SMTP. The caller closes it. @spec RFC 5321, RFC 3207 (STARTTLS), RFC 8058 (one-tap unsubscribe) */
export function openSmtpSender(settings: MailSettings): MailSender {
  const { host, port, secure, login, from } = settings;
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  const transport = createTransport({
    host,
    port,
    secure,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A password never goes over a line that everybody can read.
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password }, requireTLS: !secure }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Failures of idle connections; those of a mail reach whoever sent it.
  transport.on("error", () => {});
  return {
    async send(message) {
      try {
        await transport.sendMail({
          from,
          // As an object: never read as a list of addresses.
          to: { name: "", address: message.to },
          subject: message.subject,
          text: message.text,
          ...(message.html === undefined ? {} : { html: message.html }),
          messageId: `<${message.id ?? randomUUID()}@${domain}>`,
          headers: headersOf(message),
        });
      } catch (cause) {
        throw toError(cause);
      }
    },
    close: () => transport.close(),
  };
}

function headersOf({ unsubscribeUrl }: MailMessage): Record<string, string> {
  // Nobody's out-of-office answers. @spec RFC 3834 §5
  const automatic = { "Auto-Submitted": "auto-generated" };
  if (unsubscribeUrl === undefined) return automatic;
  return { ...automatic, "List-Unsubscribe": `<${unsubscribeUrl}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
}

/** The server's own words stay out of it: they repeat the address. */
function toError(cause: unknown): EarshotError {
  const { responseCode = 0, code = "" } = cause as { responseCode?: number; code?: string };
  const details = responseCode > 0 ? { smtp: responseCode } : { reason: code };
  // A wrong password is the operator's to mend; the mail itself is good.
  const final = responseCode >= PERMANENT ? code !== "EAUTH" : responseCode === 0 && code === "EENVELOPE";
  return new EarshotError(final ? "mail-refused" : "mail-away", details);
}
