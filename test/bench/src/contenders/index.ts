import type { Contender } from '../contender.js';
import { fastifyCached, fastifyUncached } from './fastify.js';
import { hopsFloor, undiciFloor, uwsFloor } from './floors.js';
import { haproxy, haproxyRs256 } from './haproxy.js';
import { moleculer } from './moleculer.js';
import { nginx } from './nginx.js';
import { sallyport } from './sallyport.js';

/** In the order in which they run. */
export const contenders: readonly Contender[] = [
  sallyport,
  haproxy,
  haproxyRs256,
  fastifyCached,
  fastifyUncached,
  moleculer,
  nginx,
  uwsFloor,
  undiciFloor,
  hopsFloor,
];
