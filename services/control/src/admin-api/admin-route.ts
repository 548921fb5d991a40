import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';

export interface AdminCall {
  readonly params: Readonly<Record<string, string>>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whose token it is; events about what was changed name it. */
  readonly actor: string;
  /** Checks the query; one that does not fit is a 400 that names the parameter. */
  readonly query: <T>(schema: z.ZodType<T>) => T;
  /** Reads the JSON body and checks it; one that does not fit is a 400 that names the field. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/api/v1/keys/:id`. */
  readonly path: string;
  /** Served without the admin token. */
  readonly open?: boolean;
  /** What it does, for the OpenAPI document. */
  readonly summary: string;
  readonly querySchema?: z.ZodObject;
  readonly requestSchema?: z.ZodType;
  /** What is answered; for the OpenAPI document alone. */
  readonly responseSchema?: z.ZodType;
  /** The media type of the answer, where it is not JSON. */
  readonly responseType?: string;
  /** Yields what is answered as JSON; undefined where it has answered itself. */
  readonly handle: (call: AdminCall) => Promise<unknown>;
}
