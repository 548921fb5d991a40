import { accountTable, type IdentityName } from './accounts.js';

export interface NatsConfigOptions {
  readonly host: string;
  readonly port: number;
  /** Where JetStream keeps its files. */
  readonly storeDir: string;
  readonly publicKeys: Readonly<Record<IdentityName, string>>;
}

const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;

/**
 * The configuration of nats-server: accounts, identities and permissions from the one table. A client that does not
 * answer pings is evicted within three seconds, so that a stopped process does not keep its share of a queue group.
 */
export function renderNatsConfig(options: NatsConfigOptions): string {
  const lines = [
    `listen: ${JSON.stringify(`${options.host}:${options.port}`)}`,
    'ping_interval: "1s"',
    'ping_max: 2',
    'write_deadline: "2s"',
    'max_payload: 1048576',
    'max_pending: 67108864',
    `jetstream { store_dir: ${JSON.stringify(options.storeDir)} }`,
    'accounts {',
  ];
  for (const [name, account] of Object.entries(accountTable)) {
    lines.push(`  ${name} {`);
    if (account.jetstream) lines.push('    jetstream: enabled');
    lines.push('    users: [');
    for (const [identity, { publish, publishDeny, subscribe }] of Object.entries(account.identities)) {
      const deny = publishDeny === undefined ? '' : `, deny: ${list(publishDeny)}`;
      lines.push(
        `      # ${identity}`,
        `      { nkey: ${options.publicKeys[identity as IdentityName]}, permissions: {`,
        `        publish: { allow: ${list(publish)}${deny} }, subscribe: { allow: ${list(subscribe)} } } }`,
      );
    }
    lines.push('    ]');
    if (account.exports) {
      lines.push(`    exports: [${account.exports.map((e) => `{ ${e.kind}: ${JSON.stringify(e.subject)} }`).join(', ')}]`);
    }
    if (account.imports) {
      const imports = account.imports.map((i) => {
        const to = i.to === undefined ? '' : `, to: ${JSON.stringify(i.to)}`;
        return `{ ${i.kind}: { account: ${i.account}, subject: ${JSON.stringify(i.subject)} }${to} }`;
      });
      lines.push('    imports: [', ...imports.map((line) => `      ${line}`), '    ]');
    }
    lines.push('  }');
  }
  lines.push('}', '');
  return lines.join('\n');
}
