/** A mail to one person. */
export interface MailMessage {
  /** Address alone, without a name: `ada@example.org`. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Where one POST ends all further mails of this kind, without a question. @spec RFC 8058 §3.1 */
  readonly unsubscribeUrl?: string;
  /** The same for every attempt at the same mail, so that mail boxes show it once. Letters, digits, dots and hyphens. Default: a new one. @spec RFC 5322 §3.6.4 */
  readonly id?: string;
}

/** Hands mails to a mail server. One attempt each: whoever sends owns the retries. */
export interface MailSender {
  /** Resolves when the mail server has taken the mail. @throws `mail-away` when it may take it later, `mail-refused` when it never will */
  send(message: MailMessage): Promise<void>;
  /** Ends idle connections; a mail under way is finished or fails. */
  close(): void;
}
