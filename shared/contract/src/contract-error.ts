/** A fault of the OpenAPI document itself. `pointer` (RFC 6901) says where in the document it is. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

/** Something that a document says and the contract does not check; no reason to refuse the document. */
export interface ContractWarning {
  readonly pointer: string;
  readonly message: string;
}
