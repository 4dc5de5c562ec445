/** The error class of the web's interfaces. */
const CODES: Readonly<Record<string, number>> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25
}

/** Names of constants that do not follow from those of the errors. */
const CONSTANTS: Readonly<Record<string, string>> = { HierarchyRequestError: 'HIERARCHY_REQUEST_ERR', URLMismatchError: 'URL_MISMATCH_ERR', InUseAttributeError: 'INUSE_ATTRIBUTE_ERR', InvalidNodeTypeError: 'INVALID_NODE_TYPE_ERR', NoModificationAllowedError: 'NO_MODIFICATION_ALLOWED_ERR' }

export class DOMException extends Error {
  readonly #name: string

  constructor (message: string = '', options: string | { name?: string, cause?: unknown } = 'Error') {
    const { name = 'Error', cause } = typeof options === 'string' ? { name: options } : options
    super(`${message}`, cause === undefined ? undefined : { cause })
    this.#name = `${name}`
  }

  static {
    for (const [name, code] of Object.entries(CODES)) {
      const constant = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase().replace(/_ERROR$/, '_ERR')
      for (const holder of [this, this.prototype]) Object.defineProperty(holder, CONSTANTS[name] ?? constant, { value: code, enumerable: true })
    }
  }

  override get name (): string { return this.#name }
  get code (): number { return CODES[this.#name] ?? 0 }
  get [Symbol.toStringTag] (): string { return 'DOMException' }
}
