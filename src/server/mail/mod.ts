// Mail: hands what other rooms wrote to the operator's mail server.
// Owner: whoever changes how mail leaves the house.
// In: a message and an address. Out: SMTP. Nothing is kept here; retries belong to whoever sends.
// Without `mail` in the settings there is no sender, and nothing that needs one is offered.
// Specifications: RFC 5321 (SMTP), RFC 5322 (messages), RFC 3207 (STARTTLS), RFC 8058 (one-tap unsubscribe), RFC 3834 (automatic mail).
export type { MailMessage, MailSender } from "./mail-sender.ts";
export { openSmtpSender } from "./smtp-sender.ts";
