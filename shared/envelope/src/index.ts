export { ByteReader, ByteWriter, EnvelopeError } from './bytes.js';
export { beginEntry, endEntry, forEachEntry } from './batch.js';
export { Sections, sectionMask, type SectionName } from './sections.js';
export {
  inlineBytes,
  readAddress,
  type RequestAddress,
  type RequestSection,
  RequestView,
  writeInlineBody,
  writeRequest,
} from './request-section.js';
export { readCredentials, writeCredentials } from './credentials-section.js';
export {
  type AuthFacts,
  encodeAuthFacts,
  type Passage,
  type QuotaFacts,
  readAuth,
  readCaller,
  readPassage,
  readQuota,
  readRouting,
  readValidation,
  type RoutingFacts,
  type ValidationFacts,
  writeAuth,
  writeQuota,
  writeRouting,
  writeValidation,
} from './stage-sections.js';
export {
  type Chunk,
  type Credit,
  type Denial,
  readChunk,
  readCredit,
  readDenial,
  readResponse,
  type ResponseHead,
  writeChunk,
  writeCredit,
  writeDenial,
  writeResponse,
} from './answer-sections.js';
