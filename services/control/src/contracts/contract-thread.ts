import type { OpenApiDocument } from '@sallyport/policy';
import { parentPort, workerData } from 'node:worker_threads';
import { findContractFaults } from './find-contract-faults.js';

parentPort?.postMessage(findContractFaults(workerData as Record<string, OpenApiDocument>));
