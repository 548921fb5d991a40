#!/usr/bin/env node
import { readPort, runService } from './run-service.js';
import { serveIdentityProvider } from './serve-identity-provider.js';

const port = readPort('IDP_PORT', 7002);
const dataDir = process.env['SALLYPORT_DATA_DIR'] || '.sallyport';
await runService('identity-provider', 'IDP_PORT', () => serveIdentityProvider({ port, dataDir }));
