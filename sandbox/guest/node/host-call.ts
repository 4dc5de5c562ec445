/** Operations of the thread (sandbox/host-ops.ts) with several values of bytes: they cross as one, and `lengths` tells them apart. */
import { hostAsync, hostSync, type HostValue } from '../link.ts'
import { jsonStringify, NativeUint8Array } from '../primordials.ts'

/** Undefined stands for a value that is absent. */
export type Pieces = readonly (Uint8Array | undefined)[]

export function callHost (name: string, args: object, pieces?: Pieces): HostValue {
  return hostSync(name, textOf(args, pieces), pieces === undefined ? undefined : joined(pieces))
}

export async function callHostLater (name: string, args: object, pieces?: Pieces): Promise<HostValue> {
  return await hostAsync(name, textOf(args, pieces), pieces === undefined ? undefined : joined(pieces))
}

export function bytesOf (answer: HostValue): Uint8Array {
  if ('value' in answer) throw new Error('the platform gave no bytes')
  return answer
}

export function valueOf<T> (answer: HostValue): T {
  if (!('value' in answer)) throw new Error('the platform gave no value')
  return answer.value as T // what the operation is documented to answer
}

/** The pieces one after the other, in memory of their own. */
export function joined (pieces: Pieces): Uint8Array<ArrayBuffer> {
  const whole = new NativeUint8Array(pieces.reduce((size, piece) => size + (piece?.length ?? 0), 0))
  let at = 0
  for (const piece of pieces) {
    if (piece === undefined) continue
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function textOf (args: object, pieces?: Pieces): string {
  return jsonStringify(pieces === undefined ? args : { ...args, lengths: pieces.map(piece => piece?.length ?? -1) })
}
