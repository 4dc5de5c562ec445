/** `crypto.createECDH`, `diffieHellman`: the keys are in the isolate, the thread computes. */
import { dataBytes, encoded } from './crypto-hash.ts'
import { keyData, type KeyObject } from './crypto-key-object.ts'
import { bytesOf, callHost, valueOf } from './host-call.ts'
import { checkString, nodeError } from './invalid-argument.ts'
import { asBuffer, toBytes } from './to-bytes.ts'

interface Keys { readonly privateKey: string, readonly publicKey: string }

export class ECDH {
  readonly #curve: string
  #private: Uint8Array | undefined
  #public: Uint8Array | undefined

  constructor (curve: unknown) {
    checkString('curve', curve)
    this.#curve = curve
  }

  generateKeys (encoding?: unknown, format?: unknown): unknown {
    this.#take(valueOf<Keys>(callHost('crypto.ecdhKeys', { curve: this.#curve })))
    return this.getPublicKey(encoding, format)
  }

  setPrivateKey (key: unknown, encoding?: unknown): this {
    this.#take(valueOf<Keys>(callHost('crypto.ecdhKeys', { curve: this.#curve }, [dataBytes('key', key, encoding)])))
    return this
  }

  getPrivateKey (encoding?: unknown): unknown { return encoded(this.#present(this.#private), encoding) }

  /** `format`: uncompressed, compressed or hybrid. */
  getPublicKey (encoding?: unknown, format: unknown = 'uncompressed'): unknown {
    return encoded(converted(this.#present(this.#public), this.#curve, format), encoding)
  }

  computeSecret (other: unknown, inputEncoding?: unknown, outputEncoding?: unknown): unknown {
    return encoded(bytesOf(callHost('crypto.ecdhSecret', { curve: this.#curve }, [this.#present(this.#private), dataBytes('otherPublicKey', other, inputEncoding)])), outputEncoding)
  }

  static convertKey (key: unknown, curve: unknown, inputEncoding?: unknown, outputEncoding?: unknown, format: unknown = 'uncompressed'): unknown {
    checkString('curve', curve)
    return encoded(converted(dataBytes('key', key, inputEncoding), curve, format), outputEncoding)
  }

  #take ({ privateKey, publicKey }: Keys): void {
    this.#private = toBytes(privateKey, 'base64')
    this.#public = toBytes(publicKey, 'base64')
  }

  #present (key: Uint8Array | undefined): Uint8Array {
    if (key === undefined) throw nodeError(new Error('Failed to get ECDH key'), 'ERR_CRYPTO_ECDH_INVALID_KEY')
    return key
  }
}

function converted (point: Uint8Array, curve: string, format: unknown): Uint8Array {
  return toBytes(valueOf<string>(callHost('crypto.ecdhConvert', { curve, format }, [point])), 'base64')
}

export function diffieHellman ({ privateKey, publicKey }: { privateKey: KeyObject, publicKey: KeyObject }): unknown {
  return asBuffer(bytesOf(callHost('crypto.diffieHellman', {}, [keyData(privateKey).bytes, keyData(publicKey).bytes])))
}
