import { createServer } from 'node:http';

import { answerRequest } from './answer-orders.js';
import { problem, sendAnswer } from './http-answer.js';
import { listenOnLoopback, type RunningService } from './listen-on-loopback.js';
import { OrderStore } from './order-store.js';
import { seedOrders } from './seed-orders.js';

const SEEDED_ORDERS = 60;

/** Serves the orders API on loopback, seeded anew on each start. Port 0 takes a free one. */
export function serveOrders({ port }: { readonly port: number }): Promise<RunningService> {
  const store = new OrderStore(seedOrders(SEEDED_ORDERS));
  // Longer than a proxy keeps its own side open, so that no request meets a connection that is just being closed.
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    answerRequest(request, store).then(
      (answer) => sendAnswer(response, answer),
      (fault: unknown) => {
        if (request.destroyed && !request.complete) return;
        console.error(fault);
        sendAnswer(response, problem(500, 'the orders service failed'));
      },
    );
  });
  return listenOnLoopback(server, port);
}
