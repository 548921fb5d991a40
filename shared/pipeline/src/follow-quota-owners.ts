import type { NatsConnection } from '@nats-io/transport-node';
import { addressSubject } from './address-subject.js';
import { decodeOwners, OWNERS_SUBJECT, OwnersView } from './quota-owners.js';
import { partitionOf, PARTITIONS } from './quota-partition.js';

/** No instance has this name, so that a request addressed to it is answered as undeliverable at once. */
const nobody = 'nobody';

/** Follows which instance of quota owns which partition, to address the one that most likely counts a request. */
export class QuotaOwners {
  readonly #view = new OwnersView();

  constructor(connection: NatsConnection) {
    connection.subscribe(OWNERS_SUBJECT, {
      callback: (error, message) => {
        if (error !== null) return;
        const owners = decodeOwners(message.data, PARTITIONS);
        if (owners !== undefined) this.#view.accept(owners, performance.now());
      },
    });
  }

  /** The instance to ask first; limits that it does not own take it from there to their owners. */
  ownerFor(consumer: string, credentialId: string, clientIp: string): string {
    return this.ownerOf(partitionOf(subjectOf(consumer, credentialId, clientIp)));
  }

  ownerOf(partition: number): string {
    return this.#view.ownerOf(partition)?.instance ?? nobody;
  }
}

function subjectOf(consumer: string, credentialId: string, clientIp: string): string {
  if (consumer !== '') return `consumer:${consumer}`;
  return credentialId !== '' ? `credential:${credentialId}` : `ip:${addressSubject(clientIp)}`;
}
