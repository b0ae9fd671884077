/** What we use of the package, which brings no types. */
declare module "pg" {
  /** How one connection is made. Times are milliseconds. */
  export interface ClientSettings {
    readonly connectionString: string;
    readonly application_name?: string;
    readonly connectionTimeoutMillis?: number;
    readonly query_timeout?: number;
    readonly statement_timeout?: number;
    readonly lock_timeout?: number;
    readonly idle_in_transaction_session_timeout?: number;
    readonly keepAlive?: boolean;
    readonly types?: { getTypeParser(oid: number): (text: string) => unknown };
  }
  /** What a statement gave. */
  export interface Rows {
    readonly rowCount: number | null;
    readonly rows: readonly unknown[];
  }
  export class Client {
    constructor(settings: ClientSettings);
    readonly connection: { readonly stream: { destroy(): void } };
    connect(): Promise<void>;
    query(sql: string, parameters?: readonly unknown[]): Promise<Rows>;
    end(): Promise<void>;
    on(name: "error", heard: (cause: Error) => void): this;
    once(name: "end", heard: () => void): this;
  }
  /** What the server says when it refuses; its `code` is an SQLSTATE. */
  export class DatabaseError extends Error {
    readonly code: string | undefined;
  }
}
