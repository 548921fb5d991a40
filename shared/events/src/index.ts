export { type CloudEvent, eventSubject } from './cloud-event.js';
export { buildDenialEvent, type DenialEventFacts } from './build-denial-event.js';
export { type ActEventFacts, buildActEvent } from './build-act-event.js';
export { type Severity } from './ocsf.js';
