import { matching } from './fields.js';

/** Fields that frame or route a message, carry other credentials, or are written by the gateway itself. */
const RESERVED =
  /^(?:authorization|cookie|set-cookie|host|content-.*|transfer-encoding|te|trailer|connection|keep-alive|upgrade|proxy-.*|x-request-id|traceparent|x-consumer-.*|forwarded|x-forwarded-.*)$/;

/** Whether a header, in lower case, may carry an API key. */
export function isCredentialHeader(name: string): boolean {
  return /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name) && !RESERVED.test(name);
}

/** The name of a header (RFC 9110 §5.1) that may carry an API key, in lower case. */
export const credentialHeader = matching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'the name of a header')
  .transform((name) => name.toLowerCase())
  .refine(isCredentialHeader, 'has a meaning of its own: choose another name, such as x-api-key');
