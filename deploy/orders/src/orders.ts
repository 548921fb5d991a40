#!/usr/bin/env node
import { readPort, runService } from './run-service.js';
import { serveOrders } from './serve-orders.js';

const port = readPort('ORDERS_PORT', 7001);
await runService('orders', 'ORDERS_PORT', () => serveOrders({ port }));
